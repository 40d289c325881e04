"""Whom an order's events are for, and who hears that it has lost it: as writers append them."""

from typing import Any

from msgspec.structs import replace

from gateway.model.customer import CustomerRecord
from gateway.model.events import EventWish
from gateway.model.principal import Reach
from gateway.projection.customers.write import CustomerEntry
from gateway.projection.database import transaction
from gateway.projection.events import load_events
from gateway.projection.gone import mark_gone
from gateway.projection.orders.reach import reading
from gateway.projection.orders.write import ChannelScope, apply_orders
from tests.integration.projection.rows import NOW, an_order, later, place, projection, some_work
from tests.integration.projection.test_order_rows import put

FIRST, SECOND = Reach(locations=frozenset({"dc-1"})), Reach(locations=frozenset({"dc-2"}))
CHANNEL = Reach(channels=frozenset({"marketplace"}))
ANA = Reach(customer_refs=frozenset({("shop", "buyer-one")}))


async def heard(pool: Any, reach: Reach) -> list[tuple[int, str]]:
    """Answer the versions that a reach is told of, each with what became of the order."""
    async with reading(pool, reach) as within:
        found = await load_events(within, EventWish(), after=0, upto=10**9, limit=100)
    return [(each.version, each.type.removeprefix("order.")) for each in found]


async def test_a_location_that_loses_its_work_hears_so_once(database: str) -> None:
    async with projection(database, ["dc-1", "dc-2"]) as pool:
        first, second = await place(pool, "dc-1"), await place(pool, "dc-2")
        await put(pool, an_order(), some_work(first))
        await put(pool, some_work(second, seconds=1))
        await put(pool, some_work(second, seconds=2, native_status="picking"))
        assert await heard(pool, FIRST) == [(2, "updated"), (3, "left")]
        assert await heard(pool, SECOND) == [(3, "updated"), (4, "updated")]
        assert [version for version, _ in await heard(pool, CHANNEL)] == [1, 2, 3, 4]
        assert await heard(pool, ANA) == await heard(pool, CHANNEL)
        await put(pool, some_work(first, seconds=3))
        assert (await heard(pool, FIRST))[2:] == [(5, "updated")]
        assert (await heard(pool, SECOND))[2:] == [(5, "left")]


async def test_work_that_is_gone_takes_its_location_along(database: str) -> None:
    async with projection(database, ["dc-1"]) as pool:
        await put(pool, an_order(), some_work(await place(pool, "dc-1")))
        async with transaction(pool) as connection:
            await mark_gone(connection, "wms", "fulfillments", now=later(9), refs=["1-01/w-1"])
        assert await heard(pool, FIRST) == [(2, "updated"), (3, "left")]


async def test_who_was_not_told_by_a_backfill_is_told_once_the_order_is_lost(
    database: str,
) -> None:
    async with projection(database, ["dc-1", "dc-2"]) as pool:
        first, second = await place(pool, "dc-1"), await place(pool, "dc-2")
        await put(pool, an_order(), appends_events=False)
        await put(pool, some_work(first), appends_events=False)
        await put(pool, some_work(second, seconds=1), appends_events=False)
        assert await heard(pool, CHANNEL) == []
        await put(pool, some_work(second, seconds=2, native_status="picking"))
        assert await heard(pool, FIRST) == [(1, "left")]
        assert await heard(pool, SECOND) == [(1, "updated")]


async def test_another_channel_and_another_buyer_take_the_order_from_the_former(
    database: str,
) -> None:
    async with projection(database) as pool:
        await put(pool, an_order())
        bo = CustomerRecord("buyer-two", NOW, "Bo", ("bo@example.com",))
        entry = replace(an_order(seconds=1, customer=bo), buyer=CustomerEntry(bo))
        async with transaction(pool) as connection:
            await apply_orders(connection, ChannelScope("shop", "marketplace"), [entry], now=NOW)
        assert await heard(pool, ANA) == [(1, "created"), (2, "left")]
        two = Reach(verified_emails=frozenset({"bo@example.com"}))
        assert await heard(pool, two) == [(2, "updated")]
        await pool.execute("UPDATE sales_order SET channel = 'web'")
        await put(pool, an_order(seconds=2, customer=bo, native_status="moved"))
        assert (await heard(pool, CHANNEL))[2:] == [(3, "left")]


async def test_what_an_order_was_told_outlives_its_events(database: str) -> None:
    async with projection(database, ["dc-1", "dc-2"]) as pool:
        await put(pool, an_order(), some_work(await place(pool, "dc-1")))
        await pool.execute("DELETE FROM event")
        await put(pool, some_work(await place(pool, "dc-2"), seconds=1))
        assert await heard(pool, FIRST) == [(3, "left")]
