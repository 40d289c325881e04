"""Time passed in, so that tests own it."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where every part takes the time from."""

    def now(self) -> datetime:
        """Answer the aware time of day in UTC."""

    def monotonic(self) -> float:
        """Answer seconds that never go back."""

    async def sleep(self, seconds: float) -> None:
        """Wait by this clock."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    monotonic = staticmethod(time.monotonic)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class NaiveTime(ValueError):
    """A time without a zone cannot be placed."""


def utc(moment: datetime) -> datetime:
    """Answer an aware time in UTC; raises NaiveTime."""
    if moment.tzinfo is None:
        raise NaiveTime(f"no time zone: {moment.isoformat()}")
    return moment.astimezone(UTC)
