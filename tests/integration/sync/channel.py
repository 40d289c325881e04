"""A channel that is told what it may sell: a scripted sink, a scripted warehouse, a still clock."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from gateway.connect.deadline import Deadline
from gateway.connect.errors import SourceError
from gateway.connect.manifest import Manifest, parse_manifest
from gateway.connect.records import StockLevel
from gateway.federation.breaker import Breaker
from gateway.federation.sources import ConnectedSource, ReadingRules
from gateway.projection.database import transaction
from gateway.projection.streams import (
    SourceSpec,
    StreamState,
    register_sources,
    take_lease,
)
from gateway.sync.channel_levels import ChannelRules
from gateway.sync.publishing import ChannelPublisher, PublishedChannel, Told
from tests.integration.federation.stage import Stage, staged

LEASE_SECONDS = 3600
TEXT = """
id = "shelf"
title = "Shelf"
roles = ["MARKETPLACE"]
capabilities = ["StockSink"]
stock_effect = "none"
settle_lag_seconds = 0.0
docs = []
[streams]
[sinks.stock]
batch_size = 2
repeat = "absolute"
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


def manifest() -> Manifest:
    return parse_manifest(TEXT)


@dataclass
class ScriptedShelf:
    """A channel that takes what it is told, or does what the test says.

    `refuses` are the items that it refuses, `failure` is raised, `loses` answers after the work.
    """

    told: list[list[tuple[str, int]]] = field(default_factory=list)
    levels: dict[str, StockLevel] = field(default_factory=dict)
    refuses: dict[str, SourceError] = field(default_factory=dict)
    failure: SourceError | None = None
    loses: bool = False
    deaths: int = 0

    async def check(self, *, deadline: Deadline) -> str:
        return "scripted"

    async def close(self) -> None:
        return None

    async def publish_stock(
        self, levels: Sequence[StockLevel], *, deadline: Deadline
    ) -> "list[SourceError | None]":
        if self.failure is not None and not self.loses:
            raise self.failure
        self.told.append([(each.position.item, each.quantity) for each in levels])
        for each in levels:
            if each.position.item not in self.refuses:
                self.levels[each.position.item] = each
        if self.deaths:
            self.deaths -= 1
            raise ProcessDied
        if self.failure is not None:
            raise self.failure
        return [self.refuses.get(each.position.item) for each in levels]

    @property
    def quantities(self) -> dict[str, int]:
        """What the channel has now."""
        return {item: level.quantity for item, level in self.levels.items()}


class ProcessDied(BaseException):
    """The process ends here."""


@dataclass
class Channel:
    """The stage, and one process that tells the channel."""

    stage: Stage
    shelf: ScriptedShelf
    source: ConnectedSource
    published: PublishedChannel
    counts: list[Told] = field(default_factory=list)
    leased: StreamState | None = None
    publisher: ChannelPublisher | None = None

    @property
    def pool(self) -> Any:
        return self.stage.pool

    async def begin(self, owner: str = "one", **changes: Any) -> "Channel":
        """Let a process, this one or another, take the lease and tell from now on."""
        self.published = replace(self.published, **changes)
        await self.pool.execute("UPDATE source_stream SET lease_until = NULL")
        self.leased = await take_lease(
            self.pool, "shop", self.published.stream, owner, LEASE_SECONDS
        )
        self.publisher = ChannelPublisher(
            self.pool, self.published, self.stage.stock, self.stage.clock,
            lambda channel, told: self.counts.append(told),
        )  # fmt: skip
        return self

    async def turn(self) -> float:
        """Take one turn; answer the seconds until the next."""
        assert self.publisher is not None
        assert self.leased is not None
        return await self.publisher.turn(self.leased)

    async def later(self, seconds: float) -> float:
        """Let time pass, and take a turn."""
        self.stage.clock.advance(seconds)
        return await self.turn()

    async def row(self, item: str = "SKU-1") -> dict[str, Any]:
        """Answer what is noted of an item."""
        found = await self.pool.fetchrow("SELECT * FROM channel_stock WHERE item = $1", item)
        return dict(found)


@asynccontextmanager
async def told_channel(
    dsn: str, *places: str, skus: Sequence[str] = ("SKU-1",), **changes: Any
) -> AsyncIterator[Channel]:
    """Put up a warehouse with locations and SKUs, and a channel `market` that sells all of it."""
    async with staged(dsn, *places, skus=skus) as stage:
        shelf = ScriptedShelf()
        source = ConnectedSource(
            id="shop", title="Shop", roles=("MARKETPLACE",), connector_name="shelf",
            connector=shelf, manifest=manifest(), streams=(), channel="market",
            rules=ReadingRules(1, 3600, 10, False, False), breaker=Breaker(stage.clock),
            clock=stage.clock, tier="UNPROVEN",
        )  # fmt: skip
        published = PublishedChannel(
            code="market", source=source, location="shop-dc", group=None, rules=ChannelRules(),
            debounce=timedelta(seconds=5), compare_every=None, poll_seconds=60.0,
        )  # fmt: skip
        async with transaction(stage.pool) as connection:
            spec = SourceSpec("shop", "shelf", "Shop", ("MARKETPLACE",), (published.stream,))
            await register_sources(connection, [spec])
        yield await Channel(stage, shelf, source, published).begin(**changes)
