"""Square's webhooks: who may push, what is believed of a push, what is subscribed to."""

import json
from typing import Any

import pytest

from connectors.square import webhook
from connectors.square.sandbox import SIGNATURE_KEY
from connectors.square.subscriptions import NAME
from gateway.connect.errors import DeliveryRefused, MalformedPayload, Unsupported
from gateway.connect.records import Notice, RawDelivery
from gateway.connect.settings import Secret
from gateway.model.stock import PositionRef
from tests.connectors.staging import NOW, an_order

from .callers import call, receiver
from .retail import a_dataset, staged

KEY = Secret("between-us")
URL = "https://trama.example/hooks/square"
BODY = b'{"type":"order.updated","event_id":"e-1","data":{"type":"order_updated","id":"o-1"}}'
HOOKS = "/v2/webhooks/subscriptions"


def delivery(body: bytes = BODY, signed: str | None = None, url: str = URL) -> RawDelivery:
    told = webhook.signature(URL, body, "between-us") if signed is None else signed
    return RawDelivery({webhook.SIGNATURE_HEADER: told}, body, url, NOW)


def test_the_signature_is_square_s_own_published_one() -> None:
    """https://github.com/square/square-python-sdk, tests/integration/test_webhooks_helper.py."""
    body = (
        b'{"merchant_id":"MLEFBHHSJGVHD","type":"webhooks.test_notification",'
        b'"event_id":"ac3ac95b-f97d-458c-a6e6-18981597e05f",'
        b'"created_at":"2022-07-13T20:30:59.037339943Z",'
        b'"data":{"type":"webhooks","id":"bc368e64-01aa-407e-b46e-3231809b1129"}}'
    )
    told = "GF4YkrJgGBDZ9NIYbNXBnMzqb2HoL4RW/S6vkZ9/2N4="
    key, url = "Ibxx_5AKakO-3qeNVR61Dw", "https://webhook.site/679a4f3a-dcfa-49ee-bac5-9d0edad886b9"
    assert webhook.signature(url, body, key) == told


def test_a_push_is_known_by_its_event() -> None:
    assert webhook.verify(delivery(), KEY) == "e-1"
    nameless = webhook.verify(delivery(b"{}"), KEY)
    assert len(nameless) == 64
    assert webhook.verify(delivery(b"{}"), KEY) == nameless


@pytest.mark.parametrize("signed", ["", "AAAA", "ÿ", webhook.signature(URL, BODY, "between-them")])
def test_a_push_that_is_not_signed_with_the_key_is_refused(signed: str) -> None:
    with pytest.raises(DeliveryRefused):
        webhook.verify(delivery(signed=signed), KEY)


def test_a_push_for_another_address_is_refused() -> None:
    with pytest.raises(DeliveryRefused):
        webhook.verify(delivery(url="https://trama.example/hooks/other"), KEY)


def test_a_push_of_another_body_is_refused() -> None:
    signed = delivery().headers[webhook.SIGNATURE_HEADER]
    with pytest.raises(DeliveryRefused):
        webhook.verify(delivery(BODY.replace(b"o-1", b"o-2"), signed), KEY)


def test_without_a_key_every_push_is_refused() -> None:
    with pytest.raises(DeliveryRefused):
        webhook.verify(delivery(), None)


def test_an_order_s_push_is_about_the_sale_and_its_hand_over() -> None:
    assert webhook.notices(delivery()) == (
        Notice("orders", ("o-1",)),
        Notice("fulfillments", ("o-1",)),
    )


def test_a_count_s_push_names_each_position_once() -> None:
    at = {"catalog_object_id": "V", "location_id": "L"}
    counts = [{**at, "state": "IN_STOCK"}, {**at, "state": "SOLD"}, {**at, "location_id": "M"}]
    told = {"type": "inventory.count.updated", "data": {"object": {"inventory_counts": counts}}}
    positions = (PositionRef("V", "L"), PositionRef("V", "M"))
    assert webhook.notices(delivery(json.dumps(told).encode())) == (
        Notice("stock", positions=positions),
    )


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"", ""),
        (b"{", ""),
        (b"[]", ""),
        (b"{}", "type"),
        (b'{"type": null}', "type"),
        (b'{"type": "order.updated"}', "data"),
        (b'{"type": "order.updated", "data": {"id": ""}}', "data.id"),
        (b'{"type": "customer.deleted", "data": {}}', "data.id"),
        (b'{"type": "inventory.count.updated", "data": {}}', "data.object"),
    ],
)
def test_a_push_that_names_nothing_is_broken(body: bytes, path: str) -> None:
    with pytest.raises(MalformedPayload) as caught:
        webhook.notices(delivery(body))
    assert caught.value.path == path


def test_a_push_of_another_type_concerns_nobody() -> None:
    assert webhook.notices(delivery(b'{"type": "payment.created", "data": {"id": "p"}}')) == ()


async def test_subscribing_twice_makes_one_subscription_and_its_pushes_are_proven() -> None:
    async with staged(a_dataset()) as stage, receiver() as hooks:
        url, arrived = hooks
        for _ in range(2):
            await stage.connector.subscribe(url, deadline=stage.soon)
        assert stage.sandbox.traffic.requests == {
            "ListWebhookSubscriptions": 2,
            "CreateWebhookSubscription": 1,
        }
        await stage.act("sell", order=an_order("1-01"))
        await stage.sandbox.pushes.settle()
        ids = [stage.connector.verify(each) for each in arrived]
        assert len(set(ids)) == len(ids) == 3
        told = [notice for each in arrived for notice in stage.connector.notices(each)]
        variation = stage.sandbox.catalogue.id_of("SKU-1")
        assert sorted(told, key=lambda notice: notice.stream) == [
            Notice("customers", ("c-1",)),
            Notice("fulfillments", ("1-01",)),
            Notice("orders", ("1-01",)),
            Notice("stock", positions=(PositionRef(variation, "store-1"),)),
        ]


async def subscriptions(stage: Any) -> list[dict[str, Any]]:
    status, told = await call(stage, f"{HOOKS}?include_disabled=true")
    assert status == 200
    found: list[dict[str, Any]] = told["subscriptions"]
    return found


async def test_a_subscription_that_was_changed_is_mended_and_others_are_left_alone() -> None:
    async with staged(a_dataset()) as stage:
        other = {"name": "else", "event_types": ["payment.created"], "notification_url": URL}
        await call(stage, HOOKS, {"subscription": other})
        old = {"name": NAME, "event_types": ["order.created"], "notification_url": URL}
        await call(stage, HOOKS, {"subscription": {**old, "enabled": False}})
        await stage.connector.subscribe("https://trama.example/new", deadline=stage.soon)
        left, mended = await subscriptions(stage)
        assert left["event_types"] == ["payment.created"]
        assert mended["notification_url"] == "https://trama.example/new"
        assert (mended["enabled"], mended["event_types"]) == (True, list(webhook.TYPES))


@pytest.mark.parametrize("key", [None, "another-key-than-square-s"])
async def test_pushes_that_could_not_be_proven_are_said(key: str | None) -> None:
    async with staged(a_dataset(), signature_key=key) as stage:
        with pytest.raises(Unsupported, match="Developer Console") as caught:
            await stage.connector.subscribe(URL, deadline=stage.soon)
        assert SIGNATURE_KEY not in str(caught.value)
        assert [each["name"] for each in await subscriptions(stage)] == [NAME]
