"""Records that could not be mapped, kept whole until they can."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from gateway.model.ids import uuid7

if TYPE_CHECKING:
    from gateway.projection.database import Executor


@dataclass(frozen=True, slots=True)
class QuarantineEntry:
    """One record and why it is here.

    `missing` is the external id without a mapping, if that is the reason; `ask` names the record
    at its source (`ref`, or `item` and `location`), so that it can be read again.
    """

    stream: str
    ref: str | None
    raw: bytes
    code: str
    path: str
    message: str
    ask: dict[str, str]
    missing: str | None = None

    @property
    def key(self) -> str:
        """The record's id, or its content's where no id could be read."""
        return storable(self.ref) if self.ref is not None else _digest(self.raw)


def _digest(raw: bytes) -> str:
    return f"sha256:{sha256(raw).hexdigest()}"


def storable(text: str) -> str:
    """Answer a text as Postgres takes it: NUL and lone surrogates replaced."""
    clean = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return clean.encode("utf-8", "replace").decode("utf-8")


async def put_in_quarantine(
    executor: "Executor", source_id: str, entries: Sequence[QuarantineEntry], now: datetime
) -> None:
    """Keep the records; one that is here already is kept in its latest form, with its first day."""
    await executor.executemany(
        """INSERT INTO quarantine AS q (id, source_id, stream, ref, raw, code, path, message,
               missing, ask, first_seen_at, last_seen_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
           ON CONFLICT (source_id, stream, ref) WHERE resolved_at IS NULL DO UPDATE
           SET raw = excluded.raw, code = excluded.code, path = excluded.path,
               message = excluded.message, missing = excluded.missing, ask = excluded.ask,
               attempts = q.attempts + 1, last_seen_at = excluded.last_seen_at""",
        [
            (
                uuid7(now), source_id, entry.stream, entry.key,
                entry.raw, entry.code, storable(entry.path), storable(entry.message),
                entry.missing, entry.ask, now,
            )
            for entry in entries
        ],
    )  # fmt: skip


async def resolve_quarantined(
    executor: "Executor", source_id: str, stream: str, refs: Sequence[str], now: datetime
) -> int:
    """Note that these records were read and mapped after all; answer how many had been here."""
    status = await executor.execute(
        """UPDATE quarantine SET resolved_at = $4
           WHERE source_id = $1 AND stream = $2 AND ref = ANY($3::text[])
             AND resolved_at IS NULL""",
        source_id, stream, list(refs), now,
    )  # fmt: skip
    return int(status.rpartition(" ")[2])


async def load_quarantined(
    executor: "Executor",
    source_id: str,
    *,
    stream: str | None = None,
    mappable_only: bool = False,
    limit: int = 1000,
) -> "list[asyncpg.Record]":
    """Answer what a source has in quarantine, oldest first.

    `mappable_only`: only those whose missing mapping exists by now.
    """
    return await executor.fetch(
        """SELECT q.* FROM quarantine q
           WHERE q.source_id = $1 AND q.resolved_at IS NULL
             AND ($2::text IS NULL OR q.stream = $2)
             AND (NOT $3 OR (q.missing IS NOT NULL AND (
                 EXISTS (SELECT FROM item i WHERE i.sku = q.missing)
                 OR EXISTS (SELECT FROM item_ref r
                            WHERE r.source_id = $1 AND r.external_id = q.missing)
                 OR EXISTS (SELECT FROM location_ref l
                            WHERE l.source_id = $1 AND l.external_id = q.missing))))
           ORDER BY q.first_seen_at, q.id LIMIT $4""",
        source_id, stream, mappable_only, limit,
    )  # fmt: skip


async def page_quarantined(
    executor: "Executor", source_id: str | None, *, after: UUID | None, limit: int
) -> "list[asyncpg.Record]":
    """Answer a page of what is in quarantine, the oldest first."""
    return await executor.fetch(
        """SELECT * FROM quarantine WHERE resolved_at IS NULL
             AND ($1::text IS NULL OR source_id = $1) AND ($2::uuid IS NULL OR id > $2)
           ORDER BY id LIMIT $3""",
        source_id, after, limit,
    )  # fmt: skip


async def count_missing(executor: "Executor", source_id: str, missing: str) -> int:
    """Answer how many records of a source wait for the mapping of this id."""
    count: int = await executor.fetchval(
        """SELECT count(*) FROM quarantine
           WHERE source_id = $1 AND missing = $2 AND resolved_at IS NULL""",
        source_id, missing,
    )  # fmt: skip
    return count


async def has_nameless(executor: "Executor", source_id: str, stream: str, since: datetime) -> bool:
    """Answer whether a record was seen since then whose id could not be read."""
    return bool(
        await executor.fetchval(
            """SELECT EXISTS (SELECT FROM quarantine WHERE source_id = $1 AND stream = $2
                   AND resolved_at IS NULL AND last_seen_at >= $3 AND ref LIKE 'sha256:%')""",
            source_id, stream, since,
        )
    )  # fmt: skip


async def count_quarantined(executor: "Executor") -> dict[tuple[str, str], int]:
    """Answer how many records wait, per source and stream."""
    rows = await executor.fetch(
        """SELECT source_id, stream, count(*)::int AS waiting FROM quarantine
           WHERE resolved_at IS NULL GROUP BY source_id, stream"""
    )
    return {(row["source_id"], row["stream"]): row["waiting"] for row in rows}
