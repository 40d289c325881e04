"""A pool that gives its connections to whoever has waited longest.

asyncpg wakes who waits, but lets whoever asks before that one is run take the connection, and puts
the one that was woken behind all others: under load some wait for many times as long as most.
"""

import asyncio
from typing import TYPE_CHECKING, Any, TypeAlias

from asyncpg import Connection, Record
from asyncpg.pool import Pool, PoolAcquireContext

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    RecordPool: TypeAlias = Pool[Record]
    Acquiring: TypeAlias = PoolAcquireContext[Record]
else:
    RecordPool, Acquiring = Pool, PoolAcquireContext

# As asyncpg's `create_pool` has them.
QUERIES_PER_CONNECTION, IDLE_SECONDS = 50_000, 300.0


class FairPool(RecordPool):
    """Who has a connection by `async with`, or by the pool's own methods, stands in one line."""

    __slots__ = ("turns",)

    def __init__(self, dsn: str, *, min_size: int, max_size: int, **told: Any) -> None:
        super().__init__(
            dsn, min_size=min_size, max_size=max_size, max_queries=QUERIES_PER_CONNECTION,
            max_inactive_connection_lifetime=IDLE_SECONDS, loop=asyncio.get_running_loop(),
            connection_class=Connection, record_class=Record, **told,
        )  # fmt: skip
        self.turns = asyncio.Semaphore(max_size)

    def acquire(self, *, timeout: float | None = None) -> Acquiring:
        """Answer a connection when it is its turn."""
        return _Turn(self, timeout)


class _Turn(Acquiring):
    """A place in the line, and then a connection."""

    __slots__ = ("_turns",)

    def __init__(self, pool: FairPool, timeout: float | None) -> None:
        super().__init__(pool, timeout)
        self._turns = pool.turns

    async def __aenter__(self) -> "PoolConnectionProxy[Record]":
        if self.timeout is None:
            await self._turns.acquire()
        else:
            async with asyncio.timeout(self.timeout):
                await self._turns.acquire()
        try:
            return await super().__aenter__()
        except BaseException:
            self._turns.release()
            raise

    async def __aexit__(self, *failure: Any) -> None:
        try:
            await super().__aexit__(*failure)
        finally:
            self._turns.release()
