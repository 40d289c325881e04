"""Positions of several sources are read at the same time."""

import asyncio
from dataclasses import replace

from gateway.bootstrap.applying import write_through
from gateway.connect.deadline import Deadline
from gateway.federation.allowance import Allowance
from gateway.federation.refreshing import Refresher
from gateway.federation.sources import Sources
from gateway.projection.streams import SourceSpec, register_sources

from .clock import until
from .stage import ScriptedWarehouse, staged


async def test_no_source_waits_for_another(database: str) -> None:
    async with staged(database) as stage:
        gate = asyncio.Event()
        stage.warehouse.gate = gate
        till = ScriptedWarehouse(stage.clock, {("SKU-1", "dc-1"): 4}, gate=gate)
        stage.warehouse.levels["SKU-1", "dc-1"] = 9
        sources = Sources(
            {"wms": stage.source, "till": replace(stage.source, id="till", connector=till)}
        )
        await register_sources(
            stage.pool, [SourceSpec("till", "scripted", "Till", ("POS",), ("stock",))]
        )
        for table, key in (("item_ref", "sku"), ("location_ref", "location_id")):
            columns = "origin, " if table == "item_ref" else ""
            await stage.pool.execute(
                f"""INSERT INTO {table} ({columns}source_id, external_id, {key})
                    SELECT {columns}'till', external_id, {key} FROM {table}"""
            )
        place = await stage.pool.fetchval("SELECT id FROM location")
        refresher = Refresher(
            stage.pool, sources, write_through(stage.applier), stage.clock, seconds=10
        )
        asked = [("SKU-1", place, "wms"), ("SKU-1", place, "till")]
        reading = asyncio.ensure_future(
            refresher.read_stock(asked, Deadline.after(5, stage.clock), Allowance())
        )

        async def both_are_asked() -> bool:
            return bool(stage.warehouse.asked and till.asked)

        try:
            await until("both sources are asked", both_are_asked)
        finally:
            gate.set()
            outcome = await reading
            await refresher.close()
        assert outcome == {("SKU-1", place): True}
