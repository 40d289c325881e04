"""Transactions that a test drives by hand, one step after the other."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from gateway.projection.database import open_pool


@asynccontextmanager
async def hand_driven(dsn: str, count: int) -> AsyncIterator[list[Any]]:
    """Answer connections, each with a transaction of its own under way."""
    pool = await open_pool(dsn, minimum=count, maximum=count)
    try:
        connections = [await pool.acquire() for _ in range(count)]
        for each in connections:
            await each.execute("BEGIN")
        yield connections
    finally:
        pool.terminate()


async def until_waiting(watcher: Any, connection: Any) -> None:
    """Wait until what a connection does is held up by another's lock."""
    pid = connection.get_server_pid()
    is_waiting = "SELECT cardinality(pg_blocking_pids($1)) > 0"
    while not await watcher.fetchval(is_waiting, pid):
        pass


async def held_up(watcher: Any, connection: Any, work: Coroutine[Any, Any, Any]) -> Any:
    """Begin what will be held up by another's lock; answer its task once it is."""
    task = asyncio.create_task(work)
    waiting = asyncio.create_task(until_waiting(watcher, connection))
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    assert not task.done(), "nothing held it up"
    await waiting
    return task


async def draw_line(watcher: Any) -> tuple[int, int, str]:
    """Answer how far both sequences were drawn, and a transaction id taken after it."""
    row = await watcher.fetchrow(
        "SELECT (SELECT last_value FROM event_id), (SELECT last_value FROM position_sequence)"
    )
    return row[0], row[1], await watcher.fetchval("SELECT pg_current_xact_id()::text")


async def is_over(watcher: Any, line: str) -> bool:
    """Answer whether every transaction below an id has ended."""
    told: bool = await watcher.fetchval(
        "SELECT pg_snapshot_xmin(pg_current_snapshot()) > $1::text::xid8", line
    )
    return told


async def only_connection(dsn: str) -> "asyncpg.Connection[asyncpg.Record]":
    """Answer a connection that is in no transaction."""
    return await asyncpg.connect(dsn)
