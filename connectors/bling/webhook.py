"""Bling's webhooks: signed over the raw body, without a time and in no order; hints only.

https://developer.bling.com.br/webhooks (2026-11)
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable

from connectors.bling import wire
from gateway.connect.decoding import decode
from gateway.connect.errors import ContractError, DeliveryRefused, MalformedPayload, UpstreamFault
from gateway.connect.records import Notice, RawDelivery
from gateway.connect.settings import Secret
from gateway.model.stock import PositionRef

SIGNATURE_HEADER = "x-bling-signature-256"

# The stream whose records a resource's events name by id.
_STREAMS = {"order": "orders", "invoice": "invoices"}

CodeOf = Callable[[int], str | None]


def verify(delivery: RawDelivery, secret: Secret) -> str:
    """Answer the event's id, the same for a retry; raises DeliveryRefused."""
    told = delivery.headers.get(SIGNATURE_HEADER, "").encode()
    if not hmac.compare_digest(told, signature(delivery.body, secret.reveal()).encode()):
        raise DeliveryRefused(f"the header {SIGNATURE_HEADER!r} does not sign this body")
    try:
        return decode(delivery.body, wire.EventId).event_id
    except (ContractError, UpstreamFault):
        return hashlib.sha256(delivery.body).hexdigest()


def signature(body: bytes, secret: str) -> str:
    """Answer what Bling writes into its signature header."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def notices(delivery: RawDelivery, code_of: CodeOf) -> tuple[Notice, ...]:
    """Answer what to read; raises MalformedPayload.

    Stock's events name a product by its number: where its code is not known yet, nothing is read.
    """
    try:
        return _notices(delivery.body, code_of)
    except UpstreamFault as error:
        raise MalformedPayload("the delivery is not JSON", "") from error


def _notices(body: bytes, code_of: CodeOf) -> tuple[Notice, ...]:
    event = decode(body, wire.Event)
    resource = event.event.partition(".")[0]
    if resource in _STREAMS:
        return (Notice(_STREAMS[resource], (str(decode(event.data, wire.Named).id),)),)
    if resource == "stock":
        told = decode(event.data, wire.StockEvent)
        return _stock(told.produto, (told.deposito,), code_of)
    if resource == "virtual_stock":
        of = decode(event.data, wire.VirtualStockEvent)
        return _stock(of.produto, of.depositos or (), code_of)
    return ()


def _stock(
    product: wire.Named, deposits: Iterable[wire.Named], code_of: CodeOf
) -> tuple[Notice, ...]:
    code = code_of(product.id)
    if code is None:
        return ()
    positions = tuple(PositionRef(code, str(deposit.id)) for deposit in deposits)
    return (Notice("stock", positions=positions),) if positions else ()
