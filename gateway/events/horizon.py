"""How far the log is final: what is drawn is waited for, and who holds it up is named."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

import structlog

from gateway.model.time import Clock
from gateway.projection.marks import Marks, draw_line, has_passed, load_blocker, load_marks

FIRST_WAIT_SECONDS = 0.002
LONGEST_WAIT_SECONDS = 0.05
Sleep = Callable[[float], Awaitable[None]]

log = structlog.get_logger("trama.events")


class Horizon:
    """Rounds that end when what was drawn before them is final.

    Whoever draws has a transaction id by then; so once every transaction below an id of our own,
    taken after the marks were read, has ended, nothing can still come to be below the marks.
    Transactions of the whole cluster count.
    """

    def __init__(
        self,
        pool: Any,
        clock: Clock,
        *,
        warning_seconds: float,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._warning_seconds = warning_seconds
        self._sleep = sleep
        self._since: float | None = None
        self._is_stuck = False

    @property
    def lag_seconds(self) -> float:
        """How long what is drawn and not final yet has waited; 0 where there is none."""
        return 0.0 if self._since is None else self._clock.monotonic() - self._since

    async def next_marks(self, known: Marks | None) -> Marks | None:
        """Answer how far the log is final, once it is; None where nothing more was drawn."""
        marks = await load_marks(self._pool)
        return None if marks == known else await self._final(marks)

    async def final_marks(self) -> Marks:
        """Answer how far the log is final by now, once it is."""
        return await self._final(await load_marks(self._pool))

    async def _final(self, marks: Marks) -> Marks:
        if self._since is None:
            self._since = self._clock.monotonic()
        await self._until_passed(await draw_line(self._pool))
        if self._is_stuck:
            log.warning("log.moves_again", waited_seconds=round(self.lag_seconds, 1))
        self._since, self._is_stuck = None, False
        return marks

    async def _until_passed(self, line: str) -> None:
        wait = FIRST_WAIT_SECONDS
        while not await has_passed(self._pool, line):
            if not self._is_stuck and self.lag_seconds >= self._warning_seconds:
                self._is_stuck = True
                await self._warn()
            await self._sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)

    async def _warn(self) -> None:
        """Name who is to end its transaction: no reader is told anything before it has."""
        blocker = await load_blocker(self._pool)
        named = {} if blocker is None else asdict(blocker)
        told = {f"blocked_by_{name}": value for name, value in named.items() if value is not None}
        log.warning("log.stuck", waited_seconds=round(self.lag_seconds, 1), **told)
