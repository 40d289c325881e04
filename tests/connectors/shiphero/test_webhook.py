"""ShipHero's webhooks: who may push, what is believed of a push."""

import json
from typing import Any

import pytest

from connectors.shiphero import webhook
from gateway.connect.errors import DeliveryRefused, MalformedPayload, Unsupported
from gateway.connect.records import Notice, RawDelivery
from gateway.connect.testing.dataset import DataStock
from gateway.model.stock import PositionRef
from tests.connectors.staging import NOW

from .callers import data, receiver
from .retail import STORE, a_dataset, an_order, staged

SECRETS = ("between-us", "another")
BODY = b'{"webhook_type": "Order Allocated", "partner_order_id": "MO351"}'


def delivery(
    body: bytes = BODY, told: str | None = None, message: str | None = "m-1"
) -> RawDelivery:
    headers = {"content-type": "application/json"}
    headers["x-shiphero-hmac-sha256"] = webhook.signature(body, "another") if told is None else told
    if message is not None:
        headers["x-shiphero-message-id"] = message
    return RawDelivery(headers, body, "https://trama.example/hooks/shiphero", NOW)


def test_the_signature_is_hmac_sha256_over_the_raw_body_in_base64() -> None:
    assert webhook.signature(b"{}", "k") == "rdhTsQP7zJNqGU+esV4pxP8Ir25H1dG8pPICGOMeT/8="


def test_a_signed_push_is_known_by_its_message_id_or_its_body() -> None:
    assert webhook.verify(delivery(), SECRETS) == "m-1"
    unnamed = webhook.verify(delivery(message=None), SECRETS)
    assert len(unnamed) == 64
    assert webhook.verify(delivery(message=None), SECRETS) == unnamed


@pytest.mark.parametrize("place", [0, 17, len(BODY) - 1])
def test_one_flipped_bit_of_the_body_is_refused(place: int) -> None:
    flipped = bytes(byte ^ (1 if i == place else 0) for i, byte in enumerate(BODY))
    told = webhook.signature(BODY, "another")
    with pytest.raises(DeliveryRefused):
        webhook.verify(delivery(flipped, told), SECRETS)


@pytest.mark.parametrize("told", ["", "x", "ÿ", webhook.signature(BODY, "stranger")])
def test_another_signature_is_refused(told: str) -> None:
    with pytest.raises(DeliveryRefused):
        webhook.verify(delivery(told=told), SECRETS)


@pytest.mark.parametrize("secrets", [(), ("",)])
def test_without_a_secret_every_push_is_refused(secrets: tuple[str, ...]) -> None:
    with pytest.raises(DeliveryRefused):
        webhook.verify(delivery(), secrets)


@pytest.mark.parametrize(
    ("body", "notice"),
    [
        # https://developer.shiphero.com/webhooks/ (2026-11), shortened to what is read.
        (
            {"webhook_type": "Order Allocated", "partner_order_id": "MO351", "ready_to_ship": 1},
            Notice("fulfillments", ("MO351",)),
        ),
        (
            {"webhook_type": "Order Canceled", "partner_order_id": "9035013-2"},
            Notice("fulfillments", ("9035013-2",)),
        ),
        (
            {
                "test": "0",
                "webhook_type": "Shipment Update",
                "fulfillment": {"partner_order_id": "test-track-url", "shipment_id": 315518042},
            },
            Notice("fulfillments", ("test-track-url",)),
        ),
        (
            {
                "webhook_type": "Inventory Update",
                "inventory": [
                    {
                        "sku": "100100",
                        "inventory": "37",
                        "updated_warehouse": {"warehouse_uuid": "V2FyZWhvdXNlOjEzODQx"},
                    }
                ],
            },
            Notice("stock", positions=(PositionRef("100100", "V2FyZWhvdXNlOjEzODQx"),)),
        ),
        (
            {
                "webhook_type": "Inventory Change",
                "sku": "007",
                "warehouse_uuid": "V2FyZWhvdXNlOjc2NzMz",
            },
            Notice("stock", positions=(PositionRef("007", "V2FyZWhvdXNlOjc2NzMz"),)),
        ),
    ],
)
def test_a_push_names_what_to_read_and_nothing_more(body: Any, notice: Notice) -> None:
    assert webhook.notices(delivery(json.dumps(body).encode())) == (notice,)


