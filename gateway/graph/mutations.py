"""The root fields that act."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from gateway.federation.answers import Row
from gateway.federation.errors import UnknownStream
from gateway.graph.context import Info
from gateway.graph.inputs import storable
from gateway.model.ids import GlobalId
from gateway.model.principal import Scope
from gateway.projection.runs import KeyReused


@strawberry.enum(description="How far a run has come.")
class SyncRunState(Enum):
    QUEUED = strawberry.enum_value("QUEUED", description="It waits for the stream's reader.")
    RUNNING = strawberry.enum_value("RUNNING", description="It reads.")
    DONE = strawberry.enum_value("DONE", description="Everything was read.")
    FAILED = strawberry.enum_value("FAILED", description="It stopped, and goes on by itself.")


@strawberry.enum(description="Why a request was refused.")
class RefusalCode(Enum):
    UNKNOWN_STREAM = strawberry.enum_value(
        "UNKNOWN_STREAM", description="There is no such source, or it is not read."
    )
    IDEMPOTENCY_KEY_REUSED = strawberry.enum_value(
        "IDEMPOTENCY_KEY_REUSED", description="The key was used for another request."
    )


@strawberry.interface(description="A request that was refused: nothing has changed.")
class Refusal:
    code: RefusalCode = strawberry.field(description="Why, for programs.")
    message: str = strawberry.field(description="Why, for people, and what to do.")
    path: list[str] | None = strawberry.field(description="Where in the input.")


@strawberry.type(description="There is no such source, or that stream of it is not read.")
class UnknownSourceStream(Refusal):
    pass


@strawberry.type(description="The idempotency key was used for another request.")
class IdempotencyKeyReused(Refusal):
    pass


@strawberry.type(description="A complete read of one stream of a source.")
class SyncRun:
    id: strawberry.ID = strawberry.field(description="Opaque.")
    source: str = strawberry.field(description="The source's id.")
    stream: str = strawberry.field(description="What is read.")
    state: SyncRunState = strawberry.field(description="How far it has come.")
    rows: int = strawberry.field(description="Rows read.")
    expected: int | None = strawberry.field(description="Rows in all, if the source tells.")
    started_at: datetime = strawberry.field(description="When it was asked for.")
    ended_at: datetime | None = strawberry.field(description="When it ended.")
    error: str | None = strawberry.field(description="Why it failed.")

    @classmethod
    def of(cls, row: Row) -> "SyncRun":
        """Answer a run as the graph shows it."""
        return cls(
            id=strawberry.ID(str(GlobalId("SyncRun", str(row["id"])))),
            source=row["source_id"],
            stream=row["stream"],
            state=SyncRunState[row["state"]],
            rows=row["rows"],
            expected=row["expected"],
            started_at=row["started_at"],
            ended_at=row["ended_at"],
            error=row["error"],
        )


@strawberry.input(description="Which stream of which source is to be read completely.")
class SyncSourceInput:
    source: strawberry.ID = strawberry.field(description="The source's id.")
    stream: str = strawberry.field(description="orders, stock, fulfillments or locations.")
    idempotency_key: str = strawberry.field(
        description="Chosen by the caller: the same key is the same run, however often it is sent."
    )


@strawberry.type(description="The run that reads, or the one that waits already.")
class SyncSourceSuccess:
    run: SyncRun = strawberry.field(description="The run.")


SyncSourcePayload = Annotated[
    SyncSourceSuccess | UnknownSourceStream | IdempotencyKeyReused,
    strawberry.union(name="SyncSourcePayload", description="The run, or why there is none."),
]


async def _sync_source(
    info: Info, input: Annotated[SyncSourceInput, strawberry.argument(description="What.")]
) -> SyncSourcePayload | None:
    context = info.context
    context.require(Scope.SOURCES_SYNC)
    key = f"{context.principal.id}\n{storable(input.idempotency_key)}"
    try:
        run = await context.services.sources.ask_walk(
            storable(input.source), storable(input.stream), key
        )
    except UnknownStream as error:
        return UnknownSourceStream(
            code=RefusalCode.UNKNOWN_STREAM, message=str(error), path=["input", "stream"]
        )
    except KeyReused as error:
        return IdempotencyKeyReused(
            code=RefusalCode.IDEMPOTENCY_KEY_REUSED, message=str(error),
            path=["input", "idempotencyKey"],
        )  # fmt: skip
    return SyncSourceSuccess(run=SyncRun.of(run))


@strawberry.type(description="What can be done.")
class Mutation:
    sync_source: SyncSourcePayload | None = strawberry.field(
        resolver=_sync_source, description="Read a stream of a source completely, soon."
    )
