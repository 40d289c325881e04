"""The Orders Hook: who may push, what is believed of a push."""

import json

import pytest

from connectors.vtex import webhook
from gateway.connect.errors import DeliveryRefused, MalformedPayload
from gateway.connect.records import Notice, RawDelivery
from gateway.connect.settings import Secret
from tests.connectors.staging import NOW

SECRET = Secret("between-us")
BODY = json.dumps({"Domain": "Marketplace", "OrderId": "1000-01", "State": "invoiced"}).encode()
PING = b'{"hookConfig": "ping"}'


def delivery(body: bytes = BODY, told: str | None = "between-us") -> RawDelivery:
    headers = {"content-type": "application/json"}
    if told is not None:
        headers["key"] = told
    return RawDelivery(headers, body, "https://trama.example/hooks/vtex", NOW)


def test_a_push_with_the_secret_is_known_by_its_body() -> None:
    first = webhook.verify(delivery(), SECRET)
    assert len(first) == 64
    assert webhook.verify(delivery(), SECRET) == first
    assert webhook.verify(delivery(BODY.replace(b"invoiced", b"handling")), SECRET) != first


@pytest.mark.parametrize("told", [None, "", "between-u", "between-us ", "Between-us", "ÿ"])
def test_a_push_without_the_secret_is_refused(told: str | None) -> None:
    with pytest.raises(DeliveryRefused):
        webhook.verify(delivery(told=told), SECRET)


@pytest.mark.parametrize("told", [None, "", "None"])
def test_without_a_secret_set_every_push_is_refused(told: str | None) -> None:
    with pytest.raises(DeliveryRefused):
        webhook.verify(delivery(told=told), None)


def test_the_ping_istaken_and_concerns_nobody() -> None:
    assert webhook.verify(delivery(PING, None), SECRET) == webhook.verify(delivery(PING), SECRET)
    assert webhook.notices(delivery(PING, None)) == ()


def test_a_push_names_its_order_and_nothing_more() -> None:
    assert webhook.notices(delivery()) == (Notice("orders", ("1000-01",)),)


def test_a_push_of_any_change_has_no_state_and_still_names_its_order() -> None:
    body = json.dumps(
        {
            "Domain": "OrdersDocumentUpdated",
            "OrderId": "v1-01",
            "State": "unknow",
            "LastState": None,
            "LastChange": "2026-11-20T12:00:00.1234567",
            "CurrentChange": "0001-01-01T00:00:00",
        }
    ).encode()
    assert webhook.notices(delivery(body)) == (Notice("orders", ("v1-01",)),)


def test_a_push_of_another_domain_is_read_only_where_it_names_an_order() -> None:
    assert webhook.notices(delivery(b'{"Domain": "Weather", "Sky": "blue"}')) == ()
    named = b'{"Domain": "Weather", "OrderId": "1000-01"}'
    assert webhook.notices(delivery(named)) == (Notice("orders", ("1000-01",)),)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b"", ""),
        (b"{", ""),
        (b"\xff", ""),
        (b"[]", ""),
        (b"{}", "OrderId"),
        (b'{"Domain": "Marketplace"}', "OrderId"),
        (b'{"Domain": null}', "OrderId"),
        (b'{"OrderId": null}', "OrderId"),
        (b'{"OrderId": ""}', "OrderId"),
        (b'{"OrderId": 5}', "OrderId"),
        (b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", ""),
    ],
)
def test_a_push_without_an_order_is_broken(body: bytes, path: str) -> None:
    with pytest.raises(MalformedPayload) as caught:
        webhook.notices(delivery(body))
    assert caught.value.path == path
