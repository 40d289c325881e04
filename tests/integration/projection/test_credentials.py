"""A renewed credential is kept in the projection, by one gateway at a time."""

import asyncio
from datetime import UTC, datetime

import pytest

from gateway.bootstrap.credentials import Credentials
from gateway.connect.deadline import Deadline
from gateway.connect.errors import Unreachable
from gateway.connect.settings import Secret
from gateway.connect.tokens import Grant, Tokens
from gateway.model.time import SystemClock
from gateway.projection.credentials import hold_credential
from gateway.projection.database import open_pool


async def test_a_turn_is_one_gateway_s_until_it_ends_and_what_was_kept_is_durable(
    database: str,
) -> None:
    one, other = await open_pool(database), await open_pool(database)
    order: list[str] = []

    async def waits() -> str | None:
        async with hold_credential(other, "erp") as held:
            order.append("the other's turn")
            return held.sealed

    async with hold_credential(one, "erp") as held:
        assert held.sealed is None
        waiting = asyncio.ensure_future(waits())
        async with hold_credential(other, "another source") as apart:
            assert apart.sealed is None
        await held.keep("first")
        seen = await other.fetchval("SELECT sealed FROM source_credential WHERE source_id = 'erp'")
        assert seen == "first"
        await held.keep("second")
        order.append("the first turn is over")
    assert await waiting == "second"
    assert order == ["the first turn is over", "the other's turn"]
    await one.close()
    await other.close()


async def test_a_turn_ends_with_what_goes_wrong_in_it(database: str) -> None:
    pool = await open_pool(database)
    with pytest.raises(LookupError):
        async with hold_credential(pool, "erp"):
            raise LookupError
    async with hold_credential(pool, "erp") as held:
        assert held.sealed is None
    await pool.close()


async def test_a_connection_that_held_a_credential_goes_back_as_it_came(database: str) -> None:
    pool = await open_pool(database, maximum=1)
    try:
        before = await pool.fetchval("SHOW lock_timeout")
        async with hold_credential(pool, "erp"):
            pass
        after = await pool.fetchrow(
            """SELECT current_setting('lock_timeout') AS waits,
                   (SELECT count(*) FROM pg_locks
                    WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS held"""
        )
        assert dict(after) == {"waits": before, "held": 0}
    finally:
        await pool.close()


async def test_two_gateways_on_one_database_renew_a_token_once(database: str) -> None:
    clock, asked = SystemClock(), []

    async def renew(refresh_token: str, deadline: Deadline) -> Grant:
        asked.append(refresh_token)
        await asyncio.sleep(0)
        return Grant(f"access-{len(asked)}", f"refresh-{len(asked)}", 3600)

    pools = [await open_pool(database) for _ in range(2)]
    made = []
    for pool in pools:
        credentials = Credentials()
        credentials.open(pool)
        store = credentials.of("erp")
        made.append(Tokens(store, clock, Secret("first"), Secret("client"), renew))
    soon = Deadline.after(30, clock)
    first = await asyncio.gather(*(each.token(soon) for each in made * 3))
    second = await asyncio.gather(*(each.token(soon, refused="access-1") for each in made * 3))
    assert (set(first), set(second)) == ({"access-1"}, {"access-2"})
    assert asked == ["first", "refresh-1"]
    sealed, kept_at = await pools[0].fetchrow("SELECT sealed, kept_at FROM source_credential")
    assert "refresh-2" not in sealed
    assert kept_at <= datetime.now(UTC)
    for pool in pools:
        await pool.close()


async def test_without_a_database_nothing_is_renewed() -> None:
    with pytest.raises(Unreachable):
        async with Credentials().of("erp").hold():
            pass
