"""Stock levels, over real sockets."""

import json

import pytest

from gateway.connect.records import Mapped, Unmappable
from gateway.connect.testing.dataset import DataStock
from gateway.model.stock import PositionRef

from .payloads import a_level
from .retail import DC, STORE, a_dataset, read_all, records, staged


async def test_levels_keep_the_asked_order() -> None:
    async with staged(a_dataset()) as stage:
        asked = [
            PositionRef("SKU-1", STORE),
            PositionRef("unknown", DC),
            PositionRef("007", DC),
            PositionRef("SKU-1", DC),
            PositionRef("SKU-1", "nowhere"),
            PositionRef("ghost", DC),
            PositionRef("SKU-1", STORE),
        ]
        found = await stage.connector.stock_levels(asked, deadline=stage.soon)
        assert [f.record.on_hand if isinstance(f, Mapped) else f for f in found] == [
            0, None, None, 5, None, None, 0,
        ]  # fmt: skip
        assert stage.sandbox.traffic.requests == {"Levels": 1}


@pytest.mark.parametrize(("count", "requests"), [(0, 0), (25, 1), (26, 2), (101, 5)])
async def test_twenty_five_positions_are_asked_for_at_once(count: int, requests: int) -> None:
    dataset = a_dataset()
    dataset.stock = [DataStock(f"S{i}", "dc-1", i) for i in range(count)]
    async with staged(dataset) as stage:
        asked = [PositionRef(f"S{i}", DC) for i in range(count)][::-1]
        found = await stage.connector.stock_levels(asked, deadline=stage.soon)
        levels = [f.record.on_hand for f in found if isinstance(f, Mapped)]
        assert levels == list(range(count))[::-1]
        assert stage.sandbox.traffic.requests["Levels"] == requests


async def test_a_walk_has_what_the_warehouse_has() -> None:
    dataset = a_dataset()
    dataset.stock += [DataStock(f"S{i}", "dc-1", i) for i in range(200)]
    async with staged(dataset) as stage:
        pages = await read_all(stage, stage.connector.stock_walk)
        found = {(level.position.item, level.position.location) for level in records(pages)}
        expected = {(f"S{i}", DC) for i in range(200)}
        assert found == expected | {("SKU-1", DC), ("SKU-1", STORE)}
        assert sum(len(page.items) for page in pages) == 202
        await stage.act("delete_stock", sku="S7", location="dc-1")
        asked = [PositionRef("S7", DC), PositionRef("S8", DC)]
        gone, kept = await stage.connector.stock_levels(asked, deadline=stage.soon)
        assert gone is None
        assert isinstance(kept, Mapped)


async def test_a_filter_that_is_less_strict_than_we_are_answers_nothing_for_another() -> None:
    async with staged(a_dataset()) as stage:
        page = {
            "edges": [{"cursor": "a", "node": a_level(sku="sku-1")}],
            "pageInfo": {"hasNextPage": False},
        }
        text = json.dumps({"data": {"w0": {"data": page}}})
        await stage.says("Levels", text)
        asked = [PositionRef("SKU-1", DC)]
        assert await stage.connector.stock_levels(asked, deadline=stage.soon) == [None]


async def test_a_broken_level_is_quarantined_alone() -> None:
    async with staged(a_dataset()) as stage:
        rows = [a_level(on_hand="5"), a_level(sku="B"), {"sku": None}]
        edges = [{"cursor": str(i), "node": row} for i, row in enumerate(rows)]
        page = {"edges": edges, "pageInfo": {"hasNextPage": False}}
        text = json.dumps({"data": {"warehouse_products": {"data": page}}})
        await stage.says("WarehouseProducts", text)
        read = await stage.connector.stock_walk(None, deadline=stage.soon)
        bad, fine, nameless = read.items
        assert isinstance(bad, Unmappable)
        assert (bad.ref, bad.error.path, json.loads(bad.raw)) == ("SKU-1", "on_hand", rows[0])
        assert bad.location == DC
        assert isinstance(fine, Mapped)
        assert isinstance(nameless, Unmappable)
        assert (nameless.ref, nameless.raw) == (None, b'{"sku": null}')
