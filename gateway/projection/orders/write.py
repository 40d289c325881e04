"""Writes what a channel says of its orders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gateway.model.ids import uuid7
from gateway.projection.customers.write import apply_customers, customer_locks
from gateway.projection.orders.entries import (
    HEADER,
    OrderEntry,
    OrderLine,
    changed_fields,
    header_of,
    is_newer,
    newest_order,
)
from gateway.projection.orders.joining import join_waiting, part_ambiguous
from gateway.projection.orders.locks import lock_refs
from gateway.projection.orders.status import Change, settle_orders

if TYPE_CHECKING:
    from gateway.projection.database import Connection

_COLUMNS = ", ".join(HEADER)
_UPSERT = f"""
INSERT INTO sales_order (id, source_id, ref, channel, status, version, updated_at, observed_at,
    {_COLUMNS})
VALUES ($1, $2, $3, $4, 'PENDING', $5, $6, $7, {", ".join(f"${8 + i}" for i in range(len(HEADER)))})
ON CONFLICT (source_id, ref) DO UPDATE SET version = excluded.version, is_quarantined = false,
    updated_at = excluded.updated_at, observed_at = excluded.observed_at,
    {", ".join(f"{name} = excluded.{name}" for name in HEADER)}
"""


@dataclass(frozen=True, slots=True)
class ChannelScope:
    """The source that reads, and the channel whose orders these are."""

    source_id: str
    channel: str


@dataclass(frozen=True, slots=True)
class _Known:
    rows: Mapping[str, Mapping[str, Any]]
    lines: Mapping[UUID, Sequence[OrderLine]]


async def apply_orders(
    connection: "Connection",
    scope: ChannelScope,
    entries: Sequence[OrderEntry],
    *,
    now: datetime,
    appends_events: bool = True,
) -> list[UUID]:
    """Write orders within the transaction; answer the ids of those that are new or changed.

    Older never overwrites newer. Work that waited for an order joins it; what had joined another
    by a name that two orders have by now waits again. Each changed order's status is settled from
    all facts, and then its event appended unless a backfill says not to.
    """
    latest = newest_order(entries)
    await lock_refs(connection, _refs(scope.source_id, latest))
    known = await _load_known(connection, scope.source_id, [e.record.ref for e in latest])
    fresh = [entry for entry in latest if _is_fresh(entry, known)]
    buyers = [entry.buyer for entry in fresh if entry.buyer is not None]
    buyer_ids = await apply_customers(connection, scope.source_id, buyers, now)
    changes: dict[UUID, Change] = {}
    rows: list[tuple[Any, ...]] = []
    rewritten: list[tuple[UUID, OrderEntry]] = []
    for entry in fresh:
        record, row = entry.record, known.rows.get(entry.record.ref)
        header = header_of(record, entry.buyer and buyer_ids[entry.buyer.record.ref])
        key: UUID = uuid7(now) if row is None else row["id"]
        lines = known.lines.get(key, ())
        changed = () if row is None else changed_fields(header, entry.lines, row, lines)
        if row is None or changed:
            changes[key] = Change(row is None, changed, record.updated_at or record.placed_at)
        if row is None or "lines" in changed:
            rewritten.append((key, entry))
        rows.append((
            key, scope.source_id, record.ref, scope.channel, record.version, record.updated_at,
            record.observed_at, *(header[name] for name in HEADER),
        ))  # fmt: skip
    await connection.executemany(_UPSERT, rows)
    await _write_lines(connection, rewritten)
    ids = {entry.record.ref: row[0] for entry, row in zip(fresh, rows, strict=True)}
    await _write_refs(connection, scope.source_id, [(ids[e.record.ref], e) for e in fresh])
    await join_waiting(connection, list(ids.values()), changes, now)
    await part_ambiguous(connection, list(ids.values()), changes, now)
    await settle_orders(connection, changes, appends_events=appends_events)
    return list(changes)


async def quarantine_orders(connection: "Connection", source_id: str, refs: Sequence[str]) -> None:
    """Mark orders whose latest record could not be read: no watermark dates them."""
    await connection.execute(
        """UPDATE sales_order SET is_quarantined = true
           WHERE source_id = $1 AND ref = ANY($2::text[])""",
        source_id, list(refs),
    )  # fmt: skip


def _refs(source_id: str, entries: Sequence[OrderEntry]) -> list[str]:
    refs = [entry.record.ref for entry in entries]
    refs += [ref for entry in entries for _, ref in entry.record.other_refs]
    people = [entry.buyer.record.ref for entry in entries if entry.buyer is not None]
    return refs + customer_locks(source_id, people)


def _is_fresh(entry: OrderEntry, known: _Known) -> bool:
    row, record = known.rows.get(entry.record.ref), entry.record
    return row is None or is_newer(
        record.version, record.observed_at, row["version"], row["observed_at"]
    )


async def _load_known(connection: "Connection", source_id: str, refs: Sequence[str]) -> _Known:
    rows = await connection.fetch(
        f"""SELECT id, ref, version, observed_at, {_COLUMNS} FROM sales_order
            WHERE source_id = $1 AND ref = ANY($2::text[])""",
        source_id, list(refs),
    )  # fmt: skip
    lines: dict[UUID, list[OrderLine]] = {row["id"]: [] for row in rows}
    for line in await connection.fetch(
        """SELECT order_id, ref, place, sku, title, quantity, unit_price, discount
           FROM order_line WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, place""",
        list(lines),
    ):
        values = dict(line)
        lines[values.pop("order_id")].append(OrderLine(**values))
    return _Known({row["ref"]: dict(row) for row in rows}, lines)


async def _write_lines(
    connection: "Connection", entries: Sequence[tuple[UUID, OrderEntry]]
) -> None:
    await connection.execute(
        "DELETE FROM order_line WHERE order_id = ANY($1::uuid[])", [key for key, _ in entries]
    )
    await connection.executemany(
        """INSERT INTO order_line (order_id, ref, place, sku, title, quantity, unit_price, discount)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        [
            (key, x.ref, x.place, x.sku, x.title, x.quantity, x.unit_price, x.discount)
            for key, entry in entries
            for x in entry.lines
        ],
    )


async def _write_refs(
    connection: "Connection", source_id: str, entries: Sequence[tuple[UUID, OrderEntry]]
) -> None:
    await connection.executemany(
        """INSERT INTO external_ref (source_id, kind, external_id, order_id)
           VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING""",
        [
            (source_id, kind, ref, key)
            for key, entry in entries
            for kind, ref in (("order", entry.record.ref), *entry.record.other_refs)
        ],
    )
