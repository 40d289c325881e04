"""A connection goes to whoever waited longest, and back as it came: Postgres is asked nothing."""

import asyncio
from typing import Any

import pytest

from gateway.projection.database import open_pool, transaction

STATE = """SELECT current_user = session_user AS is_itself,
    current_setting('trama.channels', true) AS channels, pg_backend_pid() AS backend"""


async def _enter(connection: Any) -> int:
    """Become the reader within a transaction, as whoever reads within a reach does."""
    await connection.execute("SELECT set_config('trama.channels', '{web}', true)")
    await connection.execute("SET LOCAL ROLE trama_reader")
    state = await connection.fetchrow(STATE)
    assert (state["is_itself"], state["channels"]) == (False, "{web}")
    backend: int = state["backend"]
    return backend


async def _is_left(pool: Any, backend: int) -> None:
    state = await pool.fetchrow(STATE)
    assert state["backend"] == backend
    assert state["is_itself"]
    assert state["channels"] in (None, "")


async def test_a_statement_is_all_that_is_asked(database: str) -> None:
    pool = await open_pool(database, maximum=1)
    try:
        asked: list[str] = []
        async with pool.acquire() as connection:
            connection.add_query_logger(lambda told: asked.append(told.query))
        await pool.fetchval("SELECT 1")
        await pool.fetchval("SELECT 2")
        assert asked == ["SELECT 1", "SELECT 2"]
    finally:
        await pool.close()


async def test_who_reads_within_a_reach_leaves_none_of_it_behind(database: str) -> None:
    pool = await open_pool(database, maximum=1)
    try:
        async with transaction(pool) as connection:
            backend = await _enter(connection)
        await _is_left(pool, backend)
    finally:
        await pool.close()


async def test_nor_does_who_fails_or_is_cancelled_meanwhile(database: str) -> None:
    pool = await open_pool(database, maximum=1)
    entered = asyncio.Event()
    backends: list[int] = []

    async def stay() -> None:
        async with transaction(pool) as connection:
            backends.append(await _enter(connection))
            entered.set()
            await asyncio.Event().wait()

    async def forget() -> None:
        """Begin a transaction by hand and never end it."""
        async with pool.acquire() as connection:
            await connection.execute("BEGIN")
            backends.append(await _enter(connection))
            raise LookupError

    try:
        with pytest.raises(LookupError):
            await forget()
        await _is_left(pool, backends[0])
        staying = asyncio.create_task(stay())
        await entered.wait()
        staying.cancel()
        await asyncio.gather(staying, return_exceptions=True)
        await _is_left(pool, backends[1])
    finally:
        await pool.close()


async def test_nobody_is_overtaken_while_waiting(database: str) -> None:
    pool = await open_pool(database, minimum=2, maximum=2)
    served: list[int] = []

    async def ask(number: int) -> None:
        async with pool.acquire() as connection:
            served.append(number)
            await connection.fetchval("SELECT 1")

    try:
        async with asyncio.TaskGroup() as asking:
            for number in range(300):
                asking.create_task(ask(number))
                await asyncio.sleep(0)
        assert served == list(range(300))
    finally:
        await pool.close()


async def test_who_gives_up_waiting_keeps_nobody_else_waiting(database: str) -> None:
    pool = await open_pool(database, maximum=1)
    try:
        async with pool.acquire():
            with pytest.raises(TimeoutError):
                async with pool.acquire(timeout=0):
                    pass
            waiting = [asyncio.create_task(pool.fetchval("SELECT 1")) for _ in range(3)]
            await asyncio.sleep(0)
            waiting[0].cancel()
        assert await asyncio.gather(*waiting[1:]) == [1, 1]
        with pytest.raises(asyncio.CancelledError):
            await waiting[0]
        assert pool.get_idle_size() == pool.get_size() == 1
    finally:
        await pool.close()
