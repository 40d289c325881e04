"""Lists that move while they are read, over real sockets."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors.bling.connector import BlingConnector
from gateway.connect.deadline import Deadline
from gateway.connect.errors import CursorExpired, UpstreamFault
from gateway.connect.records import Mapped, Page, Unmappable
from gateway.connect.testing.faults import Fault
from gateway.model.order import ChannelState

from .retail import Stage, a_dataset, an_order, order_ids, refs, staged

Read = Callable[..., Awaitable[Page[Any]]]


def orders(count: int) -> Any:
    return a_dataset(*(an_order(f"{i:03}-01") for i in range(count)))


async def read_all(read: Read, soon: Deadline, cursor: str | None = None) -> list[Page[Any]]:
    pages = [await read(cursor, deadline=soon)]
    while not pages[-1].is_last:
        pages.append(await read(pages[-1].next_cursor, deadline=soon))
    return pages


def names(pages: list[Page[Any]]) -> list[str | None]:
    return [item.record.channel_ref for p in pages for item in p.items if isinstance(item, Mapped)]


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (14, 1), (15, 2), (16, 2), (31, 3)])
async def test_a_walk_has_every_order_once(count: int, pages: int) -> None:
    async with staged(orders(count)) as stage:
        found = await read_all(stage.connector.order_walk, stage.soon)
        assert len(found) == pages
        assert names(found) == [f"{i:03}-01" for i in range(count)][::-1]
        assert found[-1].next_cursor is None


@pytest.mark.parametrize("gone", ["039-01", "030-01", "025-01"])
async def test_an_order_that_is_deleted_during_a_walk_takes_no_other_with_it(gone: str) -> None:
    async with staged(orders(40)) as stage:
        first = await stage.connector.order_walk(None, deadline=stage.soon)
        stage.act("delete_order", ref=gone)
        rest = await read_all(stage.connector.order_walk, stage.soon, first.next_cursor)
        kept = {f"{i:03}-01" for i in range(40)} - {gone}
        assert set(names([first, *rest])) | {gone} == kept | {gone}
        assert set(names(rest)) >= {f"{i:03}-01" for i in range(25)} - {gone}


async def test_orders_that_come_in_during_a_walk_push_none_out() -> None:
    async with staged(orders(40)) as stage:
        first = await stage.connector.order_walk(None, deadline=stage.soon)
        stage.act("put_order", order=an_order("100-01"))
        stage.act("put_order", order=an_order("101-01"))
        rest = await read_all(stage.connector.order_walk, stage.soon, first.next_cursor)
        assert set(names([first, *rest])) == {f"{i:03}-01" for i in range(40)}


async def test_a_list_that_repeats_a_page_ends_the_walk() -> None:
    async with staged(orders(40)) as stage:
        first = await stage.connector.order_walk(None, deadline=stage.soon)
        row = '{"data": [{"id": 7}]}'
        stage.fail(Fault("body", "ListOrders", times=2, status=200, text=row))
        with pytest.raises(UpstreamFault, match="repeats"):
            await stage.connector.order_walk(first.next_cursor, deadline=stage.soon)


async def test_a_row_without_an_id_is_quarantined_alone() -> None:
    async with staged(orders(1)) as stage:
        (known,) = order_ids("000-01")
        text = f'{{"data": [{{"id": null}}, 5, {{"id": {known}}}, {{"id": {known}}}]}}'
        stage.fail(Fault("body", "ListOrders", status=200, text=text))
        page = await stage.connector.order_walk(None, deadline=stage.soon)
        assert refs(page) == [known, None, None]
        broken = [item.raw for item in page.items if isinstance(item, Unmappable)]
        assert broken == [b'{"id": null}', b"5"]


async def test_a_broken_order_is_quarantined_alone_under_its_id() -> None:
    async with staged(orders(2)) as stage:
        stage.fail(Fault("body", "GetOrder", status=200, text='{"data": {"id": 7}}'))
        page = await stage.connector.order_walk(None, deadline=stage.soon)
        broken = [item for item in page.items if isinstance(item, Unmappable)]
        assert [(each.raw, each.error.path) for each in broken] == [(b'{"id": 7}', "numero")]
        assert broken[0].ref in order_ids("000-01", "001-01")
        assert len(page.items) == 2


async def changes(stage: Stage, cursor: str | None) -> tuple[list[Page[Any]], str | None]:
    pages = await read_all(stage.connector.order_changes, stage.soon, cursor)
    return pages, pages[-1].next_cursor


async def test_a_delta_tells_what_has_changed_since_and_looks_back_a_minute() -> None:
    async with staged(orders(3)) as stage:
        pages, cursor = await changes(stage, None)
        assert names(pages) == []
        stage.clock.advance(300)
        stage.act("put_order", order=an_order("001-01", "canceled"))
        pages, cursor = await changes(stage, cursor)
        assert [item.record.state for item in pages[0].items] == [ChannelState.CANCELLED]
        stage.clock.advance(60)
        pages, again = await changes(stage, cursor)
        assert names(pages) == ["001-01"]
        stage.clock.advance(66)
        pages, again = await changes(stage, again)
        pages, _ = await changes(stage, again)
        assert names(pages) == []


async def test_a_delta_of_several_pages_begins_the_next_where_it_began_itself() -> None:
    async with staged(orders(0)) as stage:
        _, cursor = await changes(stage, None)
        for i in range(20):
            stage.act("put_order", order=an_order(f"{i:03}-01"))
        first = await stage.connector.order_changes(cursor, deadline=stage.soon)
        assert not first.is_last
        stage.clock.advance(120)
        stage.act("put_order", order=an_order("late-01"))
        pages, cursor = await changes(stage, first.next_cursor)
        stage.clock.advance(120)
        late, _ = await changes(stage, cursor)
        assert "late-01" in names([*pages, *late])
        assert set(names([first, *pages])) >= {f"{i:03}-01" for i in range(20)}


async def test_a_cursor_of_more_than_a_year_has_expired() -> None:
    async with staged(orders(1)) as stage:
        _, cursor = await changes(stage, None)
        stage.clock.advance(timedelta(days=365).total_seconds())
        with pytest.raises(CursorExpired):
            await stage.connector.order_changes(cursor, deadline=stage.soon)


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "eyJ2IjoyfQ", "ção", "e30=" * 300])
async def test_a_cursor_of_nobody_s_has_expired(cursor: str) -> None:
    async with staged(orders(0)) as stage:
        made: BlingConnector = stage.connector
        for read in (made.order_changes, made.customer_changes, made.invoice_changes,
                     made.order_walk, made.stock_walk,
                     made.invoice_walk, made.customer_walk, made.location_walk):  # fmt: skip
            with pytest.raises(CursorExpired):
                await read(cursor, deadline=stage.soon)
        assert stage.sandbox.traffic.requests == {}


async def test_a_contact_that_was_deleted_is_told_as_gone_and_walked_no_more() -> None:
    async with staged(orders(1)) as stage:
        customers = stage.connector
        page = await customers.customer_walk(None, deadline=stage.soon)
        (ref,) = refs(page)
        cursor = (await customers.customer_changes(None, deadline=stage.soon)).next_cursor
        stage.act("delete_customer", ref="c-1")
        told = await customers.customer_changes(cursor, deadline=stage.soon)
        assert (told.items, told.gone) == ((), (ref,))
        assert (await customers.customer_walk(None, deadline=stage.soon)).items == ()
        assert await customers.customers_by_ref([str(ref)], deadline=stage.soon) == [None]
