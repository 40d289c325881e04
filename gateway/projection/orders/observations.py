"""Writes what systems beside the channel say of an order: an ERP's copy of it, its invoices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, LiteralString
from uuid import UUID

import msgspec

from gateway.model.ids import uuid7
from gateway.model.invoice import InvoiceRecord
from gateway.projection.orders.entries import OrderEntry, address_of, is_newer
from gateway.projection.orders.joining import find_orders
from gateway.projection.orders.locks import lock_refs
from gateway.projection.orders.status import Change, settle_orders

if TYPE_CHECKING:
    from gateway.projection.database import Connection


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of observation: its table and stream, its own columns, and how it shows."""

    table: LiteralString
    stream: LiteralString
    columns: tuple[LiteralString, ...]
    shown_as: str


COPY = Kind("order_copy", "orders", ("number", "native_status", "facts"), "conflicts")
INVOICE = Kind(
    "invoice",
    "invoices",
    ("status", "native_status", "number", "series", "key", "issued_at", "total", "currency", "url"),
    "invoices",
)
_SHARED: tuple[LiteralString, ...] = (
    "id", "source_id", "ref", "order_ref", "order_id", "version", "updated_at", "observed_at",
)  # fmt: skip


class Observation(msgspec.Struct, frozen=True):
    """What a source says; `order_ref` is any name of the order, `values` are by column."""

    ref: str
    order_ref: str
    version: int | None
    updated_at: datetime | None
    observed_at: datetime
    values: Mapping[str, Any]


def copy_of(entry: OrderEntry, covered: Sequence[str]) -> Observation:
    """Answer an ERP's copy of an order, with the facts that its source may speak of.

    The currency is always among them: without it no sum means anything.
    """
    told, kept = entry.record, {*covered, "currency"}
    facts = {name: value for name, value in facts_of(entry).items() if name in kept}
    values = {"number": told.number, "native_status": told.native_status, "facts": facts}
    return Observation(
        told.ref, told.channel_ref or told.ref, told.version, told.updated_at, told.observed_at,
        values,
    )  # fmt: skip


def facts_of(entry: OrderEntry) -> dict[str, Any]:
    """Answer what two systems can disagree on, by field; what is not told is left out."""
    told = entry.record
    units: dict[str, int] = {}
    for line in entry.lines:
        units[line.sku] = units.get(line.sku, 0) + line.quantity
    promise = told.promised_delivery_by
    facts: dict[str, Any] = {
        "payment_status": told.payment_status.value,
        "currency": told.currency,
        "subtotal": str(told.subtotal.amount),
        "shipping_total": str(told.shipping_total.amount),
        "discount_total": str(told.discount_total.amount),
        "tax_total": str(told.tax_total.amount),
        "total": str(told.total.amount),
        "shipping_address": address_of(told.shipping_address),
        "promised_delivery_by": promise and promise.isoformat(),
        "lines": dict(sorted(units.items())),
    }
    return {name: value for name, value in facts.items() if value is not None}


def invoice_of(told: InvoiceRecord) -> Observation:
    """Answer an invoice by column."""
    values = {
        "status": told.status.value,
        "native_status": told.native_status,
        "number": told.number,
        "series": told.series,
        "key": told.key,
        "issued_at": told.issued_at,
        "total": told.total and told.total.amount,
        "currency": told.total and told.total.currency,
        "url": told.url,
    }
    return Observation(
        told.ref, told.order_ref, told.version, told.updated_at, told.observed_at, values
    )


async def apply_observations(
    connection: "Connection",
    kind: Kind,
    source_id: str,
    observations: Sequence[Observation],
    *,
    now: datetime,
    appends_events: bool = True,
) -> list[UUID]:
    """Write within the transaction; answer the ids of the orders that changed by it.

    What is of an order that is not known yet waits for it. Older never overwrites newer.
    """
    latest = _newest(observations)
    await lock_refs(connection, [each.order_ref for each in latest])
    known = await _load_known(connection, kind, source_id, [each.ref for each in latest])
    fresh = [each for each in latest if _is_fresh(each, known.get(each.ref))]
    orders = await find_orders(connection, [each.order_ref for each in fresh])
    await connection.executemany(
        _upsert(kind),
        [
            _row(kind, source_id, each, known.get(each.ref), orders.get(each.order_ref), now)
            for each in fresh
        ],
    )
    changes = {
        orders[each.order_ref]: Change(False, (kind.shown_as,), each.updated_at or now)
        for each in fresh
        if each.order_ref in orders
        and has_changed(each, known.get(each.ref), orders[each.order_ref])
    }
    await settle_orders(connection, changes, appends_events=appends_events)
    return list(changes)


async def quarantine_observations(
    connection: "Connection", kind: Kind, source_id: str, refs: Sequence[str]
) -> None:
    """Mark what could not be read in its latest form."""
    await connection.execute(
        f"""UPDATE {kind.table} SET is_quarantined = true
            WHERE source_id = $1 AND ref = ANY($2::text[])""",
        source_id, list(refs),
    )  # fmt: skip


def _newest(observations: Sequence[Observation]) -> list[Observation]:
    chosen: dict[str, Observation] = {}
    for each in observations:
        known = chosen.get(each.ref)
        if known is None or is_newer(
            each.version, each.observed_at, known.version, known.observed_at
        ):
            chosen[each.ref] = each
    return [chosen[ref] for ref in sorted(chosen)]


async def _load_known(
    connection: "Connection", kind: Kind, source_id: str, refs: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    rows = await connection.fetch(
        f"""SELECT id, ref, order_ref, order_id, version, observed_at, gone_at,
            {", ".join(kind.columns)}
            FROM {kind.table} WHERE source_id = $1 AND ref = ANY($2::text[])""",
        source_id, list(refs),
    )  # fmt: skip
    return {row["ref"]: dict(row) for row in rows}


def _is_fresh(told: Observation, known: Mapping[str, Any] | None) -> bool:
    return known is None or is_newer(
        told.version, told.observed_at, known["version"], known["observed_at"]
    )


def has_changed(told: Observation, known: Mapping[str, Any] | None, order_id: UUID) -> bool:
    """Answer whether an observation changes what is shown of its order."""
    if known is None or known["order_id"] != order_id or known["gone_at"] is not None:
        return True
    return [known[name] for name in told.values] != list(told.values.values())


def _upsert(kind: Kind) -> str:
    names = (*_SHARED, *kind.columns)
    sets = ", ".join(f"{name} = excluded.{name}" for name in names[3:])
    return f"""INSERT INTO {kind.table} ({", ".join(names)})
        VALUES ({", ".join(f"${n}" for n in range(1, len(names) + 1))})
        ON CONFLICT (source_id, ref) DO UPDATE SET {sets}, is_quarantined = false,
            gone_at = NULL"""


def _row(
    kind: Kind,
    source_id: str,
    told: Observation,
    known: Mapping[str, Any] | None,
    order_id: UUID | None,
    now: datetime,
) -> tuple[Any, ...]:
    key = uuid7(now) if known is None else known["id"]
    return (
        key, source_id, told.ref, told.order_ref, order_id, told.version, told.updated_at,
        told.observed_at, *(told.values[name] for name in kind.columns),
    )  # fmt: skip
