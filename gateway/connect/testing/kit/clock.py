"""A clock that moves only when told: what waits on it wakes when it has been passed."""

import asyncio
from datetime import UTC, datetime, timedelta


class KitClock:
    """Virtual time."""

    def __init__(self, now: datetime | None = None) -> None:
        self._now = now or datetime.now(UTC).replace(microsecond=0)
        self._ticks = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Answer the story's time of day."""
        return self._now

    def monotonic(self) -> float:
        """Answer the seconds that were told."""
        return self._ticks

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock has been moved so far."""
        if seconds <= 0:
            return
        waking: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._ticks + seconds, waking))
        await waking

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)
        self._ticks += seconds
        for at, waking in self._sleepers:
            if at <= self._ticks and not waking.done():
                waking.set_result(None)
        self._sleepers = [each for each in self._sleepers if not each[1].done()]
