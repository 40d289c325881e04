"""Locations, what sources call them, and their groups."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg

from gateway.model.ids import uuid7
from gateway.model.location import LocationRecord
from gateway.projection.authority import read_anew, settle_authority

if TYPE_CHECKING:
    from gateway.projection.database import Connection, Executor


@dataclass(frozen=True, slots=True)
class GroupSpec:
    """Locations that sell together; no codes means all of them."""

    code: str
    name: str
    threshold: int
    locations: tuple[str, ...] | None
    is_default: bool


async def apply_locations(
    connection: "Connection",
    source_id: str,
    records: Sequence[LocationRecord],
    *,
    authorities: Sequence[str],
    now: datetime,
) -> None:
    """Write what a source says of locations; equal codes are one location.

    `authorities` are the sources with stock, the first one that has a location owns its stock;
    a location's own fields follow that source, or whoever saw it first where there is none.
    """
    latest = {record.code: record for record in sorted(records, key=lambda r: r.observed_at)}
    rows = [latest[code] for code in sorted(latest)]
    await connection.executemany(
        """INSERT INTO location AS l (id, code, name, kind, owner, address, latitude, longitude,
               is_active, observed_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
           ON CONFLICT (code) DO UPDATE SET name = excluded.name, kind = excluded.kind,
               owner = excluded.owner, address = excluded.address,
               latitude = coalesce(excluded.latitude, l.latitude),
               longitude = coalesce(excluded.longitude, l.longitude),
               is_active = excluded.is_active, observed_at = excluded.observed_at
           WHERE excluded.observed_at >= l.observed_at
             AND coalesce(l.stock_source_id, $11) = $11""",
        [_columns(row, source_id, now) for row in rows],
    )
    refs = [row.ref for row in rows]
    before = await load_location_ids(connection, source_id, refs)
    await connection.execute(
        """INSERT INTO location_ref (source_id, external_id, location_id)
           SELECT $1, r, l.id FROM unnest($2::text[], $3::text[]) AS t(r, c)
           JOIN location l ON l.code = t.c
           ON CONFLICT (source_id, external_id) DO UPDATE SET location_id = excluded.location_id""",
        source_id, refs, [row.code for row in rows],
    )  # fmt: skip
    await settle_authority(connection, authorities, now)
    await _note_renamed(connection, source_id, before, now)


async def _note_renamed(
    connection: "Connection", source_id: str, before: Mapping[str, UUID], now: datetime
) -> None:
    """Let stock be read anew where what a source calls a location has become another one."""
    after = await load_location_ids(connection, source_id, before)
    moved = {ref for ref, place in after.items() if before[ref] != place}
    if not moved:
        return
    places = {links[ref] for links in (before, after) for ref in moved}
    owned = await connection.fetch(
        "SELECT id FROM location WHERE id = ANY($1::uuid[]) AND stock_source_id = $2",
        list(places), source_id,
    )  # fmt: skip
    await read_anew(connection, {row["id"]: source_id for row in owned}, now)


async def close_unlisted(
    connection: "Connection", source_id: str, walked_at: datetime
) -> list[str]:
    """Let locations sell no more that a complete walk begun at `walked_at` did not list.

    Answers the source's names of them. Another source's locations stay as they are, and so does
    one whose record could not be read: it was listed.
    """
    rows = await connection.fetch(
        """UPDATE location l SET is_active = false, observed_at = $2 FROM location_ref r
           WHERE r.source_id = $1 AND r.location_id = l.id AND l.is_active AND l.observed_at < $2
             AND (l.stock_source_id = $1 OR l.stock_source_id IS NULL AND NOT EXISTS (
                 SELECT FROM location_ref o WHERE o.location_id = l.id AND o.source_id <> $1))
             AND NOT EXISTS (SELECT FROM quarantine q WHERE q.source_id = $1
                 AND q.stream = 'locations' AND q.ref = r.external_id AND q.resolved_at IS NULL)
           RETURNING r.external_id""",
        source_id, walked_at,
    )  # fmt: skip
    return sorted(row["external_id"] for row in rows)


async def place_locations(
    executor: "Executor", coordinates: Mapping[str, tuple[float, float]]
) -> None:
    """Set the coordinates of locations that their source does not place, by code."""
    codes = sorted(coordinates)
    await executor.execute(
        """UPDATE location l SET latitude = t.lat, longitude = t.lon
           FROM unnest($1::text[], $2::float8[], $3::float8[]) AS t(code, lat, lon)
           WHERE l.code = t.code AND (l.latitude, l.longitude) IS DISTINCT FROM (t.lat, t.lon)""",
        codes, [coordinates[c][0] for c in codes], [coordinates[c][1] for c in codes],
    )  # fmt: skip


async def apply_groups(
    connection: "Connection", groups: Sequence[GroupSpec], now: datetime
) -> None:
    """Make the groups what the configuration says; a group that is gone is removed."""
    await connection.execute(
        "DELETE FROM location_group WHERE code <> ALL($1::text[])", [g.code for g in groups]
    )
    for group in groups:
        key = await connection.fetchval(
            """INSERT INTO location_group (id, code, name, threshold, is_default)
               VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (code) DO UPDATE SET name = excluded.name,
                   threshold = excluded.threshold, is_default = excluded.is_default
               RETURNING id""",
            uuid7(now), group.code, group.name, group.threshold, group.is_default,
        )  # fmt: skip
        await _settle_members(connection, key, group.locations)


async def _settle_members(
    connection: "Connection", group_id: UUID, codes: tuple[str, ...] | None
) -> None:
    chosen = None if codes is None else list(codes)
    await connection.execute(
        """DELETE FROM location_group_member m USING location l
           WHERE m.group_id = $1 AND l.id = m.location_id
             AND NOT (l.is_active AND ($2::text[] IS NULL OR l.code = ANY($2::text[])))""",
        group_id, chosen,
    )  # fmt: skip
    await connection.execute(
        """INSERT INTO location_group_member (group_id, location_id)
           SELECT $1, id FROM location
           WHERE is_active AND ($2::text[] IS NULL OR code = ANY($2::text[]))
           ON CONFLICT DO NOTHING""",
        group_id, chosen,
    )  # fmt: skip


async def load_location_ids(
    executor: "Executor", source_id: str, refs: Iterable[str]
) -> dict[str, UUID]:
    """Answer our ids of a source's locations; what is not known is left out."""
    rows = await executor.fetch(
        """SELECT external_id, location_id FROM location_ref
           WHERE source_id = $1 AND external_id = ANY($2::text[])""",
        source_id, sorted(set(refs)),
    )  # fmt: skip
    return {row["external_id"]: row["location_id"] for row in rows}


async def load_location_refs(
    executor: "Executor", source_id: str, ids: Iterable[UUID]
) -> dict[UUID, str]:
    """Answer what a source calls our locations."""
    rows = await executor.fetch(
        """SELECT external_id, location_id FROM location_ref
           WHERE source_id = $1 AND location_id = ANY($2::uuid[])""",
        source_id, list(set(ids)),
    )  # fmt: skip
    return {row["location_id"]: row["external_id"] for row in rows}


async def load_refs_of(executor: "Executor", source_id: str) -> list[str]:
    """Answer what a source calls its locations."""
    rows = await executor.fetch(
        "SELECT external_id FROM location_ref WHERE source_id = $1 ORDER BY external_id", source_id
    )
    return [row["external_id"] for row in rows]


async def load_locations(executor: "Executor", ids: Sequence[UUID]) -> "dict[UUID, asyncpg.Record]":
    """Answer locations by id."""
    rows = await executor.fetch("SELECT * FROM location WHERE id = ANY($1::uuid[])", list(ids))
    return {row["id"]: row for row in rows}


async def page_locations(
    executor: "Executor", *, group_id: UUID | None, after: str | None, limit: int
) -> "list[asyncpg.Record]":
    """Answer locations in the order of their codes, after a code."""
    return await executor.fetch(
        """SELECT l.* FROM location l
           WHERE ($1::uuid IS NULL OR EXISTS (
                   SELECT FROM location_group_member m
                   WHERE m.group_id = $1 AND m.location_id = l.id))
             AND ($2::text IS NULL OR l.code > $2 COLLATE "C")
           ORDER BY l.code LIMIT $3""",
        group_id, after, limit,
    )  # fmt: skip


async def load_groups_of(
    executor: "Executor", location_ids: Sequence[UUID]
) -> "dict[UUID, list[asyncpg.Record]]":
    """Answer, per location, the groups that it is in, by code."""
    rows = await executor.fetch(
        """SELECT m.location_id, g.id, g.code, g.name, g.threshold FROM location_group_member m
           JOIN location_group g ON g.id = m.group_id
           WHERE m.location_id = ANY($1::uuid[]) ORDER BY g.code""",
        list(location_ids),
    )
    found: dict[UUID, list[asyncpg.Record]] = {each: [] for each in location_ids}
    for row in rows:
        found[row["location_id"]].append(row)
    return found


async def load_group(executor: "Executor", group_id: UUID | None) -> "asyncpg.Record | None":
    """Answer a group, or the default one."""
    return await executor.fetchrow(
        """SELECT id, code, name, threshold FROM location_group
           WHERE CASE WHEN $1::uuid IS NULL THEN is_default ELSE id = $1 END""",
        group_id,
    )


async def find_group(executor: "Executor", code: str | None) -> UUID:
    """Answer our id of a group, or of the default one; raises LookupError."""
    found: UUID | None = await executor.fetchval(
        """SELECT id FROM location_group
           WHERE CASE WHEN $1::text IS NULL THEN is_default ELSE code = $1 END""",
        code,
    )
    if found is None:
        raise LookupError(f"there is no location group {code}")
    return found


def _columns(row: LocationRecord, source_id: str, now: datetime) -> tuple[Any, ...]:
    address = None if row.address is None else asdict(row.address)
    point = row.coordinates
    return (
        uuid7(now), row.code, row.name, row.kind.value, row.owner, address,
        point and point.latitude, point and point.longitude, row.is_active, row.observed_at,
        source_id,
    )  # fmt: skip
