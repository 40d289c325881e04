"""Reads of a source that a person asked for."""

from datetime import datetime
from enum import Enum

import strawberry

from gateway.federation.answers import Row
from gateway.federation.directory import RunAnswer
from gateway.model.ids import GlobalId


@strawberry.enum(description="How far a run has come.")
class SyncRunState(Enum):
    QUEUED = strawberry.enum_value("QUEUED", description="It waits for the stream's reader.")
    RUNNING = strawberry.enum_value("RUNNING", description="It reads.")
    DONE = strawberry.enum_value("DONE", description="Everything was read.")
    FAILED = strawberry.enum_value("FAILED", description="It stopped, and goes on by itself.")


@strawberry.enum(description="Why a stream is read.")
class SyncRunKind(Enum):
    WALK = strawberry.enum_value("WALK", description="To read all of it.")
    RECONCILE = strawberry.enum_value(
        "RECONCILE", description="To read all of it, and to mend and report what had drifted."
    )
    REPLAY = strawberry.enum_value("REPLAY", description="To read again what is in quarantine.")


@strawberry.enum(description="What was wrong with a record of the projection.")
class DriftKind(Enum):
    CHANGED = strawberry.enum_value("CHANGED", description="It said something else.")
    ADDED = strawberry.enum_value("ADDED", description="It was not there.")
    DELETED = strawberry.enum_value("DELETED", description="The source no longer has it.")


@strawberry.type(description="A record that was not as its source has it, and now is.")
class DriftedRecord:
    ref: str = strawberry.field(description="The source's name of it; item@location for stock.")
    kind: DriftKind = strawberry.field(description="What was wrong.")
    fields: list[str] = strawberry.field(description="What differed in a changed record.")

    @classmethod
    def of(cls, row: Row) -> "DriftedRecord":
        """Answer a record as the graph shows it."""
        return cls(ref=row["ref"], kind=DriftKind[row["kind"]], fields=list(row["fields"]))


@strawberry.type(description="What a reconcile has found and mended.")
class Drift:
    changed: int = strawberry.field(description="Records that the projection had otherwise.")
    added: int = strawberry.field(description="Records that the projection did not have.")
    deleted: int = strawberry.field(description="Records that the source no longer has.")
    records: list[DriftedRecord] = strawberry.field(description="The first hundred of each kind.")


@strawberry.type(
    description="A read of one stream of a source: all of it, or what is in quarantine."
)
class SyncRun:
    id: strawberry.ID = strawberry.field(description="Opaque.")
    source: str = strawberry.field(description="The source's id.")
    stream: str = strawberry.field(description="What is read.")
    kind: SyncRunKind = strawberry.field(description="Why it is read.")
    state: SyncRunState = strawberry.field(description="How far it has come.")
    rows: int = strawberry.field(description="Rows read.")
    expected: int | None = strawberry.field(description="Rows in all, if the source tells.")
    started_at: datetime = strawberry.field(description="When it was asked for.")
    ended_at: datetime | None = strawberry.field(description="When it ended.")
    error: str | None = strawberry.field(description="Why it failed.")
    drift: Drift | None = strawberry.field(description="What a reconcile found; null for others.")

    @classmethod
    def of(cls, row: Row, drift: Drift | None = None) -> "SyncRun":
        """Answer a run as the graph shows it."""
        return cls(
            drift=drift,
            kind=SyncRunKind[row["kind"]],
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

    @classmethod
    def of_answer(cls, answer: RunAnswer) -> "SyncRun":
        """Answer a run with what it has found."""
        if answer.row["kind"] != SyncRunKind.RECONCILE.name:
            return cls.of(answer.row)
        counts = {each.name.lower(): answer.counts.get(each.name, 0) for each in DriftKind}
        records = [DriftedRecord.of(row) for row in answer.drift]
        return cls.of(answer.row, Drift(**counts, records=records))
