"""Where the projection had drifted from a source: found by a reconcile, record by record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, LiteralString
from uuid import UUID

import asyncpg

if TYPE_CHECKING:
    from gateway.projection.database import Connection, Executor

Snapshot = dict[str, dict[str, Any]]


class DriftKind(StrEnum):
    """What was wrong with the projection."""

    CHANGED = "CHANGED"
    ADDED = "ADDED"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True)
class Drift:
    """A record that was not as the source has it; `fields` are those that differed."""

    ref: str
    kind: DriftKind
    fields: tuple[str, ...] = ()


# What says when or by whom a record was read, and not what it says.
_ASIDE = """'{id,source_id,order_id,customer_id,buyer_id,location_id,version,observed_at,updated_at,
    is_quarantined,event_version,sequence,held,allocated,link_reason,linked_at,
    linked_by,needs_linking,gone_at}'::text[]"""
_LINES: LiteralString = (
    "(SELECT jsonb_agg(to_jsonb(p) - 'order_id' ORDER BY p.place) FROM order_line p"
    " WHERE p.order_id = x.id)"
)
_WORK_LINES: LiteralString = (
    "(SELECT jsonb_agg(to_jsonb(p) - 'fulfillment_id' ORDER BY p.place)"
    " FROM fulfillment_line p WHERE p.fulfillment_id = x.id)"
)
_PARCELS: LiteralString = (
    "(SELECT jsonb_agg((to_jsonb(p) - '{id,fulfillment_id}'::text[]) || jsonb_build_object("
    "'lines', (SELECT jsonb_agg(to_jsonb(l) - 'shipment_id' ORDER BY l.place) FROM shipment_line l"
    " WHERE l.shipment_id = p.id)) ORDER BY p.ref) FROM shipment p WHERE p.fulfillment_id = x.id)"
)
_BY_REF: LiteralString = "x.source_id = $1 AND x.ref = ANY($2::text[])"
_QUERIES: Mapping[str, LiteralString] = {
    "orders": f"""
        SELECT x.ref, (to_jsonb(x) - {_ASIDE} - 'status') || jsonb_build_object('lines', {_LINES})
            AS told FROM sales_order x WHERE {_BY_REF}
        UNION ALL SELECT x.ref, to_jsonb(x) - {_ASIDE} AS told FROM order_copy x
        WHERE {_BY_REF} AND x.gone_at IS NULL""",
    "fulfillments": f"""
        SELECT x.ref, (to_jsonb(x) - {_ASIDE}) || jsonb_build_object(
            'lines', {_WORK_LINES}, 'shipments', {_PARCELS}) AS told
        FROM fulfillment x WHERE {_BY_REF} AND x.gone_at IS NULL""",
    "invoices": f"""
        SELECT x.ref, to_jsonb(x) - {_ASIDE} AS told FROM invoice x
        WHERE {_BY_REF} AND x.gone_at IS NULL""",
    "customers": f"""
        SELECT x.ref, to_jsonb(x) - {_ASIDE} AS told FROM customer_record x
        WHERE {_BY_REF} AND x.gone_at IS NULL""",
    "locations": f"""
        SELECT r.external_id AS ref, to_jsonb(x) - {_ASIDE} AS told
        FROM location_ref r JOIN location x ON x.id = r.location_id
        WHERE r.source_id = $1 AND r.external_id = ANY($2::text[])""",
    "stock": f"""
        SELECT i.external_id || '@' || l.external_id AS ref, to_jsonb(x) - {_ASIDE} AS told
        FROM position x JOIN item_ref i ON i.source_id = $1 AND i.sku = x.sku
        JOIN location_ref l ON l.source_id = $1 AND l.location_id = x.location_id
        WHERE x.source_id = $1 AND i.external_id || '@' || l.external_id = ANY($2::text[])
          AND i.external_id = ANY(SELECT split_part(t, '@', 1) FROM unnest($2::text[]) AS u(t))""",
}
_VERSIONED: Mapping[str, tuple[LiteralString, ...]] = {
    "orders": ("sales_order", "order_copy"),
    "fulfillments": ("fulfillment",),
    "invoices": ("invoice",),
}


async def take_snapshot(
    connection: "Connection", source_id: str, stream: str, refs: Sequence[str]
) -> Snapshot:
    """Answer what the projection has of a source's records, by ref."""
    rows = await connection.fetch(_QUERIES[stream], source_id, list(refs))
    return {row["ref"]: row["told"] for row in rows}


async def forget_versions(
    connection: "Connection", source_id: str, stream: str, refs: Sequence[str]
) -> None:
    """Let what is read now stand, also where the source's versions have gone backwards."""
    for table in _VERSIONED.get(stream, ()):
        await connection.execute(
            f"""UPDATE {table} SET version = NULL
                WHERE source_id = $1 AND ref = ANY($2::text[])""",
            source_id, list(refs),
        )  # fmt: skip
    if stream == "stock":
        await connection.execute(
            """UPDATE position p SET version = NULL FROM item_ref i
               WHERE i.source_id = $1 AND p.source_id = $1 AND p.sku = i.sku
                 AND i.external_id = ANY(SELECT split_part(t, '@', 1)
                     FROM unnest($2::text[]) AS u(t))""",
            source_id, list(refs),
        )  # fmt: skip


def drift_between(before: Snapshot, after: Snapshot) -> list[Drift]:
    """Answer what a read has added or changed."""
    found: list[Drift] = []
    for ref in sorted(after):
        if ref not in before:
            found.append(Drift(ref, DriftKind.ADDED))
        elif before[ref] != after[ref]:
            names = set(before[ref]) | set(after[ref])
            fields = sorted(n for n in names if before[ref].get(n) != after[ref].get(n))
            found.append(Drift(ref, DriftKind.CHANGED, tuple(fields)))
    return found


async def keep_drift(
    connection: "Connection", run_id: UUID, found: Sequence[Drift], now: datetime
) -> None:
    """Keep what a reconcile has found, by name."""
    await connection.executemany(
        """INSERT INTO drift (run_id, ref, kind, fields, found_at) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (run_id, ref) DO UPDATE SET kind = excluded.kind, fields = excluded.fields,
               found_at = excluded.found_at""",
        [(run_id, each.ref, each.kind.value, list(each.fields), now) for each in found],
    )


async def load_drift(
    executor: "Executor", run_ids: Sequence[UUID], limit: int = 100
) -> "dict[UUID, list[asyncpg.Record]]":
    """Answer what reconciles have found, at most so many of each kind per run, by ref."""
    rows = await executor.fetch(
        """SELECT run_id, ref, kind, fields, found_at FROM (
               SELECT *, row_number() OVER (PARTITION BY run_id, kind ORDER BY ref) AS place
               FROM drift WHERE run_id = ANY($1::uuid[])) AS ranked
           WHERE place <= $2 ORDER BY run_id, kind, ref""",
        list(run_ids), limit,
    )  # fmt: skip
    found: dict[UUID, list[asyncpg.Record]] = {each: [] for each in run_ids}
    for row in rows:
        found[row["run_id"]].append(row)
    return found


async def count_drift(executor: "Executor", run_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """Answer how many records of each kind reconciles have found."""
    rows = await executor.fetch(
        """SELECT run_id, kind, count(*)::int AS records FROM drift
           WHERE run_id = ANY($1::uuid[]) GROUP BY run_id, kind""",
        list(run_ids),
    )
    found: dict[UUID, dict[str, int]] = {each: {} for each in run_ids}
    for row in rows:
        found[row["run_id"]][row["kind"]] = row["records"]
    return found