@pytest.mark.parametrize("kind", ["PO Update", "Tote Complete", "Something New"])
def test_a_topic_of_nobody_s_concerns_nobody(kind: str) -> None:
    assert webhook.notices(delivery(json.dumps({"webhook_type": kind}).encode())) == ()


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"", ""),
        (b"{", ""),
        (b"[]", ""),
        (b"{}", "webhook_type"),
        (b'{"webhook_type": 5}', "webhook_type"),
        (b'{"webhook_type": "Order Canceled"}', "partner_order_id"),
        (b'{"webhook_type": "Shipment Update", "fulfillment": null}', "fulfillment"),
        (b'{"webhook_type": "Inventory Update", "inventory": [{}]}', "inventory[0].sku"),
        (b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", ""),
    ],
)
def test_a_push_that_names_nothing_is_broken(body: bytes, path: str) -> None:
    with pytest.raises(MalformedPayload) as caught:
        webhook.notices(delivery(body))
    assert caught.value.path == path


async def test_what_happens_is_pushed_signed_and_each_push_is_a_hint() -> None:
    async with receiver() as (url, arrived), staged(a_dataset(an_order("1-01"))) as stage:
        await stage.connector.subscribe(url, deadline=stage.soon)
        await stage.act("put_order", order=an_order("2-01"))
        await stage.act("put_order", order=an_order("2-01", "shipped"))
        await stage.act("put_order", order=an_order("2-01", "delivered"))
        await stage.act("put_order", order=an_order("3-01", "created"))
        await stage.act("put_order", order=an_order("1-01", "canceled"))
        await stage.act("put_stock", stock=DataStock("SKU-1", "store-1", 3))
        await stage.sandbox.pushes.settle()
        ids = {stage.connector.verify(each) for each in arrived}
        assert len(ids) == len(arrived) == 5
        told = {
            (json.loads(each.body)["webhook_type"], stage.connector.notices(each))
            for each in arrived
        }
        at = PositionRef("SKU-1", STORE)
        assert told == {
            ("Order Allocated", (Notice("fulfillments", ("2-01",)),)),
            ("Shipment Update", (Notice("fulfillments", ("2-01",)),)),
            ("Order Canceled", (Notice("fulfillments", ("1-01",)),)),
            ("Inventory Update", (Notice("stock", positions=(at,)),)),
            ("Inventory Change", (Notice("stock", positions=(at,)),)),
        }


WEBHOOKS = "{ webhooks { data(first: 50) { edges { node { name url shop_name } } } } }"


async def test_subscribing_twice_changes_nothing_and_elsewhere_moves_them() -> None:
    async with staged(a_dataset()) as stage:
        for url, writes in (("http://a/", 6), ("http://a/", 6), ("http://b/", 12)):
            await stage.connector.subscribe(url, deadline=stage.soon)
            listed = (await data(stage, WEBHOOKS))["webhooks"]["data"]["edges"]
            nodes = [edge["node"] for edge in listed]
            assert {node["name"] for node in nodes} == set(webhook.TYPES)
            assert [(node["url"], node["shop_name"]) for node in nodes] == [(url, "trama")] * 6
            assert stage.sandbox.traffic.requests["CreateWebhook"] == writes
        assert stage.sandbox.traffic.requests["DeleteWebhook"] == 6


async def test_a_push_that_could_not_be_proven_is_not_asked_for() -> None:
    async with staged(a_dataset()) as stage:
        silent = stage.another(hook_secret=None)
        with pytest.raises(Unsupported, match="hook_secret"):
            await silent.subscribe("http://a/", deadline=stage.soon)
        await silent.close()
        mistaken = stage.another(hook_secret="one two")
        with pytest.raises(Unsupported, match="by hand"):
            await mistaken.subscribe("http://a/", deadline=stage.soon)
        await mistaken.close()
        assert (await data(stage, WEBHOOKS))["webhooks"]["data"]["edges"] == []
