"""What sources' vendors renew: one process at a time renews it, and what it keeps is durable."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.projection.database import Connection, Pool

# Longer than a renewal takes, so that whoever waits finds what was renewed.
TURN_SECONDS = 10.0

# The first of an advisory lock's two numbers; the second is the source's.
_SPACE = 0x7472616D


class HeldCredential:
    """A source's credential, sealed by its connector, while nobody else renews it."""

    def __init__(self, connection: "Connection", source_id: str, sealed: str | None) -> None:
        self._connection = connection
        self._source_id = source_id
        self.sealed = sealed

    async def keep(self, sealed: str) -> None:
        """Write another; it is durable when this returns."""
        await self._connection.execute(
            """INSERT INTO source_credential (source_id, sealed, kept_at) VALUES ($1, $2, now())
               ON CONFLICT (source_id) DO UPDATE
                   SET sealed = excluded.sealed, kept_at = excluded.kept_at""",
            self._source_id, sealed,
        )  # fmt: skip
        self.sealed = sealed


@asynccontextmanager
async def hold_credential(pool: "Pool", source_id: str) -> AsyncIterator[HeldCredential]:
    """Answer a source's credential; others wait until the block is over.

    The turn is an advisory lock, not a row's: an open transaction would keep the log's readers
    waiting for as long as the vendor takes.
    raises: asyncpg.PostgresError or TimeoutError where the turn does not come.
    """
    async with pool.acquire(timeout=TURN_SECONDS) as connection:
        try:
            await connection.execute(f"SET lock_timeout = '{TURN_SECONDS:g}s'")
            await connection.execute("SELECT pg_advisory_lock($1, hashtext($2))", _SPACE, source_id)
            sealed = await connection.fetchval(
                "SELECT sealed FROM source_credential WHERE source_id = $1", source_id
            )
            yield HeldCredential(connection, source_id, sealed)
        finally:
            await _give_back(connection)


async def _give_back(connection: "Connection") -> None:
    """End the turn: a pool undoes nothing, and a connection that cannot be undone is closed."""
    try:
        await connection.reset(timeout=TURN_SECONDS)
    except BaseException:
        connection.terminate()
        raise
