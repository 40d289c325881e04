"""What a channel was told of its stock, and what it waits to be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg

from gateway.projection.marks import CHANGED_STOCK
from gateway.projection.streams import LeaseLost, StreamState

if TYPE_CHECKING:
    from gateway.projection.database import Connection, Executor

MOST_CHANGES = 1000


@dataclass(frozen=True, slots=True)
class Shelf:
    """A channel's own location at its source, and the group of ours whose stock it sells."""

    source_id: str
    location: str
    group_id: UUID


@dataclass(frozen=True, slots=True)
class ToldItem:
    """An item of the channel: what it was last told of it, and since when something waits.

    `quantity` is None where it was told nothing, or may not have taken what it was told last.
    """

    item: str
    sku: str
    units_per: int
    quantity: int | None
    attempts: int
    unknown_since: datetime | None


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """How it stands with an item now; without a `due_at` nothing waits.

    `quantity` is what the channel has taken just now, None where nothing was told or taken.
    """

    item: str
    quantity: int | None = None
    as_of: datetime | None = None
    due_at: datetime | None = None
    attempts: int = 0
    failure: str | None = None
    unknown_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ShelfCounts:
    """How many items of a channel's location were told, wait, failed, are unknown; since when."""

    source_id: str
    location: str
    told: int
    waiting: int
    failed: int
    unknown: int
    oldest_waiting: datetime | None


async def load_shelf_marks(executor: "Executor", group_id: UUID) -> tuple[int, list[UUID]]:
    """Answer what else a group's numbers follow from: its threshold, and its locations."""
    row = await executor.fetchrow(
        """SELECT g.threshold, ARRAY(SELECT m.location_id FROM location_group_member m
               WHERE m.group_id = g.id ORDER BY 1) AS places
           FROM location_group g WHERE g.id = $1""",
        group_id,
    )
    return (0, []) if row is None else (row["threshold"], list(row["places"]))


async def load_fed_back(executor: "Executor", shelf: Shelf) -> list[str]:
    """Answer the locations whose stock the channel's own source counts, and that it would be told.

    They are the group's, or the very one that is told.
    """
    rows = await executor.fetch(
        """SELECT l.code FROM location l WHERE l.stock_source_id = $1 AND (
               EXISTS (SELECT FROM location_group_member m
                   WHERE m.location_id = l.id AND m.group_id = $3)
               OR EXISTS (SELECT FROM location_ref r
                   WHERE r.location_id = l.id AND r.source_id = $1 AND r.external_id = $2))
           ORDER BY l.code""",
        shelf.source_id, shelf.location, shelf.group_id,
    )  # fmt: skip
    return [row["code"] for row in rows]


PAGE_END = f"""SELECT sequence FROM {CHANGED_STOCK} AS changed
    WHERE sequence > $1 AND sequence <= $2
    ORDER BY sequence OFFSET $3 LIMIT 1"""

NOTE = """INSERT INTO channel_stock AS c
        (source_id, location, item, sku, units_per, waiting_since, due_at)
    SELECT $1, $2, coalesce(r.external_id, p.sku), p.sku, coalesce(r.units_per, 1), $6, $7
    FROM (SELECT DISTINCT sku FROM position
          JOIN location_group_member m USING (location_id)
          WHERE m.group_id = $3 AND sequence > $4 AND sequence <= $5
          UNION SELECT i.sku FROM quarantine q JOIN item i ON i.sku = q.sku
          WHERE q.sequence > $4 AND q.sequence <= $5 AND EXISTS (
              SELECT FROM location l JOIN location_group_member m ON m.location_id = l.id
              WHERE m.group_id = $3 AND l.stock_source_id = q.source_id)) AS p
    LEFT JOIN item_ref r ON r.source_id = $1 AND r.sku = p.sku
    WHERE r.sku IS NOT NULL OR NOT EXISTS (
        SELECT FROM item_ref o WHERE o.source_id = $1 AND o.external_id = p.sku)
    ON CONFLICT (source_id, location, item) DO UPDATE SET sku = excluded.sku,
        units_per = excluded.units_per,
        waiting_since = coalesce(c.waiting_since, excluded.waiting_since),
        due_at = CASE WHEN c.attempts > 0 AND c.due_at IS NOT NULL THEN c.due_at
            ELSE least(c.due_at, excluded.due_at) END"""


async def note_changes(
    connection: "Connection",
    state: StreamState,
    shelf: Shelf,
    *,
    after: int,
    upto: int,
    now: datetime,
    debounce: timedelta,
) -> int:
    """Let the items wait whose SKUs have changed after a place, up to another.

    Answers how far that is true: a page of changes at most. Raises LeaseLost.
    """
    await _require_lease(connection, state)
    end = await connection.fetchval(PAGE_END, after, upto, MOST_CHANGES - 1) or upto
    await connection.execute(
        NOTE, shelf.source_id, shelf.location, shelf.group_id, after, end, now, now + debounce
    )
    return int(end)


async def note_all(
    connection: "Connection", state: StreamState, shelf: Shelf, now: datetime, debounce: timedelta
) -> None:
    """Let every item wait that the channel knows of, also where its SKU is nowhere any more.

    raises: LeaseLost.
    """
    await _require_lease(connection, state)
    await connection.execute(
        """UPDATE channel_stock SET waiting_since = coalesce(waiting_since, $3),
               due_at = CASE WHEN attempts > 0 AND due_at IS NOT NULL THEN due_at
                   ELSE least(due_at, $4) END
           WHERE source_id = $1 AND location = $2""",
        shelf.source_id, shelf.location, now, now + debounce,
    )  # fmt: skip


