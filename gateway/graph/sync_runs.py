"""Reads of a source that a person asked for."""

from datetime import datetime
from enum import Enum

import strawberry

from gateway.federation.answers import Row
from gateway.model.ids import GlobalId


@strawberry.enum(description="How far a run has come.")
class SyncRunState(Enum):
    QUEUED = strawberry.enum_value("QUEUED", description="It waits for the stream's reader.")
    RUNNING = strawberry.enum_value("RUNNING", description="It reads.")
    DONE = strawberry.enum_value("DONE", description="Everything was read.")
    FAILED = strawberry.enum_value("FAILED", description="It stopped, and goes on by itself.")


@strawberry.type(
    description="A read of one stream of a source: all of it, or what is in quarantine."
)
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
