"""The log is kept for some days; what is older is forgotten in the background."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog

from gateway.model.time import Clock
from gateway.projection.database import AWAY
from gateway.projection.forgetting import forget_events

CHUNK_ENTRIES = 1000
BETWEEN_SECONDS = 600.0
# What writes the log holds every reader up: a chunk is short, and so is the time between two.
CHUNK_PAUSE_SECONDS = 0.05

log = structlog.get_logger("trama.events")


class Retention:
    """Forgets what is older than it is kept; cursors from before it expire."""

    def __init__(self, pool: Any, clock: Clock, final: Callable[[], int], *, days: float) -> None:
        self._pool = pool
        self._clock = clock
        self._final = final
        self._kept = timedelta(days=days)

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
        total = 0
        while True:
            count = await forget_events(
                self._pool, before=self._clock.now() - self._kept, upto=self._final(),
                limit=CHUNK_ENTRIES,
            )  # fmt: skip
            total += count
            if count < CHUNK_ENTRIES:
                break
            await self._clock.sleep(CHUNK_PAUSE_SECONDS)
        if total:
            log.info("log.forgotten", entries=total)
        return total
