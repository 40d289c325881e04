"""Sales by walk and by change, over real sockets."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors.square.streams import OVERLAP
from gateway.connect.errors import CursorExpired, UpstreamFault
from gateway.connect.records import Mapped, Page
from gateway.connect.testing.dataset import DataLine, DataLocation, Dataset
from tests.connectors.staging import NOW, an_order

from .retail import Stage, a_dataset, refs, staged

Read = Callable[..., Awaitable[Page[Any]]]


async def read_all(stage: Stage, read: Read, cursor: str | None = None) -> list[Page[Any]]:
    pages = [await read(cursor, deadline=stage.soon)]
    while not pages[-1].is_last:
        cursor = pages[-1].next_cursor
        assert cursor is not None
        assert len(cursor) <= 1024
        pages.append(await read(cursor, deadline=stage.soon))
    return pages


def all_refs(pages: list[Page[Any]]) -> list[str | None]:
    return [ref for page in pages for ref in refs(page)]


def many_shops(count: int) -> Dataset:
    """Answer so many shops with a sale each, and one without."""
    dataset = a_dataset()
    where = ("Rua B", "Recife", "PE", "50000-001")
    dataset.locations = [
        DataLocation(f"S{i:02}", f"Shop {i}", "STORE", "Loja", *where) for i in range(count + 1)
    ]
    dataset.orders = [
        an_order(f"{i}-01", lines=(DataLine("SKU-1", 1, "10.50", "0.00", f"S{i:02}"),))
        for i in range(count)
    ]
    return dataset


async def test_many_shops_are_searched_ten_at_a_time() -> None:
    async with staged(many_shops(21)) as stage:
        pages = await read_all(stage, stage.connector.order_walk)
        assert [len(page.items) for page in pages] == [10, 10, 1]
        assert set(all_refs(pages)) == {f"{i}-01" for i in range(21)}
        assert pages[-1].next_cursor is None
        assert stage.sandbox.traffic.requests == {
            "ListLocations": 1,
            "SearchOrders": 3,
            "BatchRetrieveCatalogObjects": 1,
        }


async def test_a_walk_goes_on_in_another_process_at_the_next_shops() -> None:
    async with staged(many_shops(21)) as stage:
        first = await stage.connector.order_walk(None, deadline=stage.soon)
        other = stage.another()
        rest = await read_all(stage, other.order_walk, first.next_cursor)
        await other.close()
        assert set(refs(first) + all_refs(rest)) == {f"{i}-01" for i in range(21)}


@pytest.mark.parametrize("count", [0, 1, 100, 101])
async def test_a_walk_has_every_sale_once_and_the_newest_first(count: int) -> None:
    orders = [an_order(f"{i:03}-01", placed_at=NOW - timedelta(hours=i)) for i in range(count)]
    async with staged(a_dataset(*orders)) as stage:
        pages = await read_all(stage, stage.connector.order_walk)
        assert all_refs(pages) == [order.ref for order in orders]
        assert [len(page.items) for page in pages] == ([100, 1] if count == 101 else [count])


async def test_an_account_without_locations_has_no_sales() -> None:
    async with staged(Dataset()) as stage:
        (page,) = await read_all(stage, stage.connector.order_walk)
        assert (page.items, page.next_cursor) == ((), None)
        (page,) = await read_all(stage, stage.connector.order_changes)
        assert page.next_cursor is not None


async def test_a_change_is_read_once_it_was_made_and_again_within_the_overlap() -> None:
    async with staged(a_dataset(an_order("1-01", "processing"))) as stage:
        (begun,) = await read_all(stage, stage.connector.order_changes)
        stage.clock.advance(10)
        await stage.act("put_order", order=an_order("1-01", "shipped"))
        seen = begun.next_cursor
        for _ in range(2):
            pages = await read_all(stage, stage.connector.order_changes, seen)
            assert all_refs(pages) == ["1-01"]
            seen = pages[-1].next_cursor
        stage.clock.advance(OVERLAP.total_seconds())
        pages = await read_all(stage, stage.connector.order_changes, seen)
        assert all_refs(pages) == ["1-01"]
        stage.clock.advance(1)
        pages = await read_all(stage, stage.connector.order_changes, pages[-1].next_cursor)
        assert all_refs(pages) == ["1-01"]
        pages = await read_all(stage, stage.connector.order_changes, pages[-1].next_cursor)
        assert all_refs(pages) == []


async def test_what_was_sold_offline_72_hours_ago_is_no_change_too_late() -> None:
    async with staged(a_dataset()) as stage:
        (begun,) = await read_all(stage, stage.connector.order_changes)
        stage.clock.advance(3600)
        (later,) = await read_all(stage, stage.connector.order_changes, begun.next_cursor)
        sold_at = NOW - timedelta(hours=71)
        await stage.act("sell", order=an_order("9-01", placed_at=sold_at))
        (page,) = await read_all(stage, stage.connector.order_changes, later.next_cursor)
        (sale,) = page.items
        assert isinstance(sale, Mapped)
        assert (sale.record.ref, sale.record.placed_at) == ("9-01", sold_at)
        assert sale.record.updated_at == NOW + timedelta(hours=1)


async def test_a_cursor_that_square_refuses_begins_the_list_anew() -> None:
    orders = [an_order(f"{i:03}-01") for i in range(101)]
    async with staged(a_dataset(*orders)) as stage:
        first = await stage.connector.order_walk(None, deadline=stage.soon)
        await stage.fail({"kind": "status", "operation": "SearchOrders", "status": 400})
        rest = await read_all(stage, stage.connector.order_walk, first.next_cursor)
        assert [len(page.items) for page in rest] == [0, 100, 1]
        assert set(all_refs(rest)) == {order.ref for order in orders}


async def test_a_list_whose_cursors_are_always_refused_ends_in_a_fault() -> None:
    orders = [an_order(f"{i:03}-01") for i in range(101)]
    async with staged(a_dataset(*orders)) as stage:
        refusal = {"kind": "status", "operation": "SearchOrders", "status": 400}
        cursor = None
        for _ in range(5):
            page = await stage.connector.order_walk(cursor, deadline=stage.soon)
            assert len(page.items) == 100
            await stage.fail(refusal)
            page = await stage.connector.order_walk(page.next_cursor, deadline=stage.soon)
            assert page.items == ()
            cursor = page.next_cursor
        page = await stage.connector.order_walk(cursor, deadline=stage.soon)
        await stage.fail(refusal)
        with pytest.raises(UpstreamFault, match="5 times"):
            await stage.connector.order_walk(page.next_cursor, deadline=stage.soon)


async def test_a_cursor_of_another_stream_has_expired() -> None:
    async with staged(a_dataset(*(an_order(f"{i}-01") for i in range(101)))) as stage:
        page = await stage.connector.order_walk(None, deadline=stage.soon)
        with pytest.raises(CursorExpired):
            await stage.connector.fulfillment_walk(page.next_cursor, deadline=stage.soon)
        with pytest.raises(CursorExpired):
            await stage.connector.order_changes(page.next_cursor, deadline=stage.soon)


async def test_a_list_that_repeats_its_cursor_ends_in_a_fault() -> None:
    async with staged(a_dataset(an_order("1-01"))) as stage:
        again = {"kind": "body", "operation": "SearchOrders", "status": 200}
        await stage.fail({**again, "text": '{"cursor": "same"}', "times": 2})
        page = await stage.connector.order_walk(None, deadline=stage.soon)
        with pytest.raises(UpstreamFault, match="repeats"):
            await stage.connector.order_walk(page.next_cursor, deadline=stage.soon)
