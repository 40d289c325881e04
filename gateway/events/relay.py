"""Wakes the readers of the log up: this process's at once, other processes' debounced."""

import asyncio
from collections.abc import Callable

import structlog

from gateway.projection.database import AWAY
from gateway.projection.wakeups import Wakeups, open_wakeups

DEBOUNCE_SECONDS = 0.02

log = structlog.get_logger("trama.events")


class Relay:
    """Whoever has committed events or stock nudges it; it tells the others, and hears them.

    Nothing is told in the writing transaction: a NOTIFY there would make every commit wait for
    the one before. Where wake-ups are not heard, the log is looked at every `poll_seconds`.
    """

    def __init__(self, dsn: str, wake: Callable[[], None], *, retry_seconds: float) -> None:
        self._dsn = dsn
        self._wake = wake
        self._retry_seconds = retry_seconds
        self._nudged = asyncio.Event()
        self._is_away = False

    def nudge(self) -> None:
        """Something was committed."""
        self._wake()
        self._nudged.set()

    async def run(self) -> None:
        """Hear and tell until cancelled; a connection that is lost is opened again."""
        while True:
            try:
                async with open_wakeups(self._dsn) as wakeups:
                    await self._relay(wakeups)
                reason = "ConnectionLost"
            except AWAY as error:
                reason = type(error).__name__
            if not self._is_away:
                log.warning("log.wakeups_lost", error=reason)
            self._is_away = True
            await asyncio.sleep(self._retry_seconds)

    async def _relay(self, wakeups: Wakeups) -> None:
        """Tell, at once and then no more often than debounced, until the connection is lost."""
        await wakeups.hear(self._wake, self._nudged.set)
        if self._is_away:
            log.info("log.wakeups_back")
            self.nudge()
        self._is_away = False
        while True:
            await self._nudged.wait()
            if wakeups.is_lost:
                return
            self._nudged.clear()
            await wakeups.tell()
            await asyncio.sleep(DEBOUNCE_SECONDS)
