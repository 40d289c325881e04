"""What becomes of a delivery after an attempt."""

from datetime import UTC, datetime, timedelta

from gateway.events.webhooks.retrying import RetryRule, Verdict
from gateway.model.webhooks import AttemptError, DeliveryState, PauseReason
from gateway.projection.webhooks.outcomes import Attempt
from gateway.settings import WebhooksSettings

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RULE = RetryRule((10, 100), timedelta(days=5), 3)


def judged(error: AttemptError | None, tries: int = 0, chance: float = 0.5,
           asked: float | None = None) -> Verdict:  # fmt: skip
    attempt = Attempt(tries + 1, NOW, 5, None, error, None)
    wait = None if asked is None else timedelta(seconds=asked)
    return RULE.judge(attempt, tries, NOW, asked_wait=wait, chance=lambda: chance)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def test_what_is_taken_is_delivered() -> None:
    assert judged(None) == Verdict(DeliveryState.DELIVERED, NOW)


def test_each_wait_has_its_turn_with_some_chance_and_then_it_is_dead() -> None:
    error = AttemptError.REFUSED
    assert judged(error, 0) == Verdict(DeliveryState.WAITING, later(10))
    assert judged(error, 1) == Verdict(DeliveryState.WAITING, later(100))
    assert judged(error, 1, chance=0.0).due_at == later(90)
    assert judged(error, 1, chance=1.0).due_at == later(110)
    assert judged(error, 2) == Verdict(DeliveryState.DEAD, NOW)


def test_an_endpoint_that_asks_to_be_left_alone_is_for_a_day_at_most() -> None:
    error = AttemptError.THROTTLED
    assert judged(error, asked=5) == Verdict(DeliveryState.WAITING, later(10), later(5))
    assert judged(error, asked=60) == Verdict(DeliveryState.WAITING, later(60), later(60))
    assert judged(error, asked=999_999).held_until == later(86_400)


def test_gone_costs_no_try_and_what_is_out_of_reach_is_dead_at_once() -> None:
    assert judged(AttemptError.GONE, 1) == Verdict(DeliveryState.WAITING, NOW, counts=False)
    assert judged(AttemptError.OUT_OF_REACH) == Verdict(DeliveryState.DEAD, NOW)


def test_an_endpoint_is_paused_when_gone_or_failing_for_long_or_too_often() -> None:
    refused = AttemptError.REFUSED
    assert RULE.pauses(AttemptError.GONE, NOW, 0, NOW) is PauseReason.GONE
    assert RULE.pauses(refused, NOW, 2, later(86_400 * 5 - 1)) is None
    assert RULE.pauses(refused, NOW, 0, later(86_400 * 5)) is PauseReason.FAILING
    assert RULE.pauses(refused, NOW, 3, NOW) is PauseReason.FAILING


def test_by_default_there_are_ten_attempts_over_three_days() -> None:
    waits = WebhooksSettings().retry_seconds
    assert (len(waits) + 1, round(sum(waits) / 86_400)) == (10, 3)
    assert list(waits) == sorted(waits)
