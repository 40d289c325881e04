"""Connections to the projection's Postgres."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeAlias

import asyncpg
import orjson

from gateway.projection.pooling import FairPool

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
    Connection: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Executor: TypeAlias = Pool | Connection

IDLE_IN_TRANSACTION = "10s"
# What is raised where the database is away, refuses, or has just ended our connection.
AWAY = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)


async def open_pool(dsn: str, *, minimum: int = 1, maximum: int = 10) -> "Pool":
    """Answer a pool whose connections read and write JSON as Python values.

    What is set on a connection is to be set for a transaction: nothing else is undone when it
    goes back.
    """
    return await FairPool(
        dsn,
        min_size=minimum,
        max_size=maximum,
        init=_prepare,
        reset=_leave,
        server_settings={
            "application_name": "trama",
            "jit": "off",
            "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION,
        },
    )


async def _prepare(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=lambda value: orjson.dumps(value).decode(),
        decoder=orjson.loads,
    )


async def _leave(connection: "Connection") -> None:
    """Undo no more than asyncpg has: an open transaction is rolled back by now.

    Its own way asks Postgres once more for each statement that was asked.
    """


@asynccontextmanager
async def transaction(pool: "Pool") -> AsyncIterator["Connection"]:
    """Answer a connection within a transaction of its own."""
    async with pool.acquire() as connection, connection.transaction():
        yield connection
