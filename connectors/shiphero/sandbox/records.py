"""Retail data as ShipHero's records."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from gateway.connect.testing.dataset import DataLine, DataLocation, DataOrder, DataStock

Record = dict[str, Any]

ACCOUNT_ID = base64.b64encode(b"Account:1").decode()

# The words of the retail data, as the system statuses that ShipHero has for them.
STATUSES = {
    "approved": "pending",
    "processing": "pending",
    "invoiced": "pending",
    "shipped": "fulfilled",
    "delivered": "fulfilled",
    "canceled": "canceled",
    "unavailable": "canceled",
}
_PICKED = ("processing", "invoiced")
_HOLDS = dict.fromkeys(
    (
        "address_hold",
        "client_hold",
        "fraud_hold",
        "operator_hold",
        "payment_hold",
        "shipping_method_hold",
    ),
    False,
)


def uuid_of(kind: str, number: int) -> str:
    """Answer a ShipHero id: the kind and the old number, in base64."""
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


def stamp(moment: datetime) -> str:
    """Write a time as ShipHero does, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def is_known(order: DataOrder) -> bool:
    """Answer whether the WMS has the order: it is approved and has lines."""
    return order.word != "created" and bool(order.lines)


def is_shipped(order: DataOrder) -> bool:
    """Answer whether something left the building."""
    return order.word in ("shipped", "delivered") or order.shipped_at is not None


def order_record(order: DataOrder, number: int, warehouse_id: Callable[[str], str]) -> Record:
    """Answer an order, with its allocations and shipments."""
    order_id = uuid_of("Order", number)
    status = STATUSES[order.word]
    lines = list(enumerate(order.lines))
    places = {line.location: warehouse_id(line.location) for line in order.lines}
    by_place = {code: [(i, line) for i, line in lines if line.location == code] for code in places}
    is_allocated = status == "pending" and not is_shipped(order)
    return {
        "id": order_id,
        "legacy_id": number,
        "order_number": order.number,
        "partner_order_id": order.ref,
        "shop_name": "vtex",
        "fulfillment_status": status,
        "order_date": stamp(order.placed_at),
        "updated_at": stamp(order.updated_at),
        "currency": order.currency,
        "total_price": order.paid,
        "email": order.customer.email,
        "holds": _HOLDS,
        "line_items": [_line(order, number, i, x, places[x.location]) for i, x in lines],
        "allocations": [
            _allocation(order, number, places[code], parts) for code, parts in by_place.items()
        ]
        if is_allocated
        else [],
        "shipments": [
            _shipment(order, number, nth, places[code], by_place[code])
            for nth, code in enumerate(places)
        ]
        if is_shipped(order)
        else [],
    }


def warehouse_record(location: DataLocation, number: int) -> Record:
    """Answer a warehouse. ShipHero has no place for its kind or coordinates."""
    return {
        "id": uuid_of("Warehouse", number),
        "legacy_id": number,
        "account_id": ACCOUNT_ID,
        "identifier": location.code,
        "company_name": location.owner,
        "profile": "default",
        "address": {
            "name": location.name,
            "address1": location.street,
            "address2": "",
            "city": location.city,
            "state": location.region,
            "country": "BR",
            "zip": location.postal_code,
            "phone": "",
        },
    }


def stock_record(stock: DataStock, number: int, warehouse_id: str, updated_at: datetime) -> Record:
    """Answer a warehouse product."""
    return {
        "id": uuid_of("WarehouseProduct", number),
        "sku": stock.sku,
        "account_id": ACCOUNT_ID,
        "warehouse_id": warehouse_id,
        "warehouse_identifier": stock.location,
        "active": True,
        "on_hand": stock.on_hand,
        "allocated": stock.allocated,
        "available": stock.on_hand - stock.allocated,
        "backorder": 0,
        "reserve_inventory": stock.reserve,
        "created_at": stamp(updated_at),
        "updated_at": stamp(updated_at),
    }


def _line_id(number: int, index: int) -> str:
    return uuid_of("LineItem", number * 1000 + index)


def _line(order: DataOrder, number: int, index: int, line: DataLine, warehouse: str) -> Record:
    shipped = line.quantity if is_shipped(order) else 0
    status = STATUSES[order.word]
    pending = line.quantity if status == "pending" and not shipped else 0
    picks = []
    if order.word in _PICKED:
        pick_id = uuid_of("TotePick", number * 1000 + index)
        picks = [
            {
                "id": pick_id,
                "sku": line.sku,
                "quantity": line.quantity,
                "picked_quantity": line.quantity,
            }
        ]
    return {
        "id": _line_id(number, index),
        "legacy_id": number * 1000 + index,
        "sku": line.sku,
        "partner_line_item_id": f"{order.ref}-{index + 1}",
        "product_name": line.sku,
        "price": line.unit_price,
        "quantity": line.quantity,
        "quantity_allocated": pending,
        "quantity_shipped": shipped,
        "quantity_pending_fulfillment": pending,
        "fulfillment_status": status,
        "warehouse_id": warehouse,
        "tote_picks": picks,
    }


def _allocation(
    order: DataOrder, number: int, warehouse: str, lines: list[tuple[int, DataLine]]
) -> Record:
    return {
        "order_id": uuid_of("Order", number),
        "warehouse_id": warehouse,
        "allocated_at": stamp(order.approved_at or order.updated_at),
        "allocation_reference": str(number),
        "ready_to_ship": True,
        "line_items": [
            {
                "line_item_id": _line_id(number, index),
                "sku": line.sku,
                "warehouse_id": warehouse,
                "quantity_allocated": line.quantity,
                "is_kit_component": False,
            }
            for index, line in lines
        ],
    }


def _shipment(
    order: DataOrder, number: int, nth: int, warehouse: str, lines: list[tuple[int, DataLine]]
) -> Record:
    serial = number * 100 + nth
    shipment_id, label_id = uuid_of("Shipment", serial), uuid_of("ShippingLabel", serial)
    delivered = order.word == "delivered" or order.delivered_at is not None
    left_at = stamp(order.shipped_at or order.delivered_at or order.updated_at)
    return {
        "id": shipment_id,
        "legacy_id": serial,
        "order_id": uuid_of("Order", number),
        "warehouse_id": warehouse,
        "created_date": left_at,
        "completed": True,
        "delivered": delivered,
        "picked_up": True,
        "dropshipment": False,
        "shipped_off_shiphero": False,
        "total_packages": 1,
        "line_items": [
            {
                "id": uuid_of("ShipmentLineItem", number * 1000 + index),
                "line_item_id": _line_id(number, index),
                "shipment_id": shipment_id,
                "shipping_label_id": label_id,
                "quantity": line.quantity,
            }
            for index, line in lines
        ],
        "shipping_labels": [_label(order, serial, nth, shipment_id, left_at, delivered)],
    }


def _label(
    order: DataOrder, serial: int, nth: int, shipment_id: str, left_at: str, delivered: bool
) -> Record:
    tracking = f"TR{order.number}BR" if nth == 0 else f"TR{order.number}{nth:02}BR"
    return {
        "id": uuid_of("ShippingLabel", serial),
        "legacy_id": serial,
        "shipment_id": shipment_id,
        "carrier": "Correios",
        "shipping_method": "PAC",
        "shipping_name": "Correios PAC",
        "tracking_number": tracking,
        "tracking_url": f"https://rastreamento.example/{tracking}",
        "created_date": left_at,
        "package_number": 1,
        "status": "valid",
        "delivered": delivered,
        "refunded": False,
        "needs_refund": False,
    }
