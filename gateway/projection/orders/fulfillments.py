"""Writes what a WMS or a store says of its work for orders."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from gateway.model.ids import uuid7
from gateway.model.order import FulfillmentRecord
from gateway.projection.orders.entries import is_newer
from gateway.projection.orders.joining import find_orders
from gateway.projection.orders.locks import lock_refs
from gateway.projection.orders.status import Change, settle_orders

if TYPE_CHECKING:
    from gateway.projection.database import Connection


class WorkLine(msgspec.Struct, frozen=True):
    """Units of a SKU, in whole stock units."""

    place: int
    sku: str
    quantity: int
    line_ref: str | None


class FulfillmentEntry(msgspec.Struct, frozen=True):
    """A location's work as its source has it, in our ids; shipments' lines beside them."""

    record: FulfillmentRecord
    location_id: UUID
    lines: tuple[WorkLine, ...]
    shipped: tuple[tuple[WorkLine, ...], ...]


_UPSERT = """
INSERT INTO fulfillment (id, source_id, ref, order_ref, order_id, location_id, status,
    native_status, version, updated_at, observed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (source_id, ref) DO UPDATE SET order_ref = excluded.order_ref,
    order_id = excluded.order_id, location_id = excluded.location_id, status = excluded.status,
    native_status = excluded.native_status, version = excluded.version,
    updated_at = excluded.updated_at, observed_at = excluded.observed_at, is_quarantined = false,
    gone_at = NULL
"""


async def apply_fulfillments(
    connection: "Connection",
    source_id: str,
    entries: Sequence[FulfillmentEntry],
    *,
    now: datetime,
    appends_events: bool = True,
) -> list[UUID]:
    """Write work within the transaction; answer the ids of the orders that changed by it.

    Work for an order that is not known yet waits for it. Older never overwrites newer.
    """
    latest = _newest(entries)
    await lock_refs(connection, [entry.record.order_ref for entry in latest])
    known = await _load_known(connection, source_id, [e.record.ref for e in latest])
    fresh = [e for e in latest if _is_fresh(e, known.get(e.record.ref))]
    orders = await find_orders(connection, [e.record.order_ref for e in fresh])
    written = [
        (known[e.record.ref]["id"] if e.record.ref in known else uuid7(now), e) for e in fresh
    ]
    before = await _fingerprints(connection, [key for key, _ in written])
    await connection.executemany(
        _UPSERT, [_columns(key, source_id, e, orders.get(e.record.order_ref)) for key, e in written]
    )
    await _write_parts(connection, written, now)
    after = await _fingerprints(connection, [key for key, _ in written])
    changes = {
        orders[e.record.order_ref]: Change(
            False, ("fulfillment_orders",), e.record.updated_at or now
        )
        for key, e in written
        if e.record.order_ref in orders and before.get(key) != after.get(key)
    }
    await settle_orders(connection, changes, appends_events=appends_events)
    return list(changes)


async def quarantine_fulfillments(
    connection: "Connection", source_id: str, refs: Sequence[str]
) -> None:
    """Mark work whose latest record could not be read: no watermark dates it."""
    await connection.execute(
        """UPDATE fulfillment SET is_quarantined = true
           WHERE source_id = $1 AND (ref = ANY($2::text[]) OR order_ref = ANY($2::text[]))""",
        source_id, list(refs),
    )  # fmt: skip


def _newest(entries: Sequence[FulfillmentEntry]) -> list[FulfillmentEntry]:
    chosen: dict[str, FulfillmentEntry] = {}
    for entry in entries:
        known, record = chosen.get(entry.record.ref), entry.record
        if known is None or is_newer(
            record.version, record.observed_at, known.record.version, known.record.observed_at
        ):
            chosen[record.ref] = entry
    return [chosen[ref] for ref in sorted(chosen)]


async def _load_known(
    connection: "Connection", source_id: str, refs: Sequence[str]
) -> dict[str, Any]:
    rows = await connection.fetch(
        """SELECT id, ref, version, observed_at FROM fulfillment
           WHERE source_id = $1 AND ref = ANY($2::text[])""",
        source_id, list(refs),
    )  # fmt: skip
    return {row["ref"]: row for row in rows}


def _is_fresh(entry: FulfillmentEntry, known: Any) -> bool:
    record = entry.record
    return known is None or is_newer(
        record.version, record.observed_at, known["version"], known["observed_at"]
    )


async def _fingerprints(connection: "Connection", ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = await connection.fetch(
        """SELECT f.id, md5(concat_ws('|', f.gone_at, f.order_id, f.location_id, f.status,
               f.native_status,
               (SELECT string_agg(l::text, ';' ORDER BY l.place)
                FROM fulfillment_line l WHERE l.fulfillment_id = f.id),
               (SELECT string_agg(concat_ws(',', s.ref, s.carrier, s.service, s.tracking_number,
                    s.tracking_url, s.shipped_at, s.is_delivered, s.delivered_at,
                    (SELECT string_agg(concat_ws(',', x.sku, x.quantity), '+' ORDER BY x.place)
                     FROM shipment_line x WHERE x.shipment_id = s.id)), ';' ORDER BY s.ref)
                FROM shipment s WHERE s.fulfillment_id = f.id))) AS fingerprint
           FROM fulfillment f WHERE f.id = ANY($1::uuid[])""",
        list(ids),
    )
    return {row["id"]: row["fingerprint"] for row in rows}


def _columns(
    key: UUID, source_id: str, entry: FulfillmentEntry, order_id: UUID | None
) -> tuple[Any, ...]:
    record = entry.record
    return (
        key, source_id, record.ref, record.order_ref, order_id, entry.location_id,
        record.status.value, record.native_status, record.version, record.updated_at,
        record.observed_at,
    )  # fmt: skip


async def _write_parts(
    connection: "Connection", written: Sequence[tuple[UUID, FulfillmentEntry]], now: datetime
) -> None:
    ids = [key for key, _ in written]
    await connection.execute(
        "DELETE FROM fulfillment_line WHERE fulfillment_id = ANY($1::uuid[])", ids
    )
    await connection.executemany(
        """INSERT INTO fulfillment_line (fulfillment_id, place, sku, quantity, line_ref)
           VALUES ($1, $2, $3, $4, $5)""",
        [(key, x.place, x.sku, x.quantity, x.line_ref) for key, e in written for x in e.lines],
    )
    await _remove_missing_shipments(connection, written)
    await _write_shipments(connection, written, now)


async def _remove_missing_shipments(
    connection: "Connection", written: Sequence[tuple[UUID, FulfillmentEntry]]
) -> None:
    await connection.execute(
        """DELETE FROM shipment s WHERE s.fulfillment_id = ANY($1::uuid[]) AND NOT EXISTS (
               SELECT FROM unnest($2::uuid[], $3::text[]) AS t(fulfillment_id, ref)
               WHERE t.fulfillment_id = s.fulfillment_id AND t.ref = s.ref)""",
        [key for key, _ in written],
        [key for key, e in written for _ in e.record.shipments],
        [s.ref for _, e in written for s in e.record.shipments],
    )


async def _write_shipments(
    connection: "Connection", written: Sequence[tuple[UUID, FulfillmentEntry]], now: datetime
) -> None:
    parcels = [
        (key, shipment, lines)
        for key, entry in written
        for shipment, lines in zip(entry.record.shipments, entry.shipped, strict=True)
    ]
    await connection.executemany(
        """INSERT INTO shipment (id, fulfillment_id, ref, carrier, service, tracking_number,
               tracking_url, shipped_at, is_delivered, delivered_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
           ON CONFLICT (fulfillment_id, ref) DO UPDATE SET carrier = excluded.carrier,
               service = excluded.service, tracking_number = excluded.tracking_number,
               tracking_url = excluded.tracking_url, shipped_at = excluded.shipped_at,
               is_delivered = excluded.is_delivered, delivered_at = excluded.delivered_at""",
        [
            (uuid7(now), key, s.ref, s.carrier, s.service, s.tracking_number, s.tracking_url,
             s.shipped_at, s.is_delivered, s.delivered_at)
            for key, s, _ in parcels
        ],
    )  # fmt: skip
    await connection.execute(
        """DELETE FROM shipment_line l USING shipment s
           WHERE s.id = l.shipment_id AND s.fulfillment_id = ANY($1::uuid[])""",
        [key for key, _ in written],
    )
    await connection.executemany(
        """INSERT INTO shipment_line (shipment_id, place, sku, quantity, line_ref)
           SELECT id, $3, $4, $5, $6 FROM shipment WHERE fulfillment_id = $1 AND ref = $2""",
        [
            (key, s.ref, x.place, x.sku, x.quantity, x.line_ref)
            for key, s, lines in parcels
            for x in lines
        ],
    )
