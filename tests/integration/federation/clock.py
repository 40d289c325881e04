"""A clock that moves only when told, and wakes whoever it has passed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class StoryClock:
    """Time as the story tells it."""

    def __init__(self) -> None:
        self._now = NOW
        self._ticks = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._ticks

    async def sleep(self, seconds: float) -> None:
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


async def until(what: str, condition: Callable[[], Awaitable[bool]]) -> None:
    """Ask again and again until it is so; fails after a minute."""
    loop = asyncio.get_running_loop()
    end = loop.time() + 60
    while loop.time() < end:
        if await condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError(f"never: {what}")
