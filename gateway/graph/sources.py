"""Sources, as operators see them."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry

from gateway.federation.directory import StreamAnswer
from gateway.federation.sources import ConnectedSource
from gateway.graph.batches import batch_field
from gateway.graph.enums import Role
from gateway.graph.health import HealthState, SourceHealth
from gateway.graph.inputs import page_size
from gateway.graph.sync_runs import SyncRun
from gateway.graph.told_channels import ToldChannel


@strawberry.enum(description="What can be read from a source.")
class Capability(Enum):
    LOCATION_SOURCE = strawberry.enum_value("LocationSource", description="Locations.")
    STOCK_SOURCE = strawberry.enum_value("StockSource", description="Stock levels.")
    ORDER_SOURCE = strawberry.enum_value("OrderSource", description="Orders of a channel.")
    FULFILLMENT_SOURCE = strawberry.enum_value(
        "FulfillmentSource", description="The work of locations, and its parcels."
    )
    CUSTOMER_SOURCE = strawberry.enum_value("CustomerSource", description="Customers.")
    INVOICE_SOURCE = strawberry.enum_value("InvoiceSource", description="Invoices of orders.")
    ACKNOWLEDGED_STREAM = strawberry.enum_value(
        "AcknowledgedStream", description="A queue of changes that waits for our word."
    )
    WEBHOOK_SOURCE = strawberry.enum_value("WebhookSource", description="Pushes of changes.")
    STOCK_SINK = strawberry.enum_value("StockSink", description="Takes availability.")


@strawberry.enum(description="How far a connector has been proven; computed, never declared.")
class QualityTier(Enum):
    UNPROVEN = strawberry.enum_value("UNPROVEN", description="Nothing was proven.")
    BRONZE = strawberry.enum_value("BRONZE", description="Runs in demos and tests.")
    SILVER = strawberry.enum_value("SILVER", description="Fit for production.")
    GOLD = strawberry.enum_value("GOLD", description="Proven against the vendor's own server.")
    PLATINUM = strawberry.enum_value("PLATINUM", description="Proven live within half a year.")


@strawberry.type(description="One kind of record that is read from a source.")
class SourceStream:
    name: str = strawberry.field(
        description="orders, stock, fulfillments, customers, invoices or locations."
    )
    watermark: datetime | None = strawberry.field(
        description="What the source told of changes is complete up to this time."
    )
    last_complete_walk_at: datetime | None = strawberry.field(
        description="When the last walk of everything that ended had begun."
    )
    lag_seconds: int | None = strawberry.field(
        description="Seconds from the watermark, or the last complete walk, until now."
    )
    walk_rows: int | None = strawberry.field(
        description="Rows that the walk under way has read; null when there is none."
    )
    walk_expected: int | None = strawberry.field(
        description="Rows that the walk under way will have read, if the source told."
    )
    quarantined: int = strawberry.field(description="Records that could not be mapped yet.")
    waiting: int = strawberry.field(
        description="Records that wait for another one, such as work for an order not known yet."
    )
    health: SourceHealth = strawberry.field(description="How its reading fares.")


async def load_health(parents: Sequence["Source"], context: Any) -> list[SourceHealth]:
    """Answer how each source fares."""
    found = await context.services.sources.health([each.source for each in parents])
    return [
        SourceHealth(state=HealthState[state], since=since, reason=reason)
        for state, since, reason in found
    ]


async def load_read_streams(parents: Sequence["Source"], context: Any) -> list[list[SourceStream]]:
    """Answer what is read of each source."""
    found = await context.services.sources.streams([each.source for each in parents])
    return [[_stream(each, context.now) for each in streams] for streams in found]


async def load_source_runs(
    parents: Sequence["Source"],
    context: Any,
    *,
    first: Annotated[int, strawberry.argument(description="How many: 1 to 100.")] = 20,
) -> list[list[SyncRun]]:
    """Answer the latest runs of each source."""
    size = page_size(first)
    found = await context.services.sources.runs([str(each.id) for each in parents], size)
    return [[SyncRun.of_answer(each) for each in runs] for runs in found]


async def load_told_channels(parents: Sequence["Source"], context: Any) -> list[list[ToldChannel]]:
    """Answer the channels that sources are told for."""
    found = await context.services.told_channels.of_sources([str(each.id) for each in parents])
    return [[ToldChannel.of(each) for each in channels] for channels in found]


@strawberry.type(description="A configured instance of a connector: one account, one server.")
class Source:
    source: strawberry.Private[ConnectedSource]
    id: strawberry.ID = strawberry.field(description="Its name in the configuration.")
    title: str = strawberry.field(description="Its name for people.")
    connector: str | None = strawberry.field(description="The connector that speaks with it.")
    roles: list[Role] = strawberry.field(description="What it is to the retailer.")
    capabilities: list[Capability] | None = strawberry.field(
        description="What can be read from it."
    )
    tier: QualityTier | None = strawberry.field(
        description="How far its connector has been proven."
    )

    health: SourceHealth | None = batch_field(
        load_health, "How it fares: the worst of its streams."
    )
    streams: list[SourceStream] | None = batch_field(
        load_read_streams, "What is read from it, and how far."
    )

    runs: list[SyncRun] | None = batch_field(
        load_source_runs, "Its latest complete reads, the newest first, and what they found."
    )

    told_channels: list[ToldChannel] | None = batch_field(
        load_told_channels, "Its channels that are told what they may sell, and how that goes."
    )

    @classmethod
    def of(cls, source: ConnectedSource) -> "Source":
        """Answer a source as the graph shows it."""
        return cls(
            source=source,
            id=strawberry.ID(source.id),
            title=source.title,
            connector=source.connector_name,
            roles=[Role(role) for role in source.roles],
            capabilities=[Capability[each.name] for each in source.manifest.capabilities],
            tier=QualityTier[source.tier],
        )


def _stream(answer: StreamAnswer, now: datetime) -> SourceStream:
    state = answer.state
    known = state.known_until
    is_walking = state.walk_started_at is not None
    health = SourceHealth(
        state=HealthState[state.health], since=state.health_since, reason=state.health_reason
    )
    return SourceStream(
        name=state.stream,
        watermark=state.watermark,
        last_complete_walk_at=state.walked_at,
        lag_seconds=max(0, int((now - known).total_seconds())) if known else None,
        walk_rows=state.walk_rows if is_walking else None,
        walk_expected=state.walk_expected if is_walking else None,
        quarantined=answer.quarantined,
        waiting=answer.waiting,
        health=health,
    )


async def load_sources_by_id(ids: Sequence[str | None], context: Any) -> list[Source | None]:
    """Answer sources by id, in the asked order; None for none. Nothing is read for it."""
    wanted = sorted({each for each in ids if each is not None})
    answers = context.services.sources.some(wanted)
    found = {each.id: Source.of(each) for each in answers if each is not None}
    return [None if each is None else found.get(each) for each in ids]
