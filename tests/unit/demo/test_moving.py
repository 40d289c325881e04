"""Moving by whole weeks: a law for any two times, and undone exactly."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.demo.moving import moved, whole_weeks

WEEK = timedelta(weeks=1)
BEGINNING = datetime(1990, 1, 1, tzinfo=UTC)
ages = st.timedeltas(timedelta(0), timedelta(days=40_000))
times = ages.map(lambda age: BEGINNING + age)


@given(last=times, now=times)
def test_the_last_time_comes_to_less_than_a_week_before_now_and_back(
    last: datetime, now: datetime
) -> None:
    weeks = whole_weeks(last, now)
    assert timedelta(0) <= now - moved(last, weeks) < WEEK
    assert moved(moved(last, weeks), -weeks) == last
    assert moved(last, weeks).weekday() == last.weekday()
    assert moved(last, weeks).timetz() == last.timetz()


def test_at_the_weeks_ends() -> None:
    last = datetime(2018, 10, 17, 20, 30, 18, tzinfo=UTC)
    second = timedelta(seconds=1)
    assert whole_weeks(last, last + 422 * WEEK) == 422
    assert whole_weeks(last, last + 423 * WEEK - second) == 422
    assert whole_weeks(last, last + 423 * WEEK) == 423
