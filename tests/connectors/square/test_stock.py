"""Stock by location, over real sockets."""

import json

import pytest

from connectors.square.catalogue import ABSENT_SECONDS, KNOWN_SECONDS
from gateway.connect.errors import UpstreamFault
from gateway.connect.records import Mapped, Page, Unmappable
from gateway.connect.testing.dataset import DataStock
from gateway.model.stock import PositionRef, StockRecord
from tests.connectors.staging import an_order

from .retail import Stage, a_dataset, staged

LEVELS = "BatchRetrieveInventoryCounts"


def levels(page: Page[StockRecord]) -> list[tuple[PositionRef, int | None]]:
    records = [item.record for item in page.items if isinstance(item, Mapped)]
    return [(record.position, record.on_hand) for record in records]


async def walked(stage: Stage) -> list[tuple[PositionRef, int | None]]:
    found, cursor = [], None
    while True:
        page = await stage.connector.stock_walk(cursor, deadline=stage.soon)
        found += levels(page)
        cursor = page.next_cursor
        if page.is_last:
            return found


async def test_stock_is_walked_by_the_retailer_s_own_codes() -> None:
    async with staged(a_dataset()) as stage:
        assert sorted(await walked(stage), key=str) == [
            (PositionRef("SKU-1", "dc-1"), 5),
            (PositionRef("SKU-1", "store-1"), 0),
        ]


async def test_stock_by_square_s_own_ids_asks_the_catalogue_nothing() -> None:
    async with staged(a_dataset(), item_code="id") as stage:
        variation = stage.sandbox.catalogue.id_of("SKU-1")
        at = PositionRef(variation, "dc-1")
        assert (at, 5) in await walked(stage)
        (found,) = await stage.connector.stock_levels([at], deadline=stage.soon)
        assert isinstance(found, Mapped)
        assert found.record.position == at
        assert set(stage.sandbox.traffic.requests) == {LEVELS}


async def test_levels_keep_the_asked_order_and_an_item_may_be_named_by_square_s_id() -> None:
    async with staged(a_dataset()) as stage:
        variation = stage.sandbox.catalogue.id_of("SKU-1")
        asked = [
            PositionRef("SKU-1", "store-1"),
            PositionRef("unknown", "dc-1"),
            PositionRef("sku-1", "dc-1"),
            PositionRef(variation, "dc-1"),
            PositionRef("SKU-1", "nowhere"),
        ]
        found = await stage.connector.stock_levels(asked, deadline=stage.soon)
        assert [f.record.on_hand if isinstance(f, Mapped) else f for f in found] == [
            0, None, None, 5, None,
        ]  # fmt: skip
        assert isinstance(found[3], Mapped)
        assert found[3].record.position == PositionRef("SKU-1", "dc-1")


async def test_names_are_asked_for_once_in_a_while() -> None:
    async with staged(a_dataset()) as stage:
        asked = [PositionRef("SKU-1", "dc-1"), PositionRef("NEW", "dc-1")]
        for _ in range(2):
            await stage.connector.stock_levels(asked, deadline=stage.soon)
        assert stage.sandbox.traffic.requests == {
            "SearchCatalogObjects": 1,
            "BatchRetrieveCatalogObjects": 1,
            LEVELS: 2,
        }
        await stage.act("put_stock", stock=DataStock("NEW", "dc-1", 3))
        assert await stage.connector.stock_levels(asked[1:], deadline=stage.soon) == [None]
        stage.clock.advance(ABSENT_SECONDS)
        (found,) = await stage.connector.stock_levels(asked[1:], deadline=stage.soon)
        assert isinstance(found, Mapped)
        before = stage.sandbox.traffic.requests["SearchCatalogObjects"]
        stage.clock.advance(KNOWN_SECONDS)
        await stage.connector.stock_levels(asked, deadline=stage.soon)
        assert stage.sandbox.traffic.requests["SearchCatalogObjects"] == before + 1


async def test_many_positions_are_read_in_few_requests() -> None:
    dataset = a_dataset()
    dataset.stock = [DataStock(f"S{i}", f"L{i}", i) for i in range(61)]
    async with staged(dataset) as stage:
        asked = [PositionRef(f"S{i}", f"L{i}") for i in range(61)]
        found = await stage.connector.stock_levels(asked, deadline=stage.soon)
        assert [f.record.on_hand for f in found if isinstance(f, Mapped)] == list(range(61))
        assert stage.sandbox.traffic.requests[LEVELS] == 3


async def test_a_change_is_read_by_its_moment() -> None:
    async with staged(a_dataset()) as stage:
        begun = await stage.connector.stock_changes(None, deadline=stage.soon)
        assert (begun.items, begun.is_last) == ((), True)
        stage.clock.advance(30)
        await stage.act("put_stock", stock=DataStock("007", "store-1", 41))
        page = await stage.connector.stock_changes(begun.next_cursor, deadline=stage.soon)
        assert levels(page) == [(PositionRef("007", "store-1"), 41)]


