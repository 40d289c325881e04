"""The Orders Hook: unsigned but for a header that VTEX was given; a hint, never believed.

https://developers.vtex.com/docs/guides/orders-feed#hook (2026-11)
"""

import hashlib
import hmac
import json

from connectors.vtex import wire
from connectors.vtex.client import HOOK_HEADER
from gateway.connect.decoding import decode
from gateway.connect.errors import DeliveryRefused, MalformedPayload, UpstreamFault
from gateway.connect.records import Notice, RawDelivery
from gateway.connect.settings import Secret

_DOMAINS = frozenset({"Marketplace", "Fulfillment", "OrdersDocumentUpdated"})
_PING = {"hookConfig": "ping"}


def verify(delivery: RawDelivery, secret: Secret | None) -> str:
    """Answer the delivery's id, a hash of its body; raises DeliveryRefused.

    A retry has the same body. State and CurrentChange would not do: a hook that is told of every
    change says `unknow` and the year 1 there. The set-up ping does nothing and needs no secret.
    """
    if not _is_ping(delivery.body):
        told = delivery.headers.get(HOOK_HEADER, "").encode()
        known = secret.reveal().encode() if secret else b""
        if not known or not hmac.compare_digest(told, known):
            raise DeliveryRefused(f"the header {HOOK_HEADER!r} does not hold the hook's secret")
    return hashlib.sha256(delivery.body).hexdigest()


def notices(delivery: RawDelivery) -> tuple[Notice, ...]:
    """Answer the order to read; raises MalformedPayload.

    Nothing for a ping, nor for a domain that VTEX does not document and that names no order.
    """
    if _is_ping(delivery.body):
        return ()
    try:
        body = decode(delivery.body, wire.HookBody)
    except UpstreamFault as error:
        raise MalformedPayload("the delivery is not JSON", "") from error
    except MalformedPayload:
        if _is_of_unknown_domain(delivery.body):
            return ()
        raise
    return (Notice("orders", (body.order_id,)),)


def _is_of_unknown_domain(body: bytes) -> bool:
    try:
        return decode(body, wire.HookDomain).domain not in _DOMAINS
    except MalformedPayload:
        return False


def _is_ping(body: bytes) -> bool:
    if len(body) > 64:
        return False
    try:
        return bool(json.loads(body) == _PING)
    except ValueError:
        return False