async def save_place(
    connection: "Connection", state: StreamState, cursor: str, compared_at: datetime | None
) -> None:
    """Note how far changes were noted, and when all items were last begun anew."""
    await _require_lease(connection, state)
    await connection.execute(
        """UPDATE source_stream SET cursor = $3, walked_at = coalesce($4, walked_at)
           WHERE source_id = $1 AND stream = $2""",
        state.source_id, state.stream, cursor, compared_at,
    )  # fmt: skip


DUE = """SELECT item, sku, units_per, attempts, unknown_since,
        CASE WHEN is_unconfirmed THEN NULL ELSE quantity END AS quantity
    FROM channel_stock WHERE source_id = $1 AND location = $2 AND due_at <= $3
    ORDER BY due_at, item LIMIT $4"""


async def load_due(executor: "Executor", shelf: Shelf, now: datetime, limit: int) -> list[ToldItem]:
    """Answer items that are to be looked at by now, the longest waiting first."""
    rows = await executor.fetch(DUE, shelf.source_id, shelf.location, now, limit)
    return [ToldItem(**dict(row)) for row in rows]


async def next_due(executor: "Executor", shelf: Shelf) -> datetime | None:
    """Answer when the next item is to be looked at; None where none waits."""
    found: datetime | None = await executor.fetchval(
        "SELECT min(due_at) FROM channel_stock WHERE source_id = $1 AND location = $2",
        shelf.source_id, shelf.location,
    )  # fmt: skip
    return found


async def begin_telling(
    connection: "Connection", state: StreamState, shelf: Shelf, items: Sequence[str]
) -> None:
    """Note before the channel is told that what it has is not certain; raises LeaseLost."""
    await _require_lease(connection, state)
    await connection.execute(
        """UPDATE channel_stock SET is_unconfirmed = true
           WHERE source_id = $1 AND location = $2 AND item = ANY($3::text[])""",
        shelf.source_id, shelf.location, list(items),
    )  # fmt: skip


async def save_outcomes(
    connection: "Connection",
    state: StreamState,
    shelf: Shelf,
    outcomes: Sequence[ItemOutcome],
    now: datetime,
) -> None:
    """Note how it stands with items; raises LeaseLost."""
    await _require_lease(connection, state)
    await connection.execute(
        """UPDATE channel_stock c SET
               quantity = coalesce(t.quantity, c.quantity), as_of = coalesce(t.as_of, c.as_of),
               told_at = CASE WHEN t.quantity IS NULL THEN c.told_at ELSE $3 END,
               is_unconfirmed = c.is_unconfirmed AND t.quantity IS NULL,
               waiting_since = CASE WHEN t.attempts > 0 THEN c.waiting_since END,
               due_at = t.due_at, attempts = t.attempts, failure = t.failure,
               failed_at = CASE WHEN t.failure IS NULL THEN NULL ELSE $3 END,
               unknown_since = t.unknown_since
           FROM unnest($4::text[], $5::int[], $6::timestamptz[], $7::timestamptz[], $8::int[],
               $9::text[], $10::timestamptz[])
               AS t(item, quantity, as_of, due_at, attempts, failure, unknown_since)
           WHERE c.source_id = $1 AND c.location = $2 AND c.item = t.item""",
        shelf.source_id, shelf.location, now, *_columns(outcomes),
    )  # fmt: skip


def _columns(outcomes: Sequence[ItemOutcome]) -> list[list[Any]]:
    names = ("item", "quantity", "as_of", "due_at", "attempts", "failure", "unknown_since")
    return [[getattr(each, name) for each in outcomes] for name in names]


async def count_shelves(executor: "Executor") -> list[ShelfCounts]:
    """Answer how each channel's location stands."""
    rows = await executor.fetch(
        """SELECT source_id, location, count(told_at)::int AS told,
               count(waiting_since)::int AS waiting, count(failure)::int AS failed,
               count(unknown_since)::int AS unknown, min(waiting_since) AS oldest_waiting
           FROM channel_stock GROUP BY source_id, location"""
    )
    return [ShelfCounts(**dict(row)) for row in rows]


async def load_failures(
    executor: "Executor", shelves: Sequence[tuple[str, str]], limit: int
) -> "dict[tuple[str, str], list[asyncpg.Record]]":
    """Answer, per (source, location), what could not be told there, the latest first."""
    rows = await executor.fetch(
        """SELECT c.* FROM unnest($1::text[], $2::text[]) AS s(source_id, location)
           CROSS JOIN LATERAL (SELECT source_id, location, item, sku, failure, failed_at, due_at
               FROM channel_stock c
               WHERE c.source_id = s.source_id COLLATE "C" AND c.location = s.location COLLATE "C"
                 AND c.failure IS NOT NULL
               ORDER BY c.failed_at DESC, c.item LIMIT $3) AS c""",
        [source_id for source_id, _ in shelves], [location for _, location in shelves], limit,
    )  # fmt: skip
    found: dict[tuple[str, str], list[asyncpg.Record]] = {each: [] for each in shelves}
    for row in rows:
        found[row["source_id"], row["location"]].append(row)
    return found


async def _require_lease(connection: "Connection", state: StreamState) -> None:
    kept = await connection.fetchval(
        """SELECT true FROM source_stream
           WHERE source_id = $1 AND stream = $2 AND lease_token = $3 FOR NO KEY UPDATE""",
        state.source_id, state.stream, state.lease_token,
    )  # fmt: skip
    if not kept:
        raise LeaseLost(f"{state.source_id}/{state.stream}")
