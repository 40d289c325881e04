"""What is written of an order, and what of it has changed: pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any

import msgspec

from gateway.model.location import Address
from gateway.model.order import FulfillmentRecord, OrderRecord
from gateway.projection.customers.write import CustomerEntry


class OrderLine(msgspec.Struct, frozen=True):
    """A line in our SKU and in whole stock units."""

    ref: str
    place: int
    sku: str
    title: str | None
    quantity: int
    unit_price: Decimal
    discount: Decimal | None


class OrderEntry(msgspec.Struct, frozen=True):
    """An order as a source has it, with its lines in our terms and who bought."""

    record: OrderRecord
    lines: tuple[OrderLine, ...]
    buyer: CustomerEntry | None = None


HEADER = (
    "number", "placed_at", "state", "native_status", "payment_status", "currency", "subtotal",
    "shipping_total", "discount_total", "tax_total", "total", "buyer_id", "shipping_address",
    "promised_delivery_by",
)  # fmt: skip
_header = itemgetter(*HEADER)
_SHOWN_AS = {"state": "status", "buyer_id": "customer"}


def header_of(record: OrderRecord, buyer_id: Any) -> dict[str, Any]:
    """Answer an order's header by column."""
    return {
        "number": record.number,
        "placed_at": record.placed_at,
        "state": record.state.value,
        "native_status": record.native_status,
        "payment_status": record.payment_status.value,
        "currency": record.currency,
        "subtotal": record.subtotal.amount,
        "shipping_total": record.shipping_total.amount,
        "discount_total": record.discount_total.amount,
        "tax_total": record.tax_total.amount,
        "total": record.total.amount,
        "buyer_id": buyer_id,
        "shipping_address": address_of(record.shipping_address),
        "promised_delivery_by": record.promised_delivery_by,
    }


def address_of(address: Address | None) -> dict[str, Any] | None:
    """Answer an address as it is stored."""
    return None if address is None else asdict(address)


def changed_fields(
    header: Mapping[str, Any],
    lines: Sequence[OrderLine],
    known: Mapping[str, Any],
    known_lines: Sequence[OrderLine],
) -> tuple[str, ...]:
    """Answer the names of what differs from what is known."""
    fields: list[str] = []
    if _header(header) != _header(known):
        fields = [_SHOWN_AS.get(name, name) for name in HEADER if header[name] != known[name]]
    return (*fields, *(["lines"] if list(lines) != list(known_lines) else []))


def is_newer(
    version: int | None, observed_at: datetime, known_version: int | None, known_at: datetime
) -> bool:
    """Answer whether an observation may overwrite what is known: older never does."""
    if version is not None and known_version is not None:
        return (version, observed_at) >= (known_version, known_at)
    return observed_at >= known_at


def newest_order(entries: Sequence[OrderEntry]) -> list[OrderEntry]:
    """Answer, of several observations of one order, the newest."""
    chosen: dict[str, OrderEntry] = {}
    for entry in entries:
        known = chosen.get(entry.record.ref)
        if known is None or _follows(entry.record, known.record):
            chosen[entry.record.ref] = entry
    return [chosen[ref] for ref in sorted(chosen)]


def _follows(
    record: OrderRecord | FulfillmentRecord, known: OrderRecord | FulfillmentRecord
) -> bool:
    return is_newer(record.version, record.observed_at, known.version, known.observed_at)
