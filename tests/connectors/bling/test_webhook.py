"""Bling's webhooks: who may push, what is believed of a push."""

import json
from typing import Any

import pytest

from connectors.bling import webhook
from gateway.connect.errors import DeliveryRefused, MalformedPayload
from gateway.connect.records import Notice, RawDelivery
from gateway.connect.settings import Secret
from gateway.model.stock import PositionRef
from tests.connectors.staging import NOW

SECRET = Secret("between-us")
EVENT_ID = "01945027-150e-72b4-e7cf-4943a042cd9c"
CODES = {12345: "SKU-1"}


def push(event: str, data: object, **changes: Any) -> bytes:
    """Answer a push of the form that https://developer.bling.com.br/webhooks shows (2026-11)."""
    body = {
        "eventId": EVENT_ID,
        "date": "2025-01-10T12:18:46Z",
        "version": "v1",
        "event": event,
        "companyId": "d4475854366a36c86a37e792f9634a51",
        "data": data,
    }
    return json.dumps(body | changes).encode()


BODY = push("order.updated", {"id": 12345678, "numeroLoja": "Loja_123"})


def delivery(body: bytes = BODY, told: str | None = None) -> RawDelivery:
    signed = webhook.signature(body, "between-us") if told is None else told
    headers = {"content-type": "application/json", "x-bling-signature-256": signed}
    return RawDelivery(headers, body, "https://trama.example/hooks/bling", NOW)


def noticed(event: str, data: object) -> tuple[Notice, ...]:
    return webhook.notices(delivery(push(event, data)), CODES.get)


def test_the_signature_is_hmac_sha256_over_the_raw_body_in_hex() -> None:
    assert webhook.signature(b"{}", "k") == (
        "sha256=add853b103fbcc936a194f9eb15e29c4ff08af6e47d5d1bca4f20218e31e4fff"
    )


def test_a_signed_push_is_known_by_its_event() -> None:
    assert webhook.verify(delivery(), SECRET) == EVENT_ID
    nameless = delivery(b'{"event": "order.updated"}')
    assert len(webhook.verify(nameless, SECRET)) == 64
    assert webhook.verify(nameless, SECRET) == webhook.verify(nameless, SECRET)


@pytest.mark.parametrize("place", [0, 17, len(BODY) - 1])
def test_one_flipped_bit_of_the_body_is_refused(place: int) -> None:
    flipped = bytes(byte ^ (1 if i == place else 0) for i, byte in enumerate(BODY))
    with pytest.raises(DeliveryRefused):
        webhook.verify(delivery(flipped, webhook.signature(BODY, "between-us")), SECRET)


@pytest.mark.parametrize(
    "told",
    ["", "x", "ÿ", webhook.signature(BODY, "stranger"), webhook.signature(BODY, "between-us")[7:]],
)
def test_another_signature_is_refused(told: str) -> None:
    with pytest.raises(DeliveryRefused):
        webhook.verify(delivery(told=told), SECRET)


@pytest.mark.parametrize("action", ["created", "updated", "deleted"])
def test_a_push_names_its_record_and_nothing_more(action: str) -> None:
    big = 2**62 + 1
    assert noticed(f"order.{action}", {"id": big}) == (Notice("orders", (str(big),)),)
    assert noticed(f"invoice.{action}", {"id": big}) == (Notice("invoices", (str(big),)),)


def test_stock_is_read_where_the_product_is_known() -> None:
    at = {"produto": {"id": 12345}, "deposito": {"id": 1, "saldoFisico": 75.25}}
    assert noticed("stock.created", at) == (
        Notice("stock", positions=(PositionRef("SKU-1", "1"),)),
    )
    assert noticed("stock.created", {**at, "produto": {"id": 9}}) == ()
    several = {"produto": {"id": 12345}, "depositos": [{"id": 1}, {"id": 2}]}
    both = (PositionRef("SKU-1", "1"), PositionRef("SKU-1", "2"))
    assert noticed("virtual_stock.updated", several) == (Notice("stock", positions=both),)
    assert noticed("virtual_stock.updated", {"produto": {"id": 12345}}) == ()


@pytest.mark.parametrize(
    "event", ["product.updated", "consumer_invoice.created", "weather.updated", "weather"]
)
def test_what_concerns_nobody_is_not_read(event: str) -> None:
    assert noticed(event, {"id": 1}) == ()


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"", ""),
        (b"\xff", ""),
        (b"[]", ""),
        (b"{}", "event"),
        (b'{"event": "order.updated"}', "data"),
        (b'{"event": "order.updated", "data": {}}', "id"),
        (b'{"event": "order.updated", "data": {"id": "7"}}', "id"),
        (b'{"event": "stock.updated", "data": {"produto": {"id": 1}}}', "deposito"),
    ],
)
def test_a_push_that_names_nothing_is_broken(body: bytes, path: str) -> None:
    with pytest.raises(MalformedPayload) as caught:
        webhook.notices(delivery(body), CODES.get)
    assert caught.value.path == path
