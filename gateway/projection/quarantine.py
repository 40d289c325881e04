"""Records that could not be mapped, kept whole until they can.

One of stock marks its SKU as long as it waits: nothing dates what was read of the position before
it, and where nothing was read, how much lies there is unknown. It names the location where that
could be read; if not, any of the source's may be meant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from gateway.model.ids import uuid7
from gateway.projection.marks import take_transaction_id

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

    @property
    def item(self) -> str | None:
        """The item whose stock could not be read, in its source's words."""
        return self.ask.get("item", self.ask.get("ref")) if self.stream == "stock" else None


def _digest(raw: bytes) -> str:
    return f"sha256:{sha256(raw).hexdigest()}"


def storable(text: str) -> str:
    """Answer a text as Postgres takes it: NUL and lone surrogates replaced."""
    clean = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return clean.encode("utf-8", "replace").decode("utf-8")


# Which open records of stock may be of a position `p`.
MAY_BE_OF_POSITION = """q.sku = p.sku AND q.source_id = p.source_id AND q.resolved_at IS NULL
    AND (NOT q.ask ? 'location' OR EXISTS (SELECT FROM location_ref r
        WHERE r.source_id = q.source_id AND r.external_id = q.ask ->> 'location'
          AND r.location_id = p.location_id))"""


async def put_in_quarantine(
    executor: "Executor", source_id: str, entries: Sequence[QuarantineEntry], now: datetime
) -> None:
    """Keep the records; one that is here already is kept in its latest form, with its first day.

    An item of stock without a link is marked as the SKU of its code.
    """
    if any(entry.item is not None for entry in entries):
        await take_transaction_id(executor)
    await executor.executemany(
        """INSERT INTO quarantine AS q (id, source_id, stream, ref, raw, code, path, message,
               missing, ask, first_seen_at, last_seen_at, sku, sequence)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11,
               coalesce((SELECT r.sku FROM item_ref r
                   WHERE r.source_id = $2 AND r.external_id = $12), $12),
               CASE WHEN $12 IS NOT NULL THEN nextval('position_sequence') END)
           ON CONFLICT (source_id, stream, ref) WHERE resolved_at IS NULL DO UPDATE
           SET raw = excluded.raw, code = excluded.code, path = excluded.path,
               message = excluded.message, missing = excluded.missing, ask = excluded.ask,
               attempts = q.attempts + 1, sku = excluded.sku, sequence = excluded.sequence,
               last_seen_at = greatest(q.last_seen_at, excluded.last_seen_at)""",
        [
            (
                uuid7(now), source_id, entry.stream, entry.key,
                entry.raw, entry.code, storable(entry.path), storable(entry.message),
                entry.missing, entry.ask, now, entry.item,
            )
            for entry in entries
        ],
    )  # fmt: skip


_RESOLVE = """
WITH met AS (
    SELECT q.id, q.ref, {is_over} AS is_over FROM quarantine q
    WHERE q.source_id = $1 AND q.stream = $2 AND q.resolved_at IS NULL AND {condition} FOR UPDATE),
over AS (
    UPDATE quarantine q SET resolved_at = $3,
        sequence = CASE WHEN q.sku IS NOT NULL THEN nextval('position_sequence') END
    FROM met WHERE q.id = met.id AND met.is_over)
SELECT ref FROM met WHERE NOT is_over
"""
# A record of stock that names no location is over once every location has been read since.
_RESOLVE_NAMED = _RESOLVE.format(
    condition="q.ref = ANY($4::text[])",
    is_over="""q.last_seen_at < $5
        AND (q.sku IS NULL OR q.ask ? 'location' OR NOT EXISTS (
            SELECT FROM location l WHERE l.stock_source_id = q.source_id AND l.is_active
              AND NOT EXISTS (SELECT FROM position p WHERE p.sku = q.sku
                  AND p.location_id = l.id AND p.observed_at > q.last_seen_at)))""",
)
_RESOLVE_UNSEEN = _RESOLVE.format(condition="q.last_seen_at < $4", is_over="true")


async def resolve_quarantined(
    executor: "Executor",
    source_id: str,
    stream: str,
    refs: Sequence[str],
    now: datetime,
    *,
    read_at: datetime,
) -> list[str]:
    """Note that these records were read and mapped after all; answer those that stay.

    A read that began before a record was met says nothing of it.
    """
    rows = await executor.fetch(_RESOLVE_NAMED, source_id, stream, now, list(refs), read_at)
    return [row["ref"] for row in rows]


async def resolve_unseen(
    executor: "Executor", source_id: str, stream: str, walked_at: datetime, now: datetime
) -> None:
    """Note that a complete walk begun at `walked_at` has not met these records any more."""
    await executor.execute(_RESOLVE_UNSEEN, source_id, stream, now, walked_at)


async def relabel_quarantined(executor: "Executor", source_id: str, items: Sequence[str]) -> None:
    """Let records of stock mark the SKUs that their items are by now."""
    await executor.execute(
        """WITH linked AS (
               SELECT q.id, r.sku FROM quarantine q JOIN item_ref r ON r.source_id = q.source_id
                 AND r.external_id = coalesce(q.ask ->> 'item', q.ask ->> 'ref')
               WHERE q.source_id = $1 AND q.stream = 'stock' AND q.resolved_at IS NULL
                 AND r.external_id = ANY($2::text[]) AND q.sku <> r.sku FOR UPDATE OF q)
           UPDATE quarantine q SET sku = linked.sku, sequence = nextval('position_sequence')
           FROM linked WHERE q.id = linked.id""",
        source_id, list(items),
    )  # fmt: skip


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
