"""Published stock, over real sockets."""

import json

import pytest

from gateway.connect.errors import (
    Unsupported,
    UpstreamFault,
)
from gateway.connect.records import Mapped, Page, Unmappable
from gateway.connect.testing.dataset import DataItem, DataStock
from gateway.model.stock import PositionRef, StockRecord

from .retail import a_dataset, staged


async def test_stock_is_walked_by_the_merchant_s_own_codes() -> None:
    async with staged(a_dataset()) as stage:
        page = await stage.connector.stock_walk(None, deadline=stage.soon)
        found = {i.record.position: i.record for i in page.items if isinstance(i, Mapped)}
        assert {at: (s.on_hand, s.committed) for at, s in found.items()} == {
            PositionRef("SKU-1", "dc-1"): (5, 2),
            PositionRef("SKU-1", "store-1"): (0, 0),
        }
        assert (page.is_last, page.next_cursor) == (True, None)


async def test_stock_levels_keep_the_asked_order() -> None:
    async with staged(a_dataset()) as stage:
        asked = [
            PositionRef("SKU-1", "store-1"),
            PositionRef("unknown", "dc-1"),
            PositionRef("007", "dc-1"),
            PositionRef("SKU-1", "dc-1"),
            PositionRef("SKU-1", "nowhere"),
        ]
        found = await stage.connector.stock_levels(asked, deadline=stage.soon)
        assert [f.record.on_hand if isinstance(f, Mapped) else f for f in found] == [
            0, None, None, 5, None,
        ]  # fmt: skip
        assert stage.sandbox.traffic.requests == {"SkuIdlistbyRefIdlist": 1, "InventoryBySku": 2}
        await stage.connector.stock_levels(asked[:1], deadline=stage.soon)
        assert stage.sandbox.traffic.requests["SkuIdlistbyRefIdlist"] == 1


async def test_stock_by_vtex_s_own_numbers_asks_the_catalogue_nothing() -> None:
    async with staged(a_dataset(), item_code="id") as stage:
        page = await stage.connector.stock_walk(None, deadline=stage.soon)
        positions = [item.record.position for item in page.items if isinstance(item, Mapped)]
        number = stage.sandbox.catalogue.ids["SKU-1"]
        assert positions == [PositionRef(number, "dc-1"), PositionRef(number, "store-1")]
        found = await stage.connector.stock_levels(positions, deadline=stage.soon)
        assert [item.record.position for item in found if isinstance(item, Mapped)] == positions
        assert set(stage.sandbox.traffic.requests) == {"ListallSKUIDs", "InventoryBySku"}


async def test_a_stock_walk_has_every_sku_and_shows_what_is_gone() -> None:
    dataset = a_dataset()
    dataset.items = [DataItem(f"S{i}", "Thing", "1.00") for i in range(200)]
    dataset.stock = [DataStock(f"S{i}", "dc-1", i) for i in range(200)]
    async with staged(dataset) as stage:
        pages: list[Page[StockRecord]] = []
        cursor = None
        while not pages or not pages[-1].is_last:
            pages.append(await stage.connector.stock_walk(cursor, deadline=stage.soon))
            cursor = pages[-1].next_cursor
        assert [len(page.items) for page in pages] == [100, 100, 0]
        found = [i.record for page in pages for i in page.items if isinstance(i, Mapped)]
        assert {s.position.item: s.on_hand for s in found} == {f"S{i}": i for i in range(200)}
        await stage.act("delete_stock", sku="S7", location="dc-1")
        await stage.act("put_stock", stock=DataStock("S8", "dc-1", 99))
        asked = [PositionRef("S7", "dc-1"), PositionRef("S8", "dc-1")]
        after = await stage.connector.stock_levels(asked, deadline=stage.soon)
        assert after[0] is None
        assert isinstance(after[1], Mapped)
        assert after[1].record.on_hand == 99


async def test_a_list_of_skus_that_repeats_a_page_ends_the_walk() -> None:
    dataset = a_dataset()
    dataset.items = [DataItem(f"S{i}", "Thing", "1.00") for i in range(100)]
    async with staged(dataset) as stage:
        first = await stage.connector.stock_walk(None, deadline=stage.soon)
        text = str(stage.sandbox.catalogue.page(1, 101)[:100])
        await stage.fail(
            {"kind": "body", "operation": "ListallSKUIDs", "status": 200, "text": text},
        )
        with pytest.raises(UpstreamFault):
            await stage.connector.stock_walk(first.next_cursor, deadline=stage.soon)


async def test_a_sku_without_a_code_is_quarantined() -> None:
    async with staged(a_dataset()) as stage:
        await stage.fail(
            {
                "kind": "body",
                "operation": "Sku",
                "status": 200,
                "text": '{"RefId": null}',
                "times": 2,
            },
        )
        page = await stage.connector.stock_walk(None, deadline=stage.soon)
        number = stage.sandbox.catalogue.ids["SKU-1"]
        broken = [item for item in page.items if isinstance(item, Unmappable)]
        assert [(item.ref, item.location, item.error.path) for item in broken] == [
            (number, "dc-1", "RefId"), (number, "store-1", "RefId"),
        ]  # fmt: skip


async def test_a_broken_balance_is_quarantined_alone() -> None:
    async with staged(a_dataset(), item_code="id") as stage:
        good = {
            "warehouseId": "b",
            "totalQuantity": 3,
            "reservedQuantity": 0,
            "hasUnlimitedQuantity": False,
        }
        text = json.dumps({"balance": [{"warehouseId": "a", "totalQuantity": "3"}, good]})
        await stage.fail(
            {"kind": "body", "operation": "InventoryBySku", "status": 200, "text": text}
        )
        asked = [PositionRef("18", "a"), PositionRef("18", "b")]
        bad, fine = await stage.connector.stock_levels(asked, deadline=stage.soon)
        assert isinstance(bad, Unmappable)
        assert (bad.ref, bad.error.path, bad.location) == ("18", "totalQuantity", "a")
        assert isinstance(fine, Mapped)
        assert fine.record.on_hand == 3


async def test_changes_of_stock_are_not_to_be_had() -> None:
    async with staged(a_dataset()) as stage:
        with pytest.raises(Unsupported):
            await stage.connector.stock_changes(None, deadline=stage.soon)
        assert stage.sandbox.traffic.requests == {}
