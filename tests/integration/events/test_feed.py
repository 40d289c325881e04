"""The tail, and who reads behind it: nothing lost, nothing told twice, nothing left behind."""

import asyncio
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest

from gateway.events.errors import CursorExpired
from gateway.events.feed import Entry, StockEntry
from gateway.model.events import EventWish
from gateway.model.principal import Reach
from gateway.projection.stock import apply_stock
from tests.integration.projection.rows import place, projection
from tests.integration.projection.test_stock_rows import facts

from .following import (
    EVERYTHING,
    HandClock,
    an_event,
    append,
    caller,
    followed,
    listen,
    make_feed,
    running,
    take,
    told,
)

SHOP, TILL = Reach(channels=frozenset({"shop"})), Reach(channels=frozenset({"till"}))
ORDER = UUID(int=1)


async def test_each_reader_is_told_its_own_in_order(database: str) -> None:
    async with followed(database) as (pool, feed):
        everything, till = await listen(feed), await listen(feed, TILL)
        one = await listen(feed, wish=EventWish(orders=frozenset({ORDER})))
        own = an_event(ORDER, 1)
        places = await append(pool, feed, own, an_event(uuid4(), 1, {"channel": "till"}))
        places += await append(pool, feed, an_event(ORDER, 2))
        assert [each.position for each in await take(everything, 3)] == places
        assert [each.position for each in await take(one, 2)] == [places[0], places[2]]
        (entry,) = await take(till, 1)
        assert (entry.position, entry.event.audience) == (places[1], {"channel": "till"})


async def test_who_loses_an_order_is_told_once_and_nothing_of_what_it_is_now(
    database: str,
) -> None:
    async with followed(database) as (pool, feed):
        shop, till = await listen(feed, SHOP), await listen(feed, TILL)
        await append(pool, feed, an_event(ORDER, 1))
        moved = {"channel": "till", "before": {"channel": "shop"}}
        await append(pool, feed, an_event(ORDER, 2, moved), an_event(ORDER, 3, {"channel": "till"}))
        await append(pool, feed, an_event(uuid4(), 1))
        kept, left, other = await take(shop, 3)
        assert told([kept, left, other]) == [
            (1, "order.updated"), (2, "order.left"), (4, "order.updated"),
        ]  # fmt: skip
        assert (left.event.order_id, left.event.version) == (ORDER, 2)
        assert (left.event.changed, left.event.audience) == ((), {})
        assert told(await take(till, 2)) == [(2, "order.updated"), (3, "order.updated")]
        again = await listen(feed, SHOP, after=0)
        assert await take(again, 3) == [kept, left, other]


async def test_a_reader_goes_on_from_any_place_without_gap_or_double(database: str) -> None:
    async with followed(database) as (pool, feed):
        live = await listen(feed)
        places = await append(pool, feed, *(an_event(uuid4(), 1) for _ in range(20)))
        await take(live, 20)
        for n in (0, 7, 19, 20):
            reader = await listen(feed, after=[0, *places][n])
            (more,) = await append(pool, feed, an_event(uuid4(), 1))
            places.append(more)
            found = await take(reader, len(places) - n)
            assert [each.position for each in found] == places[n:]
            await reader.aclose()


async def test_readers_that_join_while_others_write_miss_nothing(database: str) -> None:
    async with followed(database) as (pool, feed):
        await feed.page(caller(EVERYTHING), EventWish(), after=None, limit=1)

        async def write(n: int) -> None:
            for _ in range(15):
                await append(pool, feed, an_event(uuid4(), 1))

        async def read(n: int) -> list[int]:
            for _ in range(n):
                await asyncio.sleep(0)
            reader = await listen(feed, after=0)
            return [each.position for each in await take(reader, 60)]

        writing = [write(n) for n in range(4)]
        _, _, _, _, *found = await asyncio.gather(*writing, *(read(n * 7) for n in range(12)))
        every = [row["id"] for row in await pool.fetch("SELECT id FROM event ORDER BY id")]
        assert len(every) == 60
        assert found == [every] * 12


async def test_a_slow_reader_loses_its_queue_and_nothing_else(database: str) -> None:
    async with followed(database, queue_entries=5) as (pool, feed):
        slow, quick = await listen(feed), await listen(feed)
        places: list[int] = []
        for n in range(1, 31):
            places += await append(pool, feed, an_event(ORDER, n))
            await take(quick, 1)
        found = await take(slow, 30)
        places += await append(pool, feed, an_event(ORDER, 31))
        found += await take(slow, 1)
        assert [each.position for each in found] == places


async def test_readers_that_go_leave_nothing(database: str) -> None:
    async with followed(database) as (_, feed):
        readers = [await listen(feed), await listen(feed, SHOP), await listen(feed, after=0)]
        stock = feed.follow_stock(["SKU-1"], after=None)
        await anext(stock)
        waiting = [asyncio.create_task(anext(each)) for each in (*readers, stock)]
        await asyncio.sleep(0)
        assert feed.readers == 4
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert feed.readers == 0
        reader = await listen(feed)
        await reader.aclose()
        assert feed.readers == 0


async def test_every_reader_has_one_checkpoint_in_a_round_and_they_are_spread(
    database: str,
) -> None:
    clock = HandClock()
    async with followed(database, clock=clock) as (pool, feed):
        first = await listen(feed)
        stock = feed.follow_stock(["SKU-1"], after=None)
        assert await anext(stock) == StockEntry(0)
        await clock.move(15.5)
        second = await listen(feed, TILL)
        (place,) = await append(pool, feed, an_event(ORDER, 1))
        assert told(await take(first, 1)) == [(place, "order.updated")]
        waiting = [asyncio.create_task(anext(each)) for each in (first, second, stock)]
        await clock.move(14)
        assert [each.done() for each in waiting] == [False, False, False]
        await clock.move(1)
        assert [each.done() for each in waiting] == [True, False, True]
        assert (waiting[0].result(), waiting[2].result()) == (Entry(place), StockEntry(0))
        await clock.move(15)
        assert waiting[1].result() == Entry(place)


