"""The vendor's records in the model's terms: pure."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from benchmarks.vendor import wire
from gateway.connect.decoding import decode
from gateway.connect.errors import ContractError
from gateway.connect.records import Mapped, Unmappable
from gateway.model.customer import CustomerRecord
from gateway.model.invoice import InvoiceRecord, InvoiceStatus
from gateway.model.location import LocationKind, LocationRecord
from gateway.model.money import Money
from gateway.model.order import (
    ChannelState,
    FulfillmentLineRecord,
    FulfillmentRecord,
    FulfillmentStatus,
    OrderLineRecord,
    OrderRecord,
    PaymentStatus,
    ShipmentRecord,
)
from gateway.model.stock import PositionRef, StockRecord

PLACED = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
NOTHING = Money(Decimal("0.00"), "BRL")


def read(stream: wire.Stream, raw: msgspec.Raw, observed_at: datetime) -> Mapped[Any] | Unmappable:
    """Answer a row's record."""
    kind, map_row = READERS[stream]
    try:
        return Mapped(map_row(decode(raw, kind), observed_at), bytes(raw))
    except ContractError as error:
        return Unmappable(None, bytes(raw), error)


def map_place(row: wire.Place, at: datetime) -> LocationRecord:
    """Answer a location."""
    return LocationRecord(row.code, row.code, row.name, LocationKind.STORE, at)


def map_level(row: wire.Level, at: datetime) -> StockRecord:
    """Answer a stock level."""
    where = PositionRef(row.item, row.location)
    return StockRecord(where, at, row.units, 0, 0, version=row.version)


def map_sale(row: wire.Sale, at: datetime) -> OrderRecord:
    """Answer an order, or an ERP's copy of one."""
    total = Money(Decimal(row.total), "BRL")
    return OrderRecord(
        ref=row.ref, number=row.channel_ref or row.ref, observed_at=at, updated_at=None,
        placed_at=PLACED, state=ChannelState.HANDLING, native_status="handling",
        payment_status=PaymentStatus.PAID, currency="BRL",
        lines=(OrderLineRecord("1", row.item, row.item, 1, total),),
        subtotal=total, shipping_total=NOTHING, discount_total=NOTHING, tax_total=NOTHING,
        total=total, customer=CustomerRecord(row.buyer, at, f"Customer {row.buyer}"),
        channel_ref=row.channel_ref, version=row.version,
    )  # fmt: skip


def map_work(row: wire.Work, at: datetime) -> FulfillmentRecord:
    """Answer a location's work, with one parcel."""
    line = (FulfillmentLineRecord(row.item, 1, "1"),)
    parcel = ShipmentRecord(f"parcel-{row.ref}", line, "Carrier", None, f"BR{row.ref}")
    return FulfillmentRecord(
        row.ref, row.order, row.location, at, None, FulfillmentStatus.IN_PROGRESS, "picking",
        line, (parcel,), row.version,
    )  # fmt: skip


def map_person(row: wire.Person, at: datetime) -> CustomerRecord:
    """Answer a customer."""
    return CustomerRecord(row.ref, at, row.name)


def map_bill(row: wire.Bill, at: datetime) -> InvoiceRecord:
    """Answer an invoice."""
    return InvoiceRecord(
        row.ref, row.order, at, None, InvoiceStatus.ISSUED, "issued", row.ref,
        issued_at=PLACED, total=Money(Decimal(row.total), "BRL"), version=row.version,
    )  # fmt: skip


READERS: Mapping[wire.Stream, tuple[type[Any], Callable[[Any, datetime], Any]]] = {
    "locations": (wire.Place, map_place),
    "stock": (wire.Level, map_level),
    "orders": (wire.Sale, map_sale),
    "fulfillments": (wire.Work, map_work),
    "customers": (wire.Person, map_person),
    "invoices": (wire.Bill, map_bill),
}
