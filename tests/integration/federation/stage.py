"""A database with one warehouse's stock in it, the warehouse scripted, and federation over both."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.bootstrap.applying import write_through
from gateway.connect.deadline import Deadline
from gateway.connect.errors import MalformedPayload, SourceError
from gateway.connect.manifest import Manifest, parse_manifest
from gateway.connect.records import Mapped, Page, Unmappable
from gateway.federation.allowance import Allowance
from gateway.federation.answers import AvailabilityAnswer
from gateway.federation.breaker import Breaker
from gateway.federation.freshness import FreshnessAsk, FreshnessRule, OnStale
from gateway.federation.refreshing import Refresher
from gateway.federation.sources import ConnectedSource, ReadingRules, Sources
from gateway.federation.stock import StockFederation
from gateway.model.location import LocationKind, LocationRecord
from gateway.model.stock import PositionRef, StockRecord
from gateway.projection.database import open_pool, transaction
from gateway.projection.locations import GroupSpec, apply_groups
from gateway.projection.streams import (
    SourceSpec,
    complete_walk,
    load_stream,
    register_sources,
    save_delta,
)
from gateway.sync.apply import Applier
from gateway.sync.reading import StreamReader

from .clock import NOW, StoryClock
from .copying import Copying

Read = Mapped[StockRecord] | Unmappable
MINUTE = FreshnessRule(timedelta(seconds=60), OnStale.SERVE)
MANIFEST = """
id = "scripted"
title = "Scripted"
roles = ["WMS"]
capabilities = ["StockSource"]
stock_effect = "none"
settle_lag_seconds = 0.0
docs = []
[streams.stock]
change_filter = "cursor"
fields_covered = ["on_hand", "committed"]
lag_seconds = 0.0
skew_seconds = 0.0
version = "none"
walk_seconds_per_thousand = 1.0
deletes = "walk"
page_size = 100
batch_size = 5
[delivery]
mode = "poll"
signature = "none"
[limits]
requests_per_second = 100.0
burst = 100
concurrency = 2
[verified]
against = "simulated"
on = "2026-11-20"
"""


@dataclass
class ScriptedWarehouse:
    """A connector that does what the test says."""

    clock: StoryClock
    levels: dict[tuple[str, str], int] = field(default_factory=dict)
    asked: list[list[tuple[str, str]]] = field(default_factory=list)
    failure: SourceError | None = None
    gate: asyncio.Event | None = None
    broken: set[tuple[str, str]] = field(default_factory=set)
    changes: list[Read] = field(default_factory=list)
    pages: list[Sequence[Read]] = field(default_factory=list)

    async def check(self, *, deadline: Deadline) -> str:
        return "scripted"

    async def close(self) -> None:
        return None

    async def stock_levels(
        self, positions: Sequence[PositionRef], *, deadline: Deadline
    ) -> list[Read | None]:
        self.asked.append([(each.item, each.location) for each in positions])
        observed_at = self.clock.now()
        if self.gate is not None:
            await deadline.run(self._wait(self.gate))
        if self.failure is not None:
            raise self.failure
        return [self._level(each, observed_at) for each in positions]

    async def stock_changes(self, cursor: str | None, *, deadline: Deadline) -> Page[StockRecord]:
        told, self.changes = tuple(self.changes), []
        return Page(told, "0", True, self.clock.now())

    async def stock_walk(self, cursor: str | None, *, deadline: Deadline) -> Page[StockRecord]:
        at = 0 if cursor is None else int(cursor)
        is_last = at + 1 >= len(self.pages)
        told = tuple(self.pages[at]) if self.pages else ()
        return Page(told, None if is_last else str(at + 1), is_last, self.clock.now())

    async def _wait(self, gate: asyncio.Event) -> None:
        await gate.wait()

    def _level(self, at: PositionRef, observed_at: datetime) -> Read | None:
        if (at.item, at.location) in self.broken:
            return unreadable(at.item, at.location)
        on_hand = self.levels.get((at.item, at.location))
        if on_hand is None:
            return None
        return Mapped(StockRecord(at, observed_at, on_hand), b"{}")


class CountingRefresher(Refresher):
    """Counts the askers that have come to the shared read."""

    askers = 0

    async def _named(self, positions: Any) -> Any:
        named = await super()._named(positions)
        self.askers += 1
        return named


@dataclass
class Stage:
    """Everything that a test needs."""

    pool: Any
    clock: StoryClock
    warehouse: ScriptedWarehouse
    source: ConnectedSource
    applier: Applier
    stock: StockFederation
    refresher: CountingRefresher
    copying: Copying
    reader: StreamReader
    keeps_up: bool = False

    async def round(self) -> None:
        """Let the tail have passed on what is final by now: nothing passes it on by itself."""
        await self.copying.round()

    async def _written(self) -> None:
        if self.keeps_up:
            await self.round()

    async def put(self, on_hand: int, sku: str = "SKU-1", place: str = "dc-1") -> None:
        """Let the projection have read a level now."""
        await self.applier.apply(self.source, "stock", [self.level(on_hand, sku, place)])
        await self._written()

    async def misread(self, sku: str = "SKU-1", place: str | None = None) -> None:
        """Let the source have told a level now that cannot be read, where cannot be read either."""
        await self.applier.apply(self.source, "stock", [unreadable(sku, place)])
        await self._written()

    async def cover(self, *, since: datetime, watermark: datetime) -> None:
        """Let the delta have been read since then, up to the watermark."""
        state = await load_stream(self.pool, "wms", "stock")
        await save_delta(self.pool, state, cursor="1", covered_since=since, watermark=watermark)
        await self._written()

    async def walk(self) -> None:
        """Let a complete walk, begun now, have ended."""
        state = await load_stream(self.pool, "wms", "stock")
        await complete_walk(self.pool, state, started_at=self.clock.now(), is_gapless=True)
        await self._written()

    def level(self, on_hand: int, sku: str = "SKU-1", place: str = "dc-1") -> Mapped[StockRecord]:
        """Answer a level as it is read now."""
        return Mapped(StockRecord(PositionRef(sku, place), self.clock.now(), on_hand), b"{}")

    async def read_changes(self, *told: Read) -> None:
        """Let the delta be read, and tell this."""
        self.warehouse.changes = list(told)
        await self.reader.read_delta(await self.reader.state())
        await self._written()

    async def read_page(self) -> bool:
        """Let the next page of a walk be read; answer whether there are more."""
        state = await self.reader.walk_page(await self.reader.state())
        await self._written()
        return state.walk_started_at is not None

    async def read_everything(self, *pages: Sequence[Read]) -> None:
        """Let a walk read these pages."""
        self.warehouse.pages = list(pages)
        while await self.read_page():
            pass

    async def ask(
        self,
        *skus: str,
        max_age: float | None = None,
        on_stale: OnStale | None = None,
        floor: float = 0,
        seconds: float = 2.5,
        group: UUID | None = None,
        allowance: Allowance | None = None,
    ) -> list[AvailabilityAnswer]:
        """Ask as a caller would."""
        age = None if max_age is None else timedelta(seconds=max_age)
        return await self.stock.availability(
            skus or ("SKU-1",), group, FreshnessAsk(age, on_stale),
            kind="availability", floor=timedelta(seconds=floor), now=self.clock.now(),
            deadline=Deadline.after(seconds, self.clock), allowance=allowance,
        )  # fmt: skip


def unreadable(sku: str, place: str | None = None) -> Unmappable:
    error = MalformedPayload("this is no number", "on_hand")
    return Unmappable(sku, b"{}", error, place)


def manifest() -> Manifest:
    return parse_manifest(MANIFEST)


@asynccontextmanager
async def staged(
    dsn: str,
    *places: str,
    skus: Sequence[str] = ("SKU-1",),
    most_unlisted: int = 200,
    keeps_up: bool = False,
) -> AsyncIterator[Stage]:
    """Put up the stage: locations, and SKUs that the warehouse knows by the same names.

    There are copies of nothing before a round; where they are to be kept up, however much time
    passes, there is one after whatever the stage has written.
    """
    clock = StoryClock()
    pool = await open_pool(dsn, maximum=6)
    warehouse = ScriptedWarehouse(clock)
    source = ConnectedSource(
        id="wms", title="Warehouse", roles=("WMS",), connector_name="scripted",
        connector=warehouse, manifest=manifest(), streams=("stock",), channel="wms",
        rules=ReadingRules(1, 3600, 10, True, True), breaker=Breaker(clock), clock=clock,
        tier="UNPROVEN",
    )  # fmt: skip
    sources = Sources({"wms": source})
    applier = Applier(pool, sources, clock)
    refresher = CountingRefresher(pool, sources, write_through(applier), clock, seconds=10)
    copying = Copying(pool, clock, 1e9 if keeps_up else 2)
    stock = StockFederation(
        copying.reads, refresher, {"availability": MINUTE, "inventory_item": MINUTE},
        low_at_most=5, most_unlisted=most_unlisted, copies=copying.copies,
    )  # fmt: skip
    reader = StreamReader(pool, source, "stock", applier, clock)
    stage = Stage(
        pool, clock, warehouse, source, applier, stock, refresher, copying, reader, keeps_up
    )  # fmt: skip
    try:
        async with transaction(pool) as connection:
            await register_sources(
                connection, [SourceSpec("wms", "scripted", "Warehouse", ("WMS",), ("stock",))]
            )
        records = [
            LocationRecord(place, place, place, LocationKind.STORE, NOW)
            for place in places or ("dc-1",)
        ]
        await applier.apply(source, "locations", [Mapped(record, b"{}") for record in records])
        async with transaction(pool) as connection:
            everywhere = GroupSpec("default", "All", 0, None, is_default=True)
            await apply_groups(connection, [everywhere], NOW)
        await pool.execute("INSERT INTO item (sku) SELECT unnest($1::text[])", list(skus))
        await pool.execute(
            """INSERT INTO item_ref (source_id, external_id, sku, origin)
               SELECT 'wms', sku, sku, 'code' FROM item"""
        )
        yield stage
    finally:
        await refresher.close()
        await copying.close()
        await pool.close()
