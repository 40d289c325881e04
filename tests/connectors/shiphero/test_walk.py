"""Walks and deltas over real sockets: nothing lost, whatever moves meanwhile."""

import json
from datetime import timedelta

import pytest

from gateway.connect.errors import CursorExpired, MalformedPayload, UpstreamFault
from gateway.connect.records import Unmappable
from gateway.connect.testing.dataset import DataStock, OrderWord
from gateway.model.order import FulfillmentStatus
from tests.connectors.staging import NOW, a_line

from .retail import Stage, a_dataset, an_order, read_all, records, staged

WALK_TEXT = {"data": {"orders": {"data": {"edges": [], "pageInfo": {"hasNextPage": True}}}}}


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(0, [0]), (1, [1]), (99, [99]), (100, [100]), (101, [100, 1]), (250, [100, 99, 51])],
)
async def test_a_walk_has_every_order_once(count: int, sizes: list[int]) -> None:
    refs = [f"{i:03}-01" for i in range(count)]
    async with staged(a_dataset(*map(an_order, refs))) as stage:
        pages = await read_all(stage, stage.connector.fulfillment_walk)
        assert [len(page.items) for page in pages] == sizes
        assert [work.order_ref for work in records(pages)] == refs
        assert pages[-1].next_cursor is None


async def test_a_walk_resumes_from_any_cursor() -> None:
    refs = [f"{i:03}-01" for i in range(350)]
    async with staged(a_dataset(*map(an_order, refs))) as stage:
        pages = await read_all(stage, stage.connector.fulfillment_walk)
        for nth in range(len(pages) - 1):
            rest = await read_all(stage, stage.connector.fulfillment_walk, pages[nth].next_cursor)
            known = [work.order_ref for work in records(pages[: nth + 1])]
            assert known + [work.order_ref for work in records(rest)] == refs


async def test_pages_become_smaller_where_orders_have_many_lines() -> None:
    many = tuple(a_line(f"S{i}", 1) for i in range(12))
    orders = [an_order(f"{i:03}-01", "shipped", lines=many) for i in range(120)]
    async with staged(a_dataset(*orders)) as stage:
        pages = await read_all(stage, stage.connector.fulfillment_walk)
        works = records(pages)
        assert [work.order_ref for work in works] == [order.ref for order in orders]
        assert {len(work.lines) for work in works} == {12}
        assert [len(page.items) for page in pages] == [25, 24, 24, 24, 23]
        assert stage.sandbox.traffic.requests == {"Orders": 7}


async def test_a_few_long_orders_are_read_alone_and_pages_stay() -> None:
    many = tuple(a_line(f"S{i}", 1) for i in range(6))
    orders = [an_order(f"{i:03}-01", lines=many if i < 3 else many[:1]) for i in range(100)]
    async with staged(a_dataset(*orders)) as stage:
        (page,) = await read_all(stage, stage.connector.fulfillment_walk)
        assert [len(work.lines) for work in records([page])] == [6, 6, 6] + [1] * 97
        assert stage.sandbox.traffic.requests == {"Orders": 1, "Order": 3}


def stocked(count: int) -> list[DataStock]:
    return [DataStock(f"S{i:03}", "dc-1", i) for i in range(count)]


async def test_positions_removed_during_a_walk_hide_no_other() -> None:
    dataset = a_dataset()
    dataset.stock = stocked(300)
    async with staged(dataset) as stage:
        first = await stage.connector.stock_walk(None, deadline=stage.soon)
        for i in range(7):
            await stage.act("delete_stock", sku=f"S{i:03}", location="dc-1")
        rest = await read_all(stage, stage.connector.stock_walk, first.next_cursor)
        seen = {level.position.item for level in records([first, *rest])}
        assert seen == {f"S{i:03}" for i in range(300)}
        assert {level.position.item for level in records(rest)} >= {
            f"S{i:03}" for i in range(7, 300)
        }


async def restless(stage: Stage) -> None:
    """Walk a list from whose front a row is taken after every page."""
    cursor = None
    for i in range(300):
        page = await stage.connector.stock_walk(cursor, deadline=stage.soon)
        cursor = page.next_cursor
        await stage.act("delete_stock", sku=f"S{i:03}", location="dc-1")
        stage.clock.advance(60)


async def test_a_list_that_never_stands_still_ends_the_walk() -> None:
    dataset = a_dataset()
    dataset.stock = stocked(300)
    async with staged(dataset) as stage:
        with pytest.raises(UpstreamFault, match="moved 5 times"):
            await restless(stage)


async def test_a_list_that_repeats_its_cursor_ends_the_walk() -> None:
    async with staged(a_dataset(an_order())) as stage:
        await stage.says("Orders", json.dumps(WALK_TEXT))
        with pytest.raises(MalformedPayload, match="no cursor"):
            await stage.connector.fulfillment_walk(None, deadline=stage.soon)
        node = {"id": "x"}
        page = {
            "edges": [{"cursor": "c", "node": node}, {"cursor": "d", "node": {"id": "y"}}],
            "pageInfo": {"hasNextPage": True},
        }
        text = json.dumps({"data": {"orders": {"data": page}}})
        await stage.says("Orders", text, times=2)
        first = await stage.connector.fulfillment_walk(None, deadline=stage.soon)
        assert [item.ref for item in first.items if isinstance(item, Unmappable)] == [None, None]
        with pytest.raises(UpstreamFault, match="cursor"):
            await stage.connector.fulfillment_walk(first.next_cursor, deadline=stage.soon)


