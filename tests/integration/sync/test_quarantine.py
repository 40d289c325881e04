"""A record that cannot be mapped waits with its bytes, spoils no other, and is applied later."""

import json
from typing import Any

from connectors.vtex.sandbox import VtexSandbox
from gateway.bootstrap import Gateway
from gateway.connect.records import Mapped
from gateway.model.stock import PositionRef, StockRecord
from gateway.projection.items import ItemLink, map_items
from gateway.projection.runs import ask_run
from gateway.sync.apply import Applier

from .stage import a_retailer, an_order, everything_read, staged, until


async def _quarantined(gateway: Gateway) -> list[tuple[Any, ...]]:
    rows = await gateway.pool.fetch(
        """SELECT source_id, stream, ref, code, path FROM quarantine
           WHERE resolved_at IS NULL ORDER BY 1, 2, 3"""
    )
    return [tuple(row) for row in rows]


async def test_a_broken_order_is_set_aside_with_its_bytes_and_the_rest_is_applied(
    database: str,
) -> None:
    orders = [an_order(n, is_broken=n == 2) for n in range(1, 5)]
    async with staged(database, a_retailer(*orders)) as stage, stage.reading() as gateway:
        await everything_read(gateway)
        assert await gateway.pool.fetchval("SELECT count(*) FROM sales_order") == 3
        (entry,) = await _quarantined(gateway)
        assert entry[:4] == ("vtex", "orders", "2-01", "MALFORMED_PAYLOAD")
        raw = await gateway.pool.fetchval("SELECT raw FROM quarantine")
        assert json.loads(raw)["orderId"] == "2-01"
        await stage.act("put_order", order=an_order(2))

        async def is_healed() -> bool:
            return await _quarantined(gateway) == []

        await until("the mended order is applied", is_healed)
        assert await gateway.pool.fetchval("SELECT count(*) FROM sales_order") == 4


async def test_an_unmapped_item_waits_and_is_applied_by_itself_once_it_is_mapped(
    database: str,
) -> None:
    dataset = a_retailer(an_order(1), an_order(2, sku="GIFT"))
    async with staged(database, dataset) as stage, stage.reading() as gateway:
        await everything_read(gateway)
        waiting = [(*entry[:2], *entry[3:]) for entry in await _quarantined(gateway)]
        assert waiting == [
            ("shiphero", "fulfillments", "UNMAPPED_ITEM", "lines[0].item"),
            ("vtex", "orders", "UNMAPPED_ITEM", "lines[0].item"),
        ]
        for source in ("vtex", "shiphero"):
            await map_items(gateway.pool, source, {"GIFT": ItemLink("SKU-1", 3)}, origin="hand")

        async def is_healed() -> bool:
            return await _quarantined(gateway) == []

        await until("the mapped records are applied", is_healed)
        row = await gateway.pool.fetchrow(
            """SELECT l.sku, l.quantity, l.unit_price FROM order_line l
               JOIN sales_order o ON o.id = l.order_id WHERE o.ref = '2-01'"""
        )
        assert (row["sku"], row["quantity"], str(row["unit_price"])) == ("SKU-1", 6, "3.50")


async def test_what_postgres_refuses_spoils_no_other_record_of_its_chunk(database: str) -> None:
    async with staged(database, a_retailer(an_order(1))) as stage, stage.reading() as gateway:
        await everything_read(gateway)
        source = gateway.sources.get("shiphero")
        assert source is not None
        now, place = gateway.clock.now(), await _place(gateway)

        def level(sku: str, on_hand: int) -> Mapped[StockRecord]:
            return Mapped(StockRecord(PositionRef(sku, place), now, on_hand), b"{}")

        applier = Applier(gateway.pool, gateway.sources, gateway.clock)
        told = [level("A-1", 1), level("A-2", 2**40), level("bad\x00sku", 3), level("A-4", 4)]
        applied = await applier.apply(source, "stock", told)
        assert (applied.written, applied.quarantined) == (2, 2)
        rows = await gateway.pool.fetch("SELECT sku, on_hand FROM position WHERE sku LIKE 'A-%'")
        assert {tuple(row) for row in rows} == {("A-1", 1), ("A-4", 4)}
        codes = {entry[3] for entry in await _quarantined(gateway)}
        assert codes == {"UNSTORABLE"}


async def _place(gateway: Gateway) -> str:
    found: str = await gateway.pool.fetchval(
        "SELECT external_id FROM location_ref WHERE source_id = 'shiphero'"
    )
    return found


async def test_replay_tries_everything_again_and_counts(database: str) -> None:
    orders = [an_order(1), an_order(2, is_broken=True), an_order(3, is_broken=True)]
    slow = {"poll_seconds": 3600}
    async with staged(database, a_retailer(*orders), vtex=slow, shiphero=slow) as stage:
        async with stage.reading() as gateway:
            await everything_read(gateway)
            assert isinstance(stage.marketplace, VtexSandbox)
            stage.marketplace.orders["2-01"] = an_order(2)
            source = gateway.sources.get("vtex")
            assert source is not None
            result = await gateway.replayer.replay(source)
            assert (result.tried, result.resolved, result.remaining) == (2, 1, 1)
            assert [entry[2] for entry in await _quarantined(gateway)] == ["3-01"]


async def test_stock_that_the_walk_does_not_list_becomes_nought(database: str) -> None:
    slow = {"poll_seconds": 3600}
    async with staged(database, a_retailer(), shiphero=slow) as stage:
        async with stage.reading() as gateway:
            await everything_read(gateway)
            now = gateway.clock.now()
            await ask_run(gateway.pool, "shiphero", "stock", "WALK", key="once", now=now)
        await stage.act("delete_stock", sku="007", location="dc-1")
        async with stage.reading() as gateway:

            async def is_walked() -> bool:
                states = await gateway.pool.fetch("SELECT DISTINCT state FROM sync_run")
                return [row["state"] for row in states] == ["DONE"]

            await until("the walk that was asked for is over", is_walked)
            rows = await gateway.pool.fetch("SELECT sku, on_hand FROM position ORDER BY sku")
            assert [tuple(row) for row in rows] == [("007", 0), ("SKU-1", 5)]