async def test_what_changes_while_all_is_walked_is_not_lost() -> None:
    dataset = a_dataset()
    dataset.stock = [DataStock(f"S{i:03}", "dc-1", i) for i in range(150)]
    async with staged(dataset) as stage:
        first = await stage.connector.stock_walk(None, deadline=stage.soon)
        unread = {f"S{i:03}" for i in range(150)} - {at.item for at, _ in levels(first)}
        moved = min(unread)
        stage.clock.advance(1)
        await stage.act("put_stock", stock=DataStock(moved, "dc-1", 999))
        pages = [first]
        while not pages[-1].is_last:
            cursor = pages[-1].next_cursor
            pages.append(await stage.connector.stock_walk(cursor, deadline=stage.soon))
        assert [len(page.items) for page in pages] == [100, 49, 1]
        assert levels(pages[-1]) == [(PositionRef(moved, "dc-1"), 999)]


async def test_an_answer_that_is_cut_all_the_same_misses_nothing() -> None:
    async with staged(a_dataset(), item_code="id") as stage:
        asked = [PositionRef(stage.sandbox.catalogue.id_of("SKU-1"), "dc-1")]
        await stage.fail(
            {"kind": "body", "operation": LEVELS, "status": 200, "text": '{"cursor": "more"}'},
            {"kind": "body", "operation": LEVELS, "status": 200, "text": '{"cursor": "more"}'},
        )
        with pytest.raises(UpstreamFault, match="repeats"):
            await stage.connector.stock_levels(asked, deadline=stage.soon)
        count = {"location_id": "dc-1", "state": "IN_STOCK", "quantity": "8"}
        told = {"counts": [{**count, "catalog_object_id": asked[0].item}]}
        await stage.fail(
            {"kind": "body", "operation": LEVELS, "status": 200, "text": '{"cursor": "more"}'},
            {"kind": "body", "operation": LEVELS, "status": 200, "text": json.dumps(told)},
        )
        (found,) = await stage.connector.stock_levels(asked, deadline=stage.soon)
        assert isinstance(found, Mapped)
        assert found.record.on_hand == 8


async def test_a_broken_count_is_quarantined_alone() -> None:
    async with staged(a_dataset(), item_code="id") as stage:
        good = {"catalog_object_id": "V", "location_id": "b", "state": "IN_STOCK", "quantity": "3"}
        bad = {**good, "location_id": "a", "quantity": "0.5"}
        text = json.dumps({"counts": [bad, good]})
        await stage.fail({"kind": "body", "operation": LEVELS, "status": 200, "text": text})
        asked = [PositionRef("V", "a"), PositionRef("V", "b")]
        broken, fine = await stage.connector.stock_levels(asked, deadline=stage.soon)
        assert isinstance(broken, Unmappable)
        assert (broken.ref, broken.error.path, broken.location) == ("V", "quantity", "a")
        assert isinstance(fine, Mapped)
        assert fine.record.on_hand == 3


async def test_two_variations_with_one_sku_are_no_stock_of_it_but_their_sales_are_sales() -> None:
    dataset = a_dataset(an_order("1-01"))
    dataset.stock = [DataStock("SKU-1", "dc-1", 5), DataStock("SKU-2", "dc-1", 7)]
    async with staged(dataset) as stage:
        ids = [stage.sandbox.catalogue.id_of(sku) for sku in ("SKU-1", "SKU-2")]
        both = {"objects": [{"id": each, "item_variation_data": {"sku": "SKU-1"}} for each in ids]}
        for operation in ("SearchCatalogObjects", "BatchRetrieveCatalogObjects"):
            fault = {"kind": "body", "operation": operation, "status": 200, "times": 9}
            await stage.fail({**fault, "text": json.dumps(both)})
        page = await stage.connector.stock_walk(None, deadline=stage.soon)
        broken = [item for item in page.items if isinstance(item, Unmappable)]
        assert [(each.ref, each.error.path) for each in broken] == [
            ("SKU-1", "catalog_object_id")
        ] * 2
        other = stage.another()
        (found,) = await other.stock_levels([PositionRef("SKU-1", "dc-1")], deadline=stage.soon)
        await other.close()
        assert isinstance(found, Unmappable)
        assert found.ref == "SKU-1"
        (sale,) = await stage.connector.orders_by_ref(["1-01"], deadline=stage.soon)
        assert isinstance(sale, Mapped)
        assert [line.item for line in sale.record.lines] == ["SKU-1"]


async def test_a_broken_count_is_called_as_its_position_is() -> None:
    async with staged(a_dataset()) as stage:
        variation = stage.sandbox.catalogue.id_of("SKU-1")
        count = {"catalog_object_id": variation, "location_id": "dc-1", "state": "IN_STOCK"}
        text = json.dumps({"counts": [{**count, "quantity": "2.5"}, {**count, "quantity": None}]})
        await stage.fail({"kind": "body", "operation": LEVELS, "status": 200, "text": text})
        page = await stage.connector.stock_walk(None, deadline=stage.soon)
        assert [item.ref for item in page.items if isinstance(item, Unmappable)] == ["SKU-1"] * 2


async def test_a_variation_without_a_sku_is_quarantined() -> None:
    async with staged(a_dataset()) as stage:
        variation = stage.sandbox.catalogue.id_of("SKU-1")
        nameless = {"objects": [{"id": variation, "item_variation_data": {"sku": ""}}]}
        fault = {"kind": "body", "operation": "BatchRetrieveCatalogObjects", "status": 200}
        await stage.fail({**fault, "text": json.dumps(nameless)})
        page = await stage.connector.stock_walk(None, deadline=stage.soon)
        broken = [item for item in page.items if isinstance(item, Unmappable)]
        assert [(each.ref, each.error.path) for each in broken] == [
            (variation, "catalog_object_id")
        ] * 2
