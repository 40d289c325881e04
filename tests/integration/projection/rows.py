"""Builders of what the projection is told."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from gateway.model.customer import CustomerRecord
from gateway.model.invoice import InvoiceRecord, InvoiceStatus
from gateway.model.location import LocationKind, LocationRecord
from gateway.model.money import Money
from gateway.model.order import (
    ChannelState,
    FulfillmentLineRecord,
    FulfillmentRecord,
    FulfillmentStatus,
    OrderRecord,
    PaymentStatus,
    ShipmentRecord,
)
from gateway.projection.customers.write import CustomerEntry
from gateway.projection.database import open_pool, transaction
from gateway.projection.locations import GroupSpec, apply_groups, apply_locations
from gateway.projection.orders.entries import OrderEntry, OrderLine
from gateway.projection.orders.fulfillments import FulfillmentEntry, WorkLine
from gateway.projection.orders.observations import copy_of, invoice_of
from gateway.projection.quarantine import QuarantineEntry, put_in_quarantine
from gateway.projection.streams import SourceSpec, register_sources

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EVERYWHERE = GroupSpec("default", "All", 0, None, is_default=True)


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def reais(amount: str) -> Money:
    return Money(Decimal(amount), "BRL")


def an_order(ref: str = "1-01", seconds: float = 0, **changes: Any) -> OrderEntry:
    """Answer an order as it was observed so many seconds after NOW."""
    quantity = changes.pop("quantity", 2)
    values: dict[str, Any] = {
        "ref": ref, "number": ref, "observed_at": later(seconds), "updated_at": later(seconds),
        "placed_at": NOW, "state": ChannelState.CONFIRMED, "native_status": "approved",
        "payment_status": PaymentStatus.PAID, "currency": "BRL", "lines": (),
        "subtotal": reais("20.00"), "shipping_total": reais("5.00"),
        "discount_total": reais("0.00"), "tax_total": reais("0.00"), "total": reais("25.00"),
        "customer": CustomerRecord("buyer-one", later(seconds), "Ana Souza", ("ana@example.com",)),
    }  # fmt: skip
    record = OrderRecord(**{**values, **changes})
    line = OrderLine("l-1", 0, "SKU-1", "Camiseta", quantity, Decimal("10.00"), None)
    buyer = None if record.customer is None else CustomerEntry(record.customer)
    return OrderEntry(record, (line,), buyer)


def a_copy(ref: str = "erp-1", order: str = "1-01", seconds: float = 0, **changes: Any) -> Any:
    """Answer what the ERP says of an order, observed so many seconds after NOW."""
    entry = an_order(ref, seconds, channel_ref=order, **changes)
    return copy_of(entry, ("total", "subtotal", "lines", "promised_delivery_by"))


def an_invoice(ref: str = "nf-1", order: str = "1-01", seconds: float = 0, **changes: Any) -> Any:
    """Answer an invoice of an order, observed so many seconds after NOW."""
    values: dict[str, Any] = {
        "ref": ref, "order_ref": order, "observed_at": later(seconds),
        "updated_at": later(seconds), "status": InvoiceStatus.ISSUED, "native_status": "5",
        "number": "000123", "series": "1", "key": f"35{123:042d}", "total": reais("25.00"),
    }  # fmt: skip
    return invoice_of(InvoiceRecord(**{**values, **changes}))


def some_work(
    location: Any, order: str = "1-01", seconds: float = 0, shipped: int = 0, **changes: Any
) -> FulfillmentEntry:
    """Answer a location's work as it was observed so many seconds after NOW."""
    lines = (FulfillmentLineRecord("SKU-1", shipped),)
    parcels = (ShipmentRecord("s-1", lines, "Correios"),) if shipped else ()
    values: dict[str, Any] = {
        "ref": f"{order}/w-1", "order_ref": order, "location_ref": "w-1",
        "observed_at": later(seconds), "updated_at": later(seconds),
        "status": FulfillmentStatus.IN_PROGRESS, "native_status": "pending", "lines": (),
        "shipments": parcels,
    }  # fmt: skip
    record = FulfillmentRecord(**{**values, **changes})
    shipped_lines = tuple((WorkLine(0, "SKU-1", shipped, None),) for _ in parcels)
    return FulfillmentEntry(record, location, (WorkLine(0, "SKU-1", 2, None),), shipped_lines)


def an_unread(item: str = "SKU-1", location: str | None = None) -> QuarantineEntry:
    """Answer an item's stock that could not be read, at a location or wherever it may be."""
    ask = {"ref": item} if location is None else {"item": item, "location": location}
    ref = item if location is None else f"{item}@{location}"
    return QuarantineEntry("stock", ref, b"{}", "MALFORMED_PAYLOAD", "on_hand", "no number", ask)


async def misread(executor: Any, *entries: QuarantineEntry, seconds: float = 0) -> None:
    """Let the warehouse's stock have been met so many seconds after NOW, and not be read."""
    await put_in_quarantine(executor, "wms", entries or [an_unread()], later(seconds))


@asynccontextmanager
async def projection(dsn: str, places: Sequence[str] = ("dc-1",)) -> AsyncIterator[Any]:
    """Answer a pool on a database that knows two sources, some locations and some SKUs."""
    pool = await open_pool(dsn, maximum=10)
    try:
        async with transaction(pool) as connection:
            await register_sources(
                connection,
                [
                    SourceSpec("shop", "vtex", "Shop", ("MARKETPLACE",), ("orders", "stock")),
                    SourceSpec("erp", "bling", "ERP", ("ERP",), ("orders", "invoices")),
                    SourceSpec("wms", "shiphero", "Warehouse", ("WMS",), ("stock", "inbox")),
                ],
            )
            records = [
                LocationRecord(f"w-{n + 1}", code, code, LocationKind.STORE, NOW, "Loja")
                for n, code in enumerate(places)
            ]
            await apply_locations(connection, "wms", records, authorities=["wms"], now=NOW)
            await apply_groups(connection, [EVERYWHERE], NOW)
            await connection.execute(
                "INSERT INTO item (sku) VALUES ('SKU-1'), ('007') ON CONFLICT DO NOTHING"
            )
            await connection.execute(
                """INSERT INTO item_ref (source_id, external_id, sku, origin)
                   VALUES ('wms', 'SKU-1', 'SKU-1', 'code') ON CONFLICT DO NOTHING"""
            )
        yield pool
    finally:
        await pool.close()


async def place(pool: Any, code: str = "dc-1") -> Any:
    """Answer our id of a location."""
    return await pool.fetchval("SELECT id FROM location WHERE code = $1", code)
