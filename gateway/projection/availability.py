"""Reads what may be sold: positions of SKUs in a group, and what dates them, in one round trip."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from gateway.engine.pacing import pass_on
from gateway.projection.pausing import in_lots
from gateway.projection.position_bytes import NOTHING, SkuRead, SkuTold, read_skus
from gateway.projection.positions import GroupRead, SellingGroup, read_group
from gateway.projection.unread import UNREAD, UnreadStock, load_unread

if TYPE_CHECKING:
    import asyncpg

    from gateway.projection.database import Executor


@dataclass(frozen=True, slots=True)
class StockTold:
    """A group, and the positions there of those of the asked SKUs that exist, at one moment.

    All is as Postgres tells it: told alike, it is the same.
    """

    group: bytes
    skus: dict[str, SkuTold]


@dataclass(frozen=True, slots=True)
class StockRead:
    """The same, read."""

    group: SellingGroup
    skus: dict[str, SkuRead]


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

# What dates positions: each source, and what its stock stream has covered.
_SOURCES = """
streams AS (
    SELECT array_agg(o.id ORDER BY o.id) AS sources,
        array_agg(s.covered_since ORDER BY o.id) AS covered_since,
        array_agg(s.watermark ORDER BY o.id) AS watermarks
    FROM source o LEFT JOIN source_stream s ON s.source_id = o.id AND s.stream = 'stock')
"""

# The members of the group in the order of their codes. `xmin` is the transaction that wrote a row
# as it stands, so `written` is another whenever anything is said of one of them.
_MEMBERS = """
members AS (
    SELECT array_agg(l.id) AS ids, string_agg(uuid_send(l.id), ''::bytea ORDER BY l.code) AS told,
        sum(hashtextextended(l.id::text || l.xmin::text, 0))::text AS written
    FROM chosen g JOIN location_group_member m ON m.group_id = g.id
    JOIN location l ON l.id = m.location_id)
"""

# A position in 46 bytes, as `position_bytes.RECORD` reads them.
_POSITION = f"""
    uuid_send(p.location_id) || int2send(array_position(s.sources, p.source_id)::int2)
    || int4send(coalesce(p.on_hand, {NOTHING})) || int4send(coalesce(p.committed, {NOTHING}))
    || int4send(coalesce(p.safety_stock, {NOTHING})) || int4send(p.held) || int4send(p.allocated)
    || timestamptz_send(p.observed_at)
"""

# Planning it takes longer than executing it. That Postgres keeps one plan for any number of SKUs,
# it must not be able to see how many there are (`unnest` would tell), nor to choose anything but
# the key of each (`OFFSET 0` keeps it from joining whole tables): see docs/decisions/cache.md.
# One row (without a SKU) is the group's; each other one has all positions of a SKU, packed:
# a row of columns for each takes Postgres twice, and Python five times as long.
LOAD_STOCK = f"""
WITH chosen AS (
    SELECT id, threshold FROM location_group
    WHERE CASE WHEN $2::uuid IS NULL THEN is_default ELSE id = $2 END),
{COVERAGE}, {_SOURCES}, {_MEMBERS}
SELECT NULL::text AS sku,
    textsend(json_build_array(t.id, t.threshold, t.shape, t.authorities, t.locations, t.walks,
        s.sources, s.covered_since, s.watermarks, m.written)::text) || '\\x00'::bytea
        || coalesce(m.told, ''::bytea) AS told,
    NULL::text AS to_come, ({UNREAD}) AS unread
FROM told t, streams s, members m
UNION ALL
SELECT i.sku, p.told, p.to_come, NULL
FROM generate_subscripts($1::text[], 1) AS n
CROSS JOIN LATERAL (
    SELECT sku FROM item WHERE sku = ($1::text[])[n] COLLATE "C" OFFSET 0) i
CROSS JOIN LATERAL (
    SELECT string_agg({_POSITION}, ''::bytea) AS told,
        (jsonb_object_agg(p.location_id, p.incoming) FILTER (WHERE p.incoming <> '[]'))::text
            AS to_come
    FROM position p, streams s
    WHERE p.sku = i.sku AND p.location_id = ANY ((SELECT ids FROM members)::uuid[]) OFFSET 0) p
"""


async def load_told(
    executor: "Executor", skus: Sequence[str], group_id: UUID | None
) -> StockTold | None:
    """Answer what is told of SKUs in a group, or in the default one; None if there is none."""
    rows = await executor.fetch(LOAD_STOCK, list(dict.fromkeys(skus)), group_id)
    head = next((row for row in rows if row["sku"] is None), None)
    if head is None:
        return None
    unread: Mapping[str, tuple[UnreadStock, ...]] = {}
    if head["unread"] is not None:
        of = read_group(head["told"]).group.id
        unread = await load_unread(executor, of, head["unread"])
    found = {
        sku: SkuTold(told, to_come, unread.get(sku, ()))
        for sku, told, to_come, _ in rows
        if sku is not None
    }
    return StockTold(head["told"], found)


async def load_stock(
    executor: "Executor", skus: Sequence[str], group_id: UUID | None
) -> StockRead | None:
    """Answer what is known of SKUs in a group, or in the default one; None if there is none."""
    told = await load_told(executor, skus, group_id)
    if told is None:
        return None
    by = read_group(told.group)
    return StockRead(by.group, await read_all(by, told.skus))


async def read_all(by: GroupRead, told: Mapping[str, SkuTold]) -> dict[str, SkuRead]:
    """Read what was told of SKUs, some at once; between them others have their turn."""
    found: dict[str, SkuRead] = {}
    lots = in_lots(told.items(), positions_of)
    for lot in lots:
        if lot is not lots[0]:
            await pass_on()
        read = read_skus(by, [each for _, each in lot])
        found.update(zip([sku for sku, _ in lot], read, strict=True))
    return found


def positions_of(of: tuple[str, SkuTold]) -> int:
    """Answer how many positions were told of a SKU."""
    return of[1].count


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
