"""The event log: what changed of which aggregate, for whom; no personal data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid5

from gateway.projection.marks import take_transaction_id

if TYPE_CHECKING:
    from gateway.projection.database import Executor

STREAMS = UUID("6a4f2d0e-4c0b-5d43-9a53-3f8d8f1f7f10")


@dataclass(frozen=True, slots=True)
class Event:
    """One entry; `version` counts within the aggregate, `audience` says who may see it."""

    type: str
    aggregate: str
    aggregate_id: UUID
    version: int
    changed: tuple[str, ...]
    audience: Mapping[str, Any]
    occurred_at: datetime


async def append_events(executor: "Executor", events: Sequence[Event]) -> None:
    """Append entries, after the state rows of their aggregates were written in this transaction.

    So an entry's id is drawn under the aggregate's lock.
    """
    if not events:
        return
    await take_transaction_id(executor)
    await executor.executemany(
        """INSERT INTO event (type, aggregate, aggregate_id, aggregate_version, changed, audience,
               occurred_at) VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        [
            (
                event.type, event.aggregate, event.aggregate_id, event.version,
                list(event.changed), dict(event.audience), event.occurred_at,
            )
            for event in events
        ],
    )  # fmt: skip


async def append_backfill_completed(
    executor: "Executor", source_id: str, stream: str, rows: int, at: datetime
) -> None:
    """Append the one entry of a backfill; the stream's row was written in this transaction."""
    key = uuid5(STREAMS, f"{source_id}/{stream}")
    version = await executor.fetchval(
        "SELECT coalesce(max(aggregate_version), 0) + 1 FROM event WHERE aggregate_id = $1", key
    )
    audience = {"source": source_id, "stream": stream, "rows": rows}
    event = Event("backfill.completed", "stream", key, version, (), audience, at)
    await append_events(executor, [event])
