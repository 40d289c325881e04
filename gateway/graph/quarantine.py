"""Records that could not be mapped, and how a person mends it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from gateway.federation.answers import Row
from gateway.federation.errors import UnknownStream
from gateway.graph.batches import batch_field
from gateway.graph.context import Context, Info
from gateway.graph.cursors import id_place, page_cursor
from gateway.graph.inputs import page_size, storable
from gateway.graph.nodes import PageInfo
from gateway.graph.refusals import bad_request
from gateway.graph.refusing import IdempotencyKeyReused, UnknownSourceStream
from gateway.graph.scalars import PageCursor, Sku
from gateway.graph.sources import Source, load_sources_by_id
from gateway.graph.sync_runs import SyncRun
from gateway.model.ids import GlobalId
from gateway.projection import idempotency
from gateway.projection.items import ItemLink
from gateway.projection.runs import KeyReused

KEY = "Chosen by the caller: the same key is the same request, however often it is sent."
MOST_UNITS = 1_000_000
QUARANTINE = "quarantine"


async def load_quarantine_sources(
    parents: Sequence["QuarantinedRecord"], context: Context
) -> list[Source | None]:
    """Answer the source of each record."""
    return await load_sources_by_id([each.source_id for each in parents], context)


@strawberry.type(description="A record that could not be mapped; what it says is not shown.")
class QuarantinedRecord:
    source_id: strawberry.Private[str]
    id: strawberry.ID = strawberry.field(description="Opaque.")
    stream: str = strawberry.field(description="What kind of record.")
    ref: str = strawberry.field(description="The source's id of it, or a hash of its bytes.")
    code: str = strawberry.field(description="Why, for programs, e.g. UNMAPPED_ITEM.")
    path: str = strawberry.field(description="Where in the record.")
    message: str = strawberry.field(description="Why, for people.")
    missing: str | None = strawberry.field(description="The id whose mapping it waits for.")
    attempts: int = strawberry.field(description="How often it was read and could not be mapped.")
    first_seen_at: datetime = strawberry.field(description="When it was first read.")
    last_seen_at: datetime = strawberry.field(description="When it was last read.")
    source: Source | None = batch_field(load_quarantine_sources, "The source that said it.")

    @classmethod
    def of(cls, row: Row) -> "QuarantinedRecord":
        """Answer a record as the graph shows it."""
        return cls(
            source_id=row["source_id"],
            id=strawberry.ID(str(GlobalId("QuarantinedRecord", str(row["id"])))),
            stream=row["stream"],
            ref=row["ref"],
            code=row["code"],
            path=row["path"],
            message=row["message"],
            missing=row["missing"],
            attempts=row["attempts"],
            first_seen_at=row["first_seen_at"],
            last_seen_at=row["last_seen_at"],
        )


@strawberry.type(description="A record and its place in the list.")
class QuarantineEdge:
    cursor: PageCursor = strawberry.field(description="Its place.")
    node: QuarantinedRecord = strawberry.field(description="The record.")


@strawberry.type(description="A page of records that could not be mapped, the oldest first.")
class QuarantineConnection:
    edges: list[QuarantineEdge] = strawberry.field(description="The entries.")
    nodes: list[QuarantinedRecord] = strawberry.field(description="The records by themselves.")
    page_info: PageInfo = strawberry.field(description="Where the page begins and ends.")


async def list_quarantine(
    info: Info,
    source: Annotated[
        strawberry.ID | None, strawberry.argument(description="Only this source's.")
    ] = None,
    first: Annotated[int | None, strawberry.argument(description="How many: 1 to 100.")] = None,
    after: Annotated[
        PageCursor | None, strawberry.argument(description="Only what comes after this place.")
    ] = None,
) -> QuarantineConnection | None:
    """Answer a page of what could not be mapped."""
    context, size = info.context, page_size(first)
    rows = await context.services.mending.page(
        None if source is None else storable(source),
        id_place(context, QUARANTINE, after),
        size + 1,
    )
    nodes = [QuarantinedRecord.of(row) for row in rows[:size]]
    cursors = [page_cursor(context, QUARANTINE, str(row["id"])) for row in rows[:size]]
    return QuarantineConnection(
        edges=[
            QuarantineEdge(cursor=cursor, node=node)
            for cursor, node in zip(cursors, nodes, strict=True)
        ],
        nodes=nodes,
        page_info=PageInfo.of(cursors, has_next=len(rows) > size, has_previous=after is not None),
    )


@strawberry.input(description="Which SKU a source's item is.")
class MapItemInput:
    source: strawberry.ID = strawberry.field(description="The source's id.")
    item: str = strawberry.field(description="What the source calls the item, byte for byte.")
    sku: Sku = strawberry.field(description="The SKU that it is; made if it is not known yet.")
    units_per: int = strawberry.field(
        default=1, description="Stock units that one of it counts: a box of six is 6."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The item is mapped; what waited for it is read again soon.")
class MapItemSuccess:
    item: str = strawberry.field(description="What the source calls it.")
    sku: Sku = strawberry.field(description="The SKU.")
    units_per: int = strawberry.field(description="Stock units that one of it counts.")
    waiting: int = strawberry.field(description="Records that had waited for this.")


MapItemPayload = Annotated[
    MapItemSuccess | UnknownSourceStream | IdempotencyKeyReused,
    strawberry.union(name="MapItemPayload", description="The mapping, or why there is none."),
]


async def map_item(
    info: Info, input: Annotated[MapItemInput, strawberry.argument(description="Which.")]
) -> MapItemPayload | None:
    """Say which SKU a source's item is."""
    context = info.context
    if not 1 <= input.units_per <= MOST_UNITS:
        raise bad_request(f"input.unitsPer is 1 to {MOST_UNITS}")
    link = ItemLink(storable(input.sku), input.units_per)
    try:
        waiting = await context.services.mending.map_item(
            storable(input.source), storable(input.item), link,
            key=storable(input.idempotency_key), principal=context.principal.id,
        )  # fmt: skip
    except UnknownStream as error:
        return UnknownSourceStream.of(error, "source")
    except idempotency.IdempotencyKeyReused as error:
        return IdempotencyKeyReused.of(error)
    return MapItemSuccess(
        item=input.item, sku=input.sku, units_per=input.units_per, waiting=waiting
    )


@strawberry.input(description="What is to be read again.")
class ReplayQuarantinedInput:
    source: strawberry.ID = strawberry.field(description="The source's id.")
    stream: str | None = strawberry.field(
        default=None, description="Only this stream; all that are read if left out."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The runs that read it again, one per stream.")
class ReplayQuarantinedSuccess:
    runs: list[SyncRun] = strawberry.field(description="The runs.")


ReplayQuarantinedPayload = Annotated[
    ReplayQuarantinedSuccess | UnknownSourceStream | IdempotencyKeyReused,
    strawberry.union(name="ReplayQuarantinedPayload", description="The runs, or why none."),
]


async def replay_quarantined(
    info: Info, input: Annotated[ReplayQuarantinedInput, strawberry.argument(description="What.")]
) -> ReplayQuarantinedPayload | None:
    """Read what is in quarantine again at its source, and apply what maps by now."""
    context = info.context
    key = f"{context.principal.id}\nreplay\n{storable(input.idempotency_key)}"
    stream = None if input.stream is None else storable(input.stream)
    try:
        runs = await context.services.mending.ask_replay(storable(input.source), stream, key)
    except UnknownStream as error:
        return UnknownSourceStream.of(error, "source")
    except KeyReused as error:
        return IdempotencyKeyReused.of(error)
    return ReplayQuarantinedSuccess(runs=[SyncRun.of(row) for row in runs])
