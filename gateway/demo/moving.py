"""Moves old times near to now by whole weeks, so that weekdays and hours stay: pure."""

from datetime import datetime, timedelta

WEEK = timedelta(weeks=1)


def whole_weeks(last: datetime, now: datetime) -> int:
    """Answer the weeks that bring `last` to less than a week before `now`, never after it."""
    return (now - last) // WEEK


def moved(moment: datetime, weeks: int) -> datetime:
    """Answer a time moved by whole weeks; moving by `-weeks` undoes it exactly."""
    return moment + WEEK * weeks
