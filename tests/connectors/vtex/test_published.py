"""What a VTEX warehouse is told, over real sockets."""

from datetime import timedelta

import pytest

from gateway.connect.errors import NotFound, Rejected, Throttled
from gateway.connect.records import Mapped, StockLevel
from gateway.model.stock import PositionRef
from tests.connectors.staging import NOW

from . import specification
from .callers import Caller
from .retail import Stage, a_dataset, staged
from .specification import SET_QUANTITY

AS_OF = NOW - timedelta(minutes=3)


def level(item: str, quantity: int, place: str = "dc-1") -> StockLevel:
    return StockLevel(PositionRef(item, place), quantity, AS_OF)


async def on_hand(stage: Stage, item: str, place: str = "dc-1") -> int | None:
    (found,) = await stage.connector.stock_levels([PositionRef(item, place)], deadline=stage.soon)
    return found.record.on_hand if isinstance(found, Mapped) else None


async def test_a_warehouse_is_told_its_quantity_and_how_old_it_is() -> None:
    async with staged(a_dataset()) as stage:
        told = await stage.connector.publish_stock([level("SKU-1", 9)], deadline=stage.soon)
        assert told == [None]
        assert await on_hand(stage, "SKU-1") == 9
        shown = await stage.act("show_stock", sku="SKU-1", location="dc-1")
        assert shown == {"quantity": 9, "effects": 1, "as_of": "2026-11-20T11:57:00+00:00"}


async def test_each_level_is_one_request_and_has_its_own_answer() -> None:
    async with staged(a_dataset()) as stage:
        asked = [
            level("SKU-1", 9), level("unknown", 1), level("007", -1),
            level("SKU-1", 3, "nowhere"), level("007", 2**31), level("007", 4),
        ]  # fmt: skip
        told = await stage.connector.publish_stock(asked, deadline=stage.soon)
        assert [type(each) for each in told] == [
            type(None), NotFound, Rejected, Rejected, Rejected, type(None),
        ]  # fmt: skip
        assert stage.sandbox.traffic.requests == {
            "SkuIdlistbyRefIdlist": 1,
            "UpdateInventoryQuantity": 3,
        }
        assert (await on_hand(stage, "SKU-1"), await on_hand(stage, "007")) == (9, 4)


async def test_what_is_reserved_stays_reserved() -> None:
    async with staged(a_dataset()) as stage:
        await stage.connector.publish_stock([level("SKU-1", 9)], deadline=stage.soon)
        asked = [PositionRef("SKU-1", "dc-1")]
        (found,) = await stage.connector.stock_levels(asked, deadline=stage.soon)
        assert isinstance(found, Mapped)
        assert (found.record.on_hand, found.record.committed) == (9, 2)


async def test_by_vtex_s_own_numbers_the_catalogue_is_asked_nothing() -> None:
    async with staged(a_dataset(), item_code="id") as stage:
        number = stage.sandbox.catalogue.ids["007"]
        told = await stage.connector.publish_stock([level(number, 6)], deadline=stage.soon)
        assert told == [None]
        assert stage.sandbox.traffic.requests == {"UpdateInventoryQuantity": 1}


async def test_a_throttled_account_is_left_alone_and_nothing_is_told() -> None:
    async with staged(a_dataset()) as stage:
        await stage.connector.publish_stock([level("SKU-1", 1)], deadline=stage.soon)
        fault = {"kind": "status", "operation": "UpdateInventoryQuantity", "status": 429}
        await stage.fail(fault)
        first = await stage.connector.publish_stock([level("SKU-1", 2)], deadline=stage.soon)
        assert [type(each) for each in first] == [Throttled]
        again = await stage.connector.publish_stock([level("SKU-1", 3)], deadline=stage.soon)
        assert [type(each) for each in again] == [Throttled]
        assert stage.sandbox.traffic.requests["UpdateInventoryQuantity"] == 2
        assert await stage.act("show_stock", sku="SKU-1", location="dc-1") == {
            "quantity": 1, "effects": 1, "as_of": "2026-11-20T11:57:00+00:00",
        }  # fmt: skip


@pytest.mark.parametrize("quantity", [0, 201])
async def test_the_sandbox_takes_what_vtex_publishes_as_an_example(quantity: int) -> None:
    async with staged(a_dataset()) as stage:
        example = {**specification.request_example(*SET_QUANTITY), "quantity": quantity}
        number = stage.sandbox.catalogue.ids["SKU-1"]
        path = f"/api/logistics/pvt/inventory/skus/{number}/warehouses/dc-1/quantity"
        assert await Caller(stage).call("PATCH", path, example) == (204, None)
        assert await on_hand(stage, "SKU-1") == quantity
        for broken in ({**example, "quantity": -1}, {"quantity": 3}, {**example, "shelf": 1}):
            assert (await Caller(stage).call("PATCH", path, broken))[0] == 400
        assert await on_hand(stage, "SKU-1") == quantity
