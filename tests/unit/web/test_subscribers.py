"""How many connections and subscriptions a caller and a process may have open."""

from typing import Any

import pytest

from gateway.model.principal import Principal, PrincipalKind
from gateway.settings import LimitsSettings
from gateway.web.refusals import Refusal
from gateway.web.subscribers import Subscribers, Transport

SELLER = Principal("key:seller", PrincipalKind.PARTNER, frozenset())
SHOP = Principal("key:shop", PrincipalKind.STOREFRONT, frozenset())
HOME, OFFICE = "192.0.2.1", "192.0.2.2"


def subscribers(**told: Any) -> Subscribers:
    return Subscribers(LimitsSettings.model_validate(told))


def refusal(happening: pytest.ExceptionInfo[Refusal]) -> tuple[int, str, str]:
    told = happening.value
    return told.status, told.code, told.headers["Retry-After"]


def test_a_caller_has_so_many_connections_and_no_more() -> None:
    ours = subscribers(partner={"connections": 2})
    with ours.seat(Transport.WEBSOCKET) as one, ours.seat(Transport.EVENT_STREAM) as two:
        one.assign(SELLER, HOME)
        two.assign(SELLER, HOME)
        with (
            ours.seat(Transport.WEBSOCKET) as three,
            pytest.raises(Refusal) as refused,
        ):
            three.assign(SELLER, OFFICE)
        assert refusal(refused) == (429, "TOO_MANY_CONNECTIONS", "10")
        assert ours.connections == {Transport.WEBSOCKET: 1, Transport.EVENT_STREAM: 1}
    with ours.seat(Transport.WEBSOCKET) as again:
        again.assign(SELLER, HOME)


def test_shoppers_of_one_key_are_told_apart_by_their_addresses() -> None:
    ours = subscribers(storefront={"connections": 1})
    with (
        ours.seat(Transport.WEBSOCKET) as here,
        ours.seat(Transport.WEBSOCKET) as there,
        ours.seat(Transport.WEBSOCKET) as again,
    ):
        here.assign(SHOP, HOME)
        there.assign(SHOP, OFFICE)
        with pytest.raises(Refusal, match="this caller has 1 connections open already"):
            again.assign(SHOP, HOME)


def test_subscriptions_are_counted_over_all_connections_of_a_caller() -> None:
    ours = subscribers(partner={"subscriptions": 2})
    with ours.seat(Transport.WEBSOCKET) as one, ours.seat(Transport.EVENT_STREAM) as two:
        one.assign(SELLER, HOME)
        two.assign(SELLER, HOME)
        one.subscribe()
        two.subscribe()
        with pytest.raises(Refusal) as refused:
            one.subscribe()
        assert refusal(refused) == (429, "TOO_MANY_SUBSCRIPTIONS", "10")
        two.unsubscribe()
        one.subscribe()
    assert sum(ours.subscriptions.values()) == 0, "a seat that is left takes them with it"


def test_the_process_has_so_many_in_all() -> None:
    ours = subscribers(live={"max_connections": 2, "max_subscriptions": 1})
    with ours.seat(Transport.WEBSOCKET) as one, ours.seat(Transport.WEBSOCKET) as two:
        with pytest.raises(Refusal) as refused:
            ours.seat(Transport.WEBSOCKET)
        assert refusal(refused) == (503, "TOO_MANY_CONNECTIONS", "10")
        one.assign(SELLER, HOME)
        two.assign(SHOP, HOME)
        one.subscribe()
        with pytest.raises(Refusal) as refused:
            two.subscribe()
        assert refusal(refused) == (503, "TOO_MANY_SUBSCRIPTIONS", "10")
        assert ours.subscriptions == {(Transport.WEBSOCKET, PrincipalKind.PARTNER): 1}
    with ours.seat(Transport.WEBSOCKET):
        assert ours.connections == {Transport.WEBSOCKET: 1}
