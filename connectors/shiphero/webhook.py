"""ShipHero's webhooks: signed over the raw body, without a time; a hint, to be read at the source.

https://developer.shiphero.com/webhooks/ (2026-11)
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable

import msgspec

from connectors.shiphero import wire
from gateway.connect.decoding import decode
from gateway.connect.errors import DeliveryRefused, MalformedPayload, UpstreamFault
from gateway.connect.records import Notice, RawDelivery
from gateway.model.stock import PositionRef

SIGNATURE_HEADER = "x-shiphero-hmac-sha256"
MESSAGE_HEADER = "x-shiphero-message-id"

_ORDERS = ("Order Allocated", "Order Deallocated", "Order Canceled")
# What is subscribed to. Other types that arrive concern nobody here.
TYPES = ("Inventory Update", "Inventory Change", "Shipment Update", *_ORDERS)


class Kind(msgspec.Struct, frozen=True):
    webhook_type: str


class OrderBody(msgspec.Struct, frozen=True):
    partner_order_id: wire.Ref


class ShipmentBody(msgspec.Struct, frozen=True):
    fulfillment: OrderBody


class UpdatedWarehouse(msgspec.Struct, frozen=True):
    warehouse_uuid: wire.Ref


class UpdatedItem(msgspec.Struct, frozen=True):
    sku: wire.Ref
    updated_warehouse: UpdatedWarehouse


class InventoryUpdateBody(msgspec.Struct, frozen=True):
    inventory: tuple[UpdatedItem, ...]


class InventoryChangeBody(msgspec.Struct, frozen=True):
    sku: wire.Ref
    warehouse_uuid: wire.Ref


def verify(delivery: RawDelivery, secrets: Iterable[str]) -> str:
    """Answer the delivery's id, the same for a retry; raises DeliveryRefused."""
    told = delivery.headers.get(SIGNATURE_HEADER, "").encode()
    signatures = [signature(delivery.body, secret) for secret in secrets]
    if not any(hmac.compare_digest(told, known.encode()) for known in signatures):
        raise DeliveryRefused(f"the header {SIGNATURE_HEADER!r} does not sign this body")
    return delivery.headers.get(MESSAGE_HEADER) or hashlib.sha256(delivery.body).hexdigest()


def signature(body: bytes, secret: str) -> str:
    """Answer what ShipHero writes into its signature header."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def notices(delivery: RawDelivery) -> tuple[Notice, ...]:
    """Answer what to read; raises MalformedPayload."""
    try:
        return _notices(delivery.body)
    except UpstreamFault as error:
        raise MalformedPayload("the delivery is not JSON", "") from error


def _notices(body: bytes) -> tuple[Notice, ...]:
    kind = decode(body, Kind).webhook_type
    if kind in _ORDERS:
        return (Notice("fulfillments", (decode(body, OrderBody).partner_order_id,)),)
    if kind == "Shipment Update":
        shipment = decode(body, ShipmentBody)
        return (Notice("fulfillments", (shipment.fulfillment.partner_order_id,)),)
    if kind == "Inventory Change":
        change = decode(body, InventoryChangeBody)
        return (Notice("stock", positions=(PositionRef(change.sku, change.warehouse_uuid),)),)
    if kind == "Inventory Update":
        update = decode(body, InventoryUpdateBody)
        at = tuple(
            PositionRef(item.sku, item.updated_warehouse.warehouse_uuid)
            for item in update.inventory
        )
        return (Notice("stock", positions=at),)
    return ()
