"""Ages, policies and durations."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.federation.freshness import (
    Action,
    FreshnessAsk,
    FreshnessRule,
    InvalidDuration,
    OnStale,
    Policy,
    decide,
    format_duration,
    is_stale,
    parse_duration,
    policy,
)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RULE = FreshnessRule(timedelta(seconds=60), OnStale.SERVE)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def test_the_floor_binds_what_is_asked_and_not_the_default() -> None:
    floor = timedelta(seconds=30)
    assert policy(FreshnessAsk(None, None), RULE, timedelta(seconds=90)).max_age == RULE.max_age
    assert policy(FreshnessAsk(timedelta(0), None), RULE, floor).max_age == floor
    asked = policy(FreshnessAsk(timedelta(seconds=31), OnStale.FAIL), RULE, floor)
    assert asked == Policy(timedelta(seconds=31), OnStale.FAIL)


def test_exactly_as_old_as_allowed_is_fresh_and_never_read_is_stale() -> None:
    held = Policy(timedelta(seconds=60), OnStale.SERVE)
    assert [is_stale(t, NOW, held) for t in (ago(60), ago(60.001), None)] == [False, True, True]


@pytest.mark.parametrize(
    ("on_stale", "can_refresh", "due"),
    [
        (OnStale.REFRESH_OR_SERVE, True, Action.REFRESH),
        (OnStale.REFRESH_OR_SERVE, False, Action.SERVE_STALE),
        (OnStale.REFRESH_OR_FAIL, True, Action.REFRESH),
        (OnStale.REFRESH_OR_FAIL, False, Action.FAIL),
        (OnStale.SERVE, True, Action.SERVE_STALE_AND_REFRESH_BEHIND),
        (OnStale.SERVE, False, Action.SERVE_STALE),
        (OnStale.FAIL, True, Action.FAIL),
        (OnStale.FAIL, False, Action.FAIL),
    ],
)
def test_what_follows_from_an_age(on_stale: OnStale, can_refresh: bool, due: Action) -> None:
    held = Policy(timedelta(seconds=60), on_stale)
    assert decide(ago(61), NOW, held, can_refresh=can_refresh) is due
    assert decide(ago(59), NOW, held, can_refresh=can_refresh) is Action.SERVE_FRESH


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=99_999)))
def test_a_duration_that_is_written_is_read_back(length: timedelta) -> None:
    assert parse_duration(format_duration(length)) == length


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT5S", 5), ("PT0S", 0), ("P1D", 86400), ("PT1M30.5S", 90.5), ("P2W", 1209600),
     ("P1DT1H", 90000)],
)  # fmt: skip
def test_durations_of_iso_8601_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1M", "P1Y", "-PT5S", "5", "PT5", "PT1.5H", "pt5s"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(InvalidDuration):
        parse_duration(text)
