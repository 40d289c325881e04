"""What becomes of a delivery after an attempt: pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.model.webhooks import AttemptError, DeliveryState, PauseReason
from gateway.projection.webhooks.outcomes import Attempt

Chance = Callable[[], float]
JITTER = 0.1
# An endpoint that asks to be left alone is, but for no longer than a day.
LONGEST_HOLD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The delivery's state, when it is due again, and until when the endpoint is left alone.

    `counts`: whether the attempt brings the delivery closer to its end.
    """

    state: DeliveryState
    due_at: datetime
    held_until: datetime | None = None
    counts: bool = True

    @property
    def is_dead(self) -> bool:
        """Whether the delivery is given up."""
        return self.state is DeliveryState.DEAD


@dataclass(frozen=True, slots=True)
class RetryRule:
    """How often and how late a delivery is tried again, and when its endpoint is paused."""

    waits: tuple[float, ...]
    pause_after: timedelta
    pause_after_dead: int

    def judge(
        self,
        attempt: Attempt,
        tries: int,
        now: datetime,
        *,
        asked_wait: timedelta | None,
        chance: Chance,
    ) -> Verdict:
        """Answer what follows from an attempt, after so many earlier tries."""
        if attempt.error is None:
            return Verdict(DeliveryState.DELIVERED, now)
        if attempt.error is AttemptError.OUT_OF_REACH:
            return Verdict(DeliveryState.DEAD, now)
        if attempt.error is AttemptError.GONE:
            return Verdict(DeliveryState.WAITING, now, counts=False)
        if tries >= len(self.waits):
            return Verdict(DeliveryState.DEAD, now)
        wait = self.waits[tries] * (1 + JITTER * (2 * chance() - 1))
        due = now + timedelta(seconds=wait)
        if asked_wait is None:
            return Verdict(DeliveryState.WAITING, due)
        held = now + min(asked_wait, LONGEST_HOLD)
        return Verdict(DeliveryState.WAITING, max(due, held), held)

    def pauses(
        self, error: AttemptError | None, failing_since: datetime, dead_in_row: int, now: datetime
    ) -> PauseReason | None:
        """Answer why an endpoint is to be paused, if it is."""
        if error is AttemptError.GONE:
            return PauseReason.GONE
        if now - failing_since >= self.pause_after or dead_in_row >= self.pause_after_dead:
            return PauseReason.FAILING
        return None
