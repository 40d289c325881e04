"""Square's webhooks: signed over address and body, without a time; a hint, to be read at Square.

https://developer.squareup.com/docs/webhooks/step3validate (2026-11)
"""

import base64
import hashlib
import hmac

import msgspec

from connectors.square import wire
from gateway.connect.decoding import decode
from gateway.connect.errors import ContractError, DeliveryRefused, MalformedPayload, UpstreamFault
from gateway.connect.records import Notice, RawDelivery
from gateway.connect.settings import Secret
from gateway.model.stock import PositionRef

SIGNATURE_HEADER = "x-square-hmacsha256-signature"
_ORDERS = ("order.created", "order.updated", "order.fulfillment.updated")
_CUSTOMERS = ("customer.created", "customer.updated", "customer.deleted")
_COUNTS = "inventory.count.updated"
# What is subscribed to. Other types that arrive concern nobody here.
TYPES = (*_ORDERS, _COUNTS, *_CUSTOMERS)


class Event(msgspec.Struct, frozen=True):
    event_id: wire.Ref


class Kind(msgspec.Struct, frozen=True):
    type: wire.Ref


class Named(msgspec.Struct, frozen=True):
    id: wire.Ref


class NamedBody(msgspec.Struct, frozen=True):
    data: Named


class Counted(msgspec.Struct, frozen=True):
    inventory_counts: tuple[wire.CountPlace, ...]


class CountedData(msgspec.Struct, frozen=True):
    object: Counted


class CountedBody(msgspec.Struct, frozen=True):
    data: CountedData


def verify(delivery: RawDelivery, key: Secret | None) -> str:
    """Answer the delivery's id, the same for a retry; raises DeliveryRefused."""
    told = delivery.headers.get(SIGNATURE_HEADER, "").encode()
    if key is None or not hmac.compare_digest(
        told, signature(delivery.url, delivery.body, key.reveal()).encode()
    ):
        raise DeliveryRefused(
            f"the header {SIGNATURE_HEADER!r} does not sign this body for this address"
        )
    try:
        return decode(delivery.body, Event).event_id
    except (ContractError, UpstreamFault):
        return hashlib.sha256(delivery.body).hexdigest()


def signature(url: str, body: bytes, key: str) -> str:
    """Answer what Square writes into its signature header for a body sent to this address."""
    signed = hmac.new(key.encode(), url.encode() + body, hashlib.sha256)
    return base64.b64encode(signed.digest()).decode()


def notices(delivery: RawDelivery) -> tuple[Notice, ...]:
    """Answer what to read; raises MalformedPayload."""
    try:
        return _notices(delivery.body)
    except UpstreamFault as error:
        raise MalformedPayload("the delivery is not JSON", "") from error


def _notices(body: bytes) -> tuple[Notice, ...]:
    kind = decode(body, Kind).type
    if kind in _ORDERS:
        ref = decode(body, NamedBody).data.id
        return (Notice("orders", (ref,)), Notice("fulfillments", (ref,)))
    if kind in _CUSTOMERS:
        return (Notice("customers", (decode(body, NamedBody).data.id,)),)
    if kind == _COUNTS:
        counts = decode(body, CountedBody).data.object.inventory_counts
        at = dict.fromkeys(PositionRef(c.catalog_object_id, c.location_id) for c in counts)
        return (Notice("stock", positions=tuple(at)),)
    return ()