async def test_a_delta_begins_now_and_shows_what_changes_after() -> None:
    async with staged(a_dataset(an_order("1-01"), an_order("2-01"))) as stage:
        connector = stage.connector
        began = await connector.fulfillment_changes(None, deadline=stage.soon)
        assert (began.items, began.is_last) == ((), True)
        stage.clock.advance(100)
        await stage.act("put_order", order=an_order("2-01", "shipped"))
        await stage.act("put_order", order=an_order("3-01"))
        stage.clock.advance(100)
        (page,) = await read_all(stage, connector.fulfillment_changes, began.next_cursor)
        assert [(work.order_ref, work.status) for work in records([page])] == [
            ("2-01", FulfillmentStatus.CLOSED),
            ("3-01", FulfillmentStatus.OPEN),
        ]
        (later,) = await read_all(stage, connector.fulfillment_changes, page.next_cursor)
        assert later.items == ()


async def test_a_delta_looks_back_over_lag_and_skew() -> None:
    async with staged(a_dataset()) as stage:
        began = await stage.connector.fulfillment_changes(None, deadline=stage.soon)
        stage.clock.advance(1)
        stage.sandbox.orders.put(an_order("late-01", updated_at=NOW - timedelta(seconds=64)))
        stage.sandbox.orders.put(an_order("old-01", updated_at=NOW - timedelta(seconds=66)))
        page = await stage.connector.fulfillment_changes(began.next_cursor, deadline=stage.soon)
        assert [work.order_ref for work in records([page])] == ["late-01"]


async def test_changes_at_one_instant_are_not_lost_at_a_page_s_edge() -> None:
    async with staged(a_dataset()) as stage:
        began = await stage.connector.fulfillment_changes(None, deadline=stage.soon)
        refs = [f"{i:03}-01" for i in range(250)]
        for ref in refs:
            stage.sandbox.orders.put(an_order(ref, updated_at=NOW))
        pages = await read_all(stage, stage.connector.fulfillment_changes, began.next_cursor)
        assert [work.order_ref for work in records(pages)] == refs
        assert [len(page.items) for page in pages] == [100, 99, 51]


async def test_what_changes_while_a_delta_is_paged_comes_with_the_next() -> None:
    async with staged(a_dataset(an_order("first-01"))) as stage:
        began = await stage.connector.fulfillment_changes(None, deadline=stage.soon)
        for i in range(150):
            stage.sandbox.orders.put(an_order(f"{i:03}-01", updated_at=NOW))
        first = await stage.connector.fulfillment_changes(began.next_cursor, deadline=stage.soon)
        stage.clock.advance(70)
        await stage.act("put_order", order=an_order("first-01", "shipped"))
        rest = await read_all(stage, stage.connector.fulfillment_changes, first.next_cursor)
        after = await read_all(stage, stage.connector.fulfillment_changes, rest[-1].next_cursor)
        seen = [work.order_ref for work in records([first, *rest])]
        assert {f"{i:03}-01" for i in range(150)} <= set(seen)
        assert "first-01" in [work.order_ref for work in records(after)]


async def test_changes_of_stock_are_told() -> None:
    async with staged(a_dataset()) as stage:
        began = await stage.connector.stock_changes(None, deadline=stage.soon)
        stage.clock.advance(100)
        await stage.act("put_stock", stock=DataStock("SKU-1", "dc-1", 4, 3, 1))
        await stage.act("put_stock", stock=DataStock("new", "store-1", 1))
        page = await stage.connector.stock_changes(began.next_cursor, deadline=stage.soon)
        assert [
            (level.position.item, level.on_hand, level.committed, level.safety_stock)
            for level in records([page])
        ] == [("SKU-1", 4, 3, 1), ("new", 1, 0, 0)]


async def replayed(stage: Stage) -> dict[str, FulfillmentStatus]:
    pages = await read_all(stage, stage.connector.fulfillment_walk)
    return {work.ref: work.status for work in records(pages)}


async def test_replayed_deltas_end_where_a_walk_does() -> None:
    words: list[OrderWord] = ["approved", "processing", "shipped", "delivered", "canceled"]
    async with staged(a_dataset(*(an_order(f"{i}-01") for i in range(5)))) as stage:
        state = await replayed(stage)
        cursor = (await stage.connector.fulfillment_changes(None, deadline=stage.soon)).next_cursor
        for step in range(20):
            await stage.act("put_order", order=an_order(f"{step % 7}-01", words[step % 5]))
            stage.clock.advance(13)
            page = await stage.connector.fulfillment_changes(cursor, deadline=stage.soon)
            cursor = page.next_cursor
            state |= {work.ref: work.status for work in records([page])}
        assert state == await replayed(stage)


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "eyJ2IjoyfQ", "ção", "e30=" * 300])
async def test_a_cursor_of_nobody_s_has_expired(cursor: str) -> None:
    async with staged(a_dataset()) as stage:
        connector = stage.connector
        for read in (
            connector.fulfillment_changes,
            connector.fulfillment_walk,
            connector.stock_changes,
            connector.stock_walk,
        ):
            with pytest.raises(CursorExpired):
                await read(cursor, deadline=stage.soon)
        assert stage.sandbox.traffic.requests == {}


async def test_a_walk_s_cursor_is_no_delta_s() -> None:
    async with staged(a_dataset(*(an_order(f"{i}-01") for i in range(101)))) as stage:
        page = await stage.connector.fulfillment_walk(None, deadline=stage.soon)
        with pytest.raises(CursorExpired):
            await stage.connector.fulfillment_changes(page.next_cursor, deadline=stage.soon)
