"""Reads what copies of positions in a process are judged by: groups, streams and locations."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from gateway.projection.availability import COVERAGE
from gateway.projection.positions import Dating, SellingGroup, coverage_of, datings_of

if TYPE_CHECKING:
    import asyncpg

    from gateway.projection.database import Executor


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything at one moment; `places` changes with whatever is said of a location."""

    groups: dict[UUID, SellingGroup]
    default: UUID | None
    dating: dict[str, Dating]
    places: str


LOAD_GROUND = f"""
WITH chosen AS (SELECT id, threshold FROM location_group), {COVERAGE},
streams AS (
    SELECT array_agg(source_id ORDER BY source_id) AS sources,
        array_agg(covered_since ORDER BY source_id) AS covered_since,
        array_agg(watermark ORDER BY source_id) AS watermarks
    FROM source_stream
    WHERE stream = 'stock' AND covered_since IS NOT NULL AND watermark IS NOT NULL)
SELECT t.*, d.is_default, s.*,
    (SELECT coalesce(sum(hashtextextended(l::text, 0)), 0)::text FROM location l) AS places
FROM streams s LEFT JOIN told t ON true LEFT JOIN location_group d ON d.id = t.id
"""


async def load_ground(executor: "Executor") -> Ground:
    """Answer the ground at one moment, in one statement."""
    rows = await executor.fetch(LOAD_GROUND)
    groups = {row["id"]: _group(row) for row in rows if row["id"] is not None}
    default = next((row["id"] for row in rows if row["is_default"]), None)
    first = rows[0]
    told = [first[name] or () for name in ("sources", "covered_since", "watermarks")]
    return Ground(groups, default, datings_of(*told), first["places"])


def _group(row: "asyncpg.Record") -> SellingGroup:
    coverage = coverage_of(row["authorities"], row["locations"], row["walks"])
    return SellingGroup(row["id"], row["threshold"], row["shape"], coverage)


async def load_all_locations(executor: "Executor") -> "dict[UUID, asyncpg.Record]":
    """Answer every location by id."""
    rows = await executor.fetch("SELECT * FROM location")
    return {row["id"]: row for row in rows}
