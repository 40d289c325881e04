"""The log is kept for some days; what is older, and used up tickets, are forgotten meanwhile."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog

from gateway.model.time import Clock
from gateway.projection.database import AWAY, transaction
from gateway.projection.forgetting import forget_events
from gateway.projection.tickets import forget_tickets

CHUNK_ENTRIES = 1000
BETWEEN_SECONDS = 300.0
# What writes the log holds every reader up: a chunk is short, and so is the time between two.
CHUNK_PAUSE_SECONDS = 0.05

log = structlog.get_logger("trama.events")


class Retention:
    """Forgets what is older than it is kept; cursors from before it expire."""

    def __init__(
        self,
        pool: Any,
        clock: Clock,
        final: Callable[[], int],
        *,
        days: float,
        chunk_entries: int = CHUNK_ENTRIES,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._final = final
        self._kept = timedelta(days=days)
        self._chunk_entries = chunk_entries

    async def run(self) -> None:
        """Forget now and then until cancelled; a database that is away is asked again."""
        while True:
            try:
                await self.forget()
            except AWAY as error:
                log.warning("log.not_forgotten", error=type(error).__name__)
            await self._clock.sleep(BETWEEN_SECONDS)

    async def forget(self) -> int:
        """Forget all that is too old, chunk by chunk; answer how many entries there were."""
        await forget_tickets(self._pool, self._clock.now())
        total, count = 0, self._chunk_entries
        while count == self._chunk_entries:
            if total:
                await self._clock.sleep(CHUNK_PAUSE_SECONDS)
            count = await self._forget_chunk()
            total += count
        if total:
            log.info("log.forgotten", entries=total)
        return total

    async def _forget_chunk(self) -> int:
        before = self._clock.now() - self._kept
        async with transaction(self._pool) as connection:
            return await forget_events(
                connection, before=before, upto=self._final(), limit=self._chunk_entries
            )
