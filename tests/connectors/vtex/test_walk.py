"""The walk of all orders, over real sockets."""

from datetime import timedelta

import pytest

from connectors.vtex.connector import VtexConnector
from gateway.connect.deadline import Deadline
from gateway.connect.errors import (
    UpstreamFault,
)
from gateway.connect.records import Page, Unmappable
from gateway.connect.testing.dataset import DataOrder
from gateway.model.order import OrderRecord
from tests.connectors.staging import NOW, an_order

from .retail import a_dataset, refs, staged


async def walked(
    connector: VtexConnector, soon: Deadline, cursor: str | None = None
) -> list[Page[OrderRecord]]:
    pages = [await connector.order_walk(cursor, deadline=soon)]
    while not pages[-1].is_last:
        cursor = pages[-1].next_cursor
        assert cursor is not None
        assert len(cursor) <= 1024
        pages.append(await connector.order_walk(cursor, deadline=soon))
    assert pages[-1].next_cursor is None
    return pages


@pytest.mark.parametrize("count", [0, 1, 100, 101])
async def test_a_walk_has_every_order_once(count: int) -> None:
    orders = [an_order(f"{i:03}-01", placed_at=NOW - timedelta(hours=i)) for i in range(count)]
    async with staged(a_dataset(*orders)) as stage:
        pages = await walked(stage.connector, stage.soon)
        assert [len(page.items) for page in pages] == ([100, 1] if count == 101 else [count])
        assert [ref for page in pages for ref in refs(page)] == [order.ref for order in orders]
        assert {page.expected for page in pages} == {count}


def crowded() -> list[DataOrder]:
    """Answer more orders than one query lists: a burst, many at one instant, and a long tail."""
    burst = [NOW - timedelta(days=30, seconds=i) for i in range(2600)]
    instant = [NOW - timedelta(days=90)] * 150
    tail = [NOW - timedelta(days=1.7 * i) for i in range(400)]
    times = [*burst, *instant, *tail]
    lines = an_order().lines
    return [an_order(f"{i}-01", placed_at=at, lines=lines[: i % 2]) for i, at in enumerate(times)]


async def test_a_walk_splits_what_vtex_would_cut_off_and_resumes_anywhere() -> None:
    orders = crowded()
    async with staged(a_dataset(*orders)) as stage:
        pages = await walked(stage.connector, stage.soon)
        found = [ref for page in pages for ref in refs(page)]
        assert set(found) == {order.ref for order in orders}
        assert {page.expected for page in pages} == {3150}
        assert max(len(page.items) for page in pages) == 100
        middle = len(pages) // 2
        stage.clock.advance(60)
        resumed = await walked(stage.connector, stage.soon, pages[middle].next_cursor)
        rest = [ref for page in resumed for ref in refs(page)]
        assert rest == [ref for page in pages[middle + 1 :] for ref in refs(page)]


async def test_more_orders_in_one_second_than_vtex_lists_is_said() -> None:
    at = NOW - timedelta(days=2)
    orders = [an_order(f"{i}-01", placed_at=at, lines=()) for i in range(3001)]
    async with staged(a_dataset(*orders)) as stage:
        with pytest.raises(UpstreamFault, match="in one second"):
            await walked(stage.connector, stage.soon)


async def test_a_list_that_repeats_a_page_ends_the_walk() -> None:
    orders = [an_order(f"{i}-01", lines=()) for i in range(101)]
    async with staged(a_dataset(*orders)) as stage:
        first = await stage.connector.order_walk(None, deadline=stage.soon)
        paging = '{"list": [], "paging": {"total": 101, "pages": 2, "currentPage": 1}}'
        await stage.fail({"kind": "body", "operation": "ListOrders", "status": 200, "text": paging})
        with pytest.raises(UpstreamFault):
            await stage.connector.order_walk(first.next_cursor, deadline=stage.soon)


async def test_a_row_without_an_order_id_is_quarantined_alone() -> None:
    async with staged(a_dataset(an_order("1-01"))) as stage:
        rows = '{"list": [{"orderId": null}, 5, {"orderId": "1-01"}], "paging": %s}'
        text = rows % '{"total": 3, "pages": 1, "currentPage": 1}'
        await stage.fail({"kind": "body", "operation": "ListOrders", "status": 200, "text": text})
        page = await stage.connector.order_walk(None, deadline=stage.soon)
        assert refs(page) == ["1-01", None, None]
        broken = [item for item in page.items if isinstance(item, Unmappable)]
        assert [item.raw for item in broken] == [b'{"orderId": null}', b"5"]
