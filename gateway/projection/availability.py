"""Reads what may be sold: positions of SKUs in a group, and what dates them, in one round trip."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gateway.projection.pausing import in_parts, pausing
from gateway.projection.unread import UNREAD, UnreadStock, load_unread, undated

if TYPE_CHECKING:
    import asyncpg

    from gateway.projection.database import Executor


@dataclass(frozen=True, slots=True)
class Position:
    """What is known of a SKU at a location, in whole stock units, and of when it is true.

    `incoming` is the sum of what is to come, `next_on` the first day of it.
    """

    location_id: UUID
    source_id: str
    on_hand: int | None
    committed: int | None
    safety_stock: int | None
    held: int
    allocated: int
    incoming: int
    next_on: date | None
    observed_at: datetime
    is_quarantined: bool
    as_of: datetime


@dataclass(frozen=True, slots=True)
class AuthorityCoverage:
    """How many of a group's locations a source owns, and as of when it lists none means 0."""

    source_id: str | None
    locations: int
    walked_as_of: datetime | None


@dataclass(frozen=True, slots=True)
class SellingGroup:
    """A group as its answers depend on it.

    Two are alike only where `shape` is equal: the threshold, the members with their authorities,
    and the database as it runs (another one may have lost what this one told).
    """

    id: UUID
    threshold: int
    shape: str
    coverage: tuple[AuthorityCoverage, ...]


@dataclass(frozen=True, slots=True)
class StockRead:
    """A group, and the positions there of those of the asked SKUs that exist, at one moment.

    `unread` is what could not be read of them, if anything.
    """

    group: SellingGroup
    positions: dict[str, tuple[Position, ...]]
    unread: dict[str, tuple[UnreadStock, ...]]


# Every group of `chosen`: what its locations sell, and how far their authorities have been read.
COVERAGE = """
coverage AS (
    SELECT m.group_id, l.stock_source_id AS source_id, count(*)::int AS locations,
        sum(hashtextextended(l.id::text || coalesce(l.stock_source_id, ''), 0)) AS stamp,
        max(CASE WHEN s.walked_at >= s.covered_since THEN greatest(s.walked_at, s.watermark)
            ELSE s.walked_at END) AS walked_as_of
    FROM chosen g JOIN location_group_member m ON m.group_id = g.id
    JOIN location l ON l.id = m.location_id
    LEFT JOIN source_stream s ON s.source_id = l.stock_source_id AND s.stream = 'stock'
    GROUP BY m.group_id, l.stock_source_id),
told AS (
    SELECT g.id, g.threshold,
        concat_ws('/', g.threshold, sum(c.stamp), current_database(), pg_postmaster_start_time())
            AS shape,
        array_agg(c.source_id ORDER BY c.source_id) AS authorities,
        array_agg(c.locations ORDER BY c.source_id) AS locations,
        array_agg(c.walked_as_of ORDER BY c.source_id) AS walks
    FROM chosen g LEFT JOIN coverage c ON c.group_id = g.id GROUP BY g.id, g.threshold)
"""

