"""The work of warehouses by the channel's order id, over real sockets."""

import json

import pytest

from gateway.connect.errors import UpstreamFault
from gateway.connect.records import Mapped, Unmappable
from tests.connectors.staging import a_line

from .payloads import order_payload
from .retail import STORE, Stage, a_dataset, an_order, staged


async def test_work_comes_in_the_asked_order_and_nothing_for_what_is_not_there() -> None:
    lines = (a_line("SKU-1", 2, "store-1"), a_line("007", 1, "dc-1"))
    orders = [an_order("1-01"), an_order("2-01", lines=lines), an_order("3-01", "created")]
    async with staged(a_dataset(*orders)) as stage:
        asked = ["2-01", "none", "1-01", "3-01", "2-01"]
        found = await stage.connector.fulfillments_by_ref(asked, deadline=stage.soon)
        assert [len(work) for work in found] == [2, 0, 1, 0, 2]
        assert found[0] == found[4]
        (work,) = found[2]
        assert isinstance(work, Mapped)
        assert (work.record.order_ref, work.record.location_ref) == ("1-01", STORE)
        assert json.loads(work.raw)["partner_order_id"] == "1-01"


@pytest.mark.parametrize(("count", "requests"), [(0, 0), (1, 1), (25, 1), (26, 2), (60, 3)])
async def test_twenty_five_orders_are_asked_for_at_once(count: int, requests: int) -> None:
    refs = [f"{i}-01" for i in range(count)]
    async with staged(a_dataset(*map(an_order, refs))) as stage:
        found = await stage.connector.fulfillments_by_ref(refs, deadline=stage.soon)
        works = [
            item.record.order_ref for work in found for item in work if isinstance(item, Mapped)
        ]
        assert works == refs
        assert stage.sandbox.traffic.requests["OrdersByRef"] == requests


async def test_a_strange_ref_is_asked_for_as_it_is() -> None:
    refs = ['a"b\\c', "ação–7", "{x}", "$p0", "007"]
    async with staged(a_dataset(*map(an_order, refs))) as stage:
        found = await stage.connector.fulfillments_by_ref(refs, deadline=stage.soon)
        assert [len(work) for work in found] == [1] * 5


async def test_an_order_of_many_lines_is_read_alone() -> None:
    many = tuple(a_line(f"S{i}", i + 1) for i in range(250))
    async with staged(
        a_dataset(an_order("1-01", "shipped", lines=many), an_order("2-01"))
    ) as stage:
        found = await stage.connector.fulfillments_by_ref(["1-01", "2-01"], deadline=stage.soon)
        (work,) = found[0]
        assert isinstance(work, Mapped)
        assert [(x.item, x.quantity) for x in work.record.lines] == [
            (f"S{i}", i + 1) for i in range(250)
        ]
        assert len(work.record.shipments[0].lines) == 250
        assert stage.sandbox.traffic.requests == {"OrdersByRef": 1, "Order": 1}


async def test_more_lines_than_are_read_are_quarantined() -> None:
    many = tuple(a_line(f"S{i}", 1) for i in range(251))
    async with staged(a_dataset(an_order("1-01", lines=many))) as stage:
        ((work,),) = await stage.connector.fulfillments_by_ref(["1-01"], deadline=stage.soon)
        assert isinstance(work, Unmappable)
        assert (work.ref, work.error.path) == ("1-01", "line_items.pageInfo.hasNextPage")


async def test_an_order_that_is_gone_when_it_is_read_alone_is_no_work() -> None:
    many = tuple(a_line(f"S{i}", 1) for i in range(6))
    async with staged(a_dataset(an_order("1-01", lines=many))) as stage:
        gone = {"errors": [{"message": "Order not found", "code": 5}], "data": {"order": None}}
        await stage.says("Order", json.dumps(gone))
        found = await stage.connector.fulfillments_by_ref(["1-01"], deadline=stage.soon)
        assert found == [()]


def listed(*rows: object, more: bool = False) -> str:
    edges = [{"cursor": str(i), "node": row} for i, row in enumerate(rows)]
    page = {"edges": edges, "pageInfo": {"hasNextPage": more}}
    return json.dumps({"data": {"o0": {"data": page}}})


async def one_ref(stage: Stage) -> tuple[Mapped[object] | Unmappable, ...]:
    (work,) = await stage.connector.fulfillments_by_ref(["1000-01"], deadline=stage.soon)
    return work


async def test_many_orders_of_one_channel_order_are_read_alone() -> None:
    row = order_payload(an_order())
    rows = [{**row, "id": f"o{i}"} for i in range(4)]
    async with staged(a_dataset()) as stage:
        await stage.says("OrdersByRef", listed(*rows[:2], more=True))
        await stage.says("OrdersByRef", listed(*rows))
        assert len(await one_ref(stage)) == 4
        await stage.says("OrdersByRef", listed(*rows, more=True), times=2)
        with pytest.raises(UpstreamFault):
            await one_ref(stage)


async def test_a_broken_order_is_quarantined_alone_with_its_own_bytes() -> None:
    row = order_payload(an_order())
    broken = {**row, "line_items": None}
    async with staged(a_dataset()) as stage:
        await stage.says("OrdersByRef", listed(broken, row))
        bad, fine = await one_ref(stage)
        assert isinstance(bad, Unmappable)
        assert (bad.ref, bad.error.path) == ("1000-01", "line_items")
        assert json.loads(bad.raw) == broken
        assert isinstance(fine, Mapped)
        await stage.says("OrdersByRef", listed(None, {"partner_order_id": 5}))
        assert [getattr(item, "ref", "") for item in await one_ref(stage)] == [None, None]