async def test_a_reach_is_what_it_is_when_an_entry_is_read(database: str) -> None:
    async with projection(database, ["dc-1"]) as pool:
        at = {"locations": [str(await place(pool))], "buyer": str(UUID(int=9))}
        async with running(make_feed(pool)) as feed:
            owner = await listen(feed, Reach(owners=frozenset({"Loja"})))
            next_owner = await listen(feed, Reach(owners=frozenset({"Outra"})))
            buyer = await listen(feed, Reach(customer_refs=frozenset({("shop", "c-1")})))
            await append(pool, feed, an_event(ORDER, 1, at))
            assert told(await take(owner, 1)) == [(1, "order.updated")]
            await pool.execute("UPDATE location SET owner = 'Outra'")
            await pool.execute(
                """INSERT INTO customer_record (id, source_id, ref, emails, phones, observed_at,
                   customer_id) VALUES ($1, 'shop', 'c-1', '{}', '{}', now(), $1)""",
                UUID(int=9),
            )
            await append(pool, feed, an_event(ORDER, 2, at))
            assert told(await take(next_owner, 1)) == [(2, "order.updated")]
            assert told(await take(buyer, 1)) == [(2, "order.updated")]


async def test_a_page_says_whether_there_is_more(database: str) -> None:
    async with followed(database) as (pool, feed):
        live = await listen(feed)
        places = await append(pool, feed, *(an_event(ORDER, n) for n in range(1, 6)))
        await take(live, 5)
        partner = caller(EVERYTHING)
        first = await feed.page(partner, EventWish(), after=None, limit=3)
        assert [each.position for each in first.entries] == places[:3]
        assert (first.read_to, first.has_more) == (places[2], True)
        rest = await feed.page(partner, EventWish(), after=first.read_to, limit=2)
        assert ([each.position for each in rest.entries], rest.has_more) == (places[3:], False)
        empty = await feed.page(caller(TILL), EventWish(), after=None, limit=3)
        assert (empty.entries, empty.read_to, empty.has_more) == ((), places[-1], False)


@pytest.mark.parametrize("way", ["page", "follow"])
async def test_a_place_that_never_was_is_refused_and_its_end_is_named(
    database: str, way: str
) -> None:
    async with followed(database) as (pool, feed):
        live = await listen(feed)
        await append(pool, feed, an_event(ORDER, 1))
        await take(live, 1)
        who, wish = caller(EVERYTHING), EventWish()
        asking: Any = (
            feed.page(who, wish, after=99, limit=1)
            if way == "page"
            else anext(feed.follow(who, wish, after=99))
        )
        with pytest.raises(CursorExpired) as refused:
            await asking
        assert refused.value.resume_from == 1


async def test_readers_of_a_log_that_has_gone_back_are_told_from_where_to_go_on(
    database: str,
) -> None:
    async with followed(database, poll_seconds=0.01) as (pool, feed):
        live, other = await listen(feed), await listen(feed, TILL)
        await append(pool, feed, an_event(ORDER, 1), an_event(ORDER, 2))
        await take(live, 2)
        await pool.execute("DELETE FROM event WHERE id = 2")
        await pool.execute("SELECT setval('event_id', 1)")
        with pytest.raises(CursorExpired) as refused:
            await anext(live)
        assert refused.value.resume_from == 1
        await append(pool, feed, an_event(ORDER, 2, {"channel": "till"}))
        assert told(await take(other, 1)) == [(2, "order.updated")]


async def test_stock_is_told_once_however_often_it_has_changed(database: str) -> None:
    async with projection(database, ["a", "b"]) as pool, running(make_feed(pool)) as feed:
        at = [await place(pool, code) for code in "ab"]
        both = feed.follow_stock(["SKU-1", "007"], after=None)
        one = feed.follow_stock(["007"], after=None)
        assert [await anext(both), await anext(one)] == [StockEntry(0), StockEntry(0)]

        async def change(on_hand: int, *skus: str) -> None:
            told = [facts(x, on_hand, on_hand, sku=sku) for sku in skus for x in at]
            await apply_stock(pool, "wms", told)

        await change(1, "SKU-1")
        feed.wake()
        assert await anext(both) == StockEntry(2, ("SKU-1",))
        await change(2, "007")
        await change(3, "SKU-1")
        await change(4, "007", "SKU-1")
        feed.wake()
        assert await anext(both) == StockEntry(10, ("007", "SKU-1"))
        assert await anext(one) == StockEntry(10, ("007",))
        late = feed.follow_stock(["SKU-1"], after=3)
        assert [await anext(late), await anext(late)] == [StockEntry(3), StockEntry(10, ("SKU-1",))]
        restored = feed.follow_stock(["SKU-1", "UNKNOWN"], after=10_000)
        assert await anext(restored) == StockEntry(0)
        assert await anext(restored) == StockEntry(10, ("SKU-1",))


async def test_positions_grow_for_every_reader(database: str) -> None:
    async with followed(database) as (pool, feed):
        readers: list[Any] = [await listen(feed), await listen(feed, after=0)]
        for n in range(1, 9):
            await append(pool, feed, an_event(ORDER, n))
        for reader in readers:
            places = [each.position for each in await take(reader, 8)]
            assert all(first < second for first, second in pairwise(places))