# Planning it takes longer than executing it. That Postgres keeps one plan for any number of SKUs,
# it must not be able to see how many there are (`unnest` would tell), nor to choose anything but
# the key of each (`OFFSET 0` keeps it from joining whole tables): see docs/decisions/cache.md.
LOAD_STOCK = f"""
WITH chosen AS (
    SELECT id, threshold FROM location_group
    WHERE CASE WHEN $2::uuid IS NULL THEN is_default ELSE id = $2 END),
{COVERAGE}
SELECT t.id, t.threshold, t.shape, t.authorities, t.locations, t.walks,
    NULL AS sku, NULL AS code, NULL::uuid AS location_id, NULL AS source_id, NULL::int AS on_hand,
    NULL::int AS committed, NULL::int AS safety_stock, NULL::int AS held, NULL::int AS allocated,
    NULL::jsonb AS incoming, NULL::timestamptz AS observed_at, NULL::timestamptz AS as_of,
    ({UNREAD}) AS unread
FROM told t
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, i.sku, p.*, NULL
FROM generate_subscripts($1::text[], 1) AS n
CROSS JOIN LATERAL (
    SELECT sku FROM item WHERE sku = ($1::text[])[n] COLLATE "C" OFFSET 0) i
CROSS JOIN chosen g
LEFT JOIN LATERAL (
    SELECT l.code, p.location_id, p.source_id, p.on_hand, p.committed, p.safety_stock, p.held,
        p.allocated, nullif(p.incoming, '[]') AS incoming, p.observed_at,
        CASE WHEN p.observed_at >= s.covered_since
            THEN greatest(p.observed_at, s.watermark) ELSE p.observed_at END AS as_of
    FROM position p
    JOIN location_group_member m ON m.location_id = p.location_id AND m.group_id = g.id
    JOIN location l ON l.id = p.location_id
    LEFT JOIN source_stream s ON s.source_id = p.source_id AND s.stream = 'stock'
    WHERE p.sku = i.sku OFFSET 0) p ON true
ORDER BY sku NULLS FIRST, code
"""


async def load_stock(
    executor: "Executor", skus: Sequence[str], group_id: UUID | None
) -> StockRead | None:
    """Answer what is known of SKUs in a group, or in the default one; None if there is none."""
    rows = await executor.fetch(LOAD_STOCK, list(dict.fromkeys(skus)), group_id)
    if not rows:
        return None
    found: dict[str, list[Position]] = {}
    async for some in pausing(in_parts(rows[1:]), len):
        for row in some:
            known = found.setdefault(row["sku"], [])
            if row["location_id"] is not None:
                known.append(_position(row))
    unread = await load_unread(executor, rows[0])
    for sku in unread.keys() & found.keys():
        found[sku] = [undated(each, unread[sku]) for each in found[sku]]
    positions = {sku: tuple(known) for sku, known in found.items()}
    return StockRead(selling_group(rows[0]), positions, unread)


def selling_group(row: "asyncpg.Record") -> SellingGroup:
    """Answer a group as a statement with COVERAGE tells it; one without members has no coverage."""
    coverage = zip(row["authorities"], row["locations"], row["walks"], strict=True)
    return SellingGroup(
        row["id"], row["threshold"], row["shape"],
        tuple(AuthorityCoverage(*each) for each in coverage if each[1] is not None),
    )  # fmt: skip


def _position(row: "asyncpg.Record") -> Position:
    to_come: list[dict[str, Any]] = row["incoming"] or []
    return Position(
        row["location_id"], row["source_id"], row["on_hand"], row["committed"],
        row["safety_stock"], row["held"], row["allocated"],
        sum(each["quantity"] for each in to_come), _first_day(to_come),
        row["observed_at"], False, row["as_of"],
    )  # fmt: skip


def _first_day(to_come: list[dict[str, Any]]) -> date | None:
    days = [
        date.fromisoformat(each["expected_on"])
        for each in to_come
        if each["expected_on"] is not None and each["quantity"] > 0
    ]
    return min(days, default=None)


async def load_unlisted(
    executor: "Executor", skus: Sequence[str], group_id: UUID, limit: int
) -> "list[asyncpg.Record]":
    """Answer positions of a group that were never read, with their authority; at most `limit`."""
    return await executor.fetch(
        """SELECT i.sku, l.id AS location_id, l.stock_source_id AS source_id
           FROM location_group_member m JOIN location l ON l.id = m.location_id
           CROSS JOIN unnest($1::text[]) AS i(sku)
           WHERE m.group_id = $2 AND l.stock_source_id IS NOT NULL AND NOT EXISTS (
               SELECT FROM position p WHERE p.sku = i.sku COLLATE "C" AND p.location_id = l.id)
           LIMIT $3""",
        list(skus), group_id, limit,
    )  # fmt: skip
