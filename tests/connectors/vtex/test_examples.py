"""VTEX's own published examples map; they are read where TRAMA_SPECS says."""

import json

import pytest

from connectors.vtex import mapping, wire
from connectors.vtex.webhook import notices
from gateway.connect.decoding import decode
from gateway.connect.records import Notice, RawDelivery
from gateway.model.order import ChannelState
from tests.connectors.staging import NOW

from . import specification
from .specification import (
    FEED,
    FEED_CONFIG,
    INVENTORY,
    ORDER,
    ORDERS,
    SET_FEED,
    SET_HOOK,
    WAREHOUSES,
)

# Where VTEX's own examples break VTEX's own schema. None of these members is read here.
EXAMPLES_AGAINST_THEIR_SCHEMA = {
    ORDER: {
        # The schema calls it priceDefinitions.
        "items[0]: undeclared priceDefinition",
        # The schema calls it selectedDeliveryChannel.
        "shippingData.logisticsInfo[0]: undeclared deliveryChannel",
        "shippingData.logisticsInfo[0].slas[0]: undeclared deliveryChannel",
        "shippingData.logisticsInfo[0].slas[1]: undeclared deliveryChannel",
    },
    # The schema, and the request, write it with a capital M.
    FEED_CONFIG: {"queue: undeclared messageRetentionPeriodInSeconds"},
}


@pytest.mark.parametrize("operation", [ORDER, ORDERS, FEED_CONFIG, FEED, INVENTORY, WAREHOUSES])
def test_an_example_keeps_to_its_schema_or_is_named_here(operation: tuple[str, str]) -> None:
    example = specification.answer_example(*operation)
    found = specification.faults(example, specification.answer_schema(*operation))
    assert found == EXAMPLES_AGAINST_THEIR_SCHEMA.get(operation, set())


def test_vtex_s_own_order_maps() -> None:
    raw = json.dumps(specification.answer_example(*ORDER)).encode()
    order = mapping.map_order(decode(raw, wire.Order), NOW, "refId")
    assert (order.ref, order.number, order.native_status) == (
        "1172452900788-01",
        "502556",
        "handling",
    )
    assert order.state is ChannelState.HANDLING
    assert str(order.total.amount) == "11.60"
    assert order.updated_at is not None
    assert order.updated_at.isoformat() == "2024-02-06T20:46:11.701074+00:00"
    assert [line.item for line in order.lines] == ["BIGBML"]
    assert order.customer is not None
    assert order.customer.ref == "5660c55f-714d-4b14-88a7-b03e9bfbdd2y"


def test_vtex_s_own_feed_item_maps() -> None:
    (item,) = specification.answer_example(*FEED)
    raw = json.dumps(item).encode()
    assert decode(raw, wire.OrderRef).order_id == "953712004126-01"
    assert decode(raw, wire.FeedHandle).handle == item["handle"]
    assert mapping.STATES[item["state"]] is ChannelState.CONFIRMED


def test_vtex_s_own_inventory_maps() -> None:
    raw = json.dumps(specification.answer_example(*INVENTORY)).encode()
    rows = decode(raw, wire.Inventory).balance
    levels = [mapping.map_balance(decode(row, wire.Balance), "10", NOW) for row in rows]
    assert [(level.position.location, level.on_hand, level.committed) for level in levels] == [
        ("1fabf84", 0, 0),
        ("14e3fcc", 0, 0),
        ("102e53e", 0, 0),
    ]


def test_vtex_s_own_warehouses_map() -> None:
    raw = json.dumps(specification.answer_example(*WAREHOUSES)).encode()
    rows = decode(raw, tuple[wire.Warehouse, ...])
    assert [mapping.map_warehouse(row, NOW).ref for row in rows] == ["1937054", "140ac66"]


def test_vtex_s_own_push_names_its_order() -> None:
    body = json.dumps(specification.answer_example(*SET_HOOK)).encode()
    delivery = RawDelivery({}, body, "https://trama.example/hooks/vtex", NOW)
    assert notices(delivery) == (Notice("orders", ("v52277740atmc-01",)),)


def test_every_state_that_a_feed_can_be_filtered_by_is_known() -> None:
    found = specification.operation(*SET_FEED)
    assert found is not None
    declared, spec = found
    body = specification.resolve(declared["requestBody"], spec)["content"]["application/json"]
    feed = specification.resolve(body["schema"], spec)["properties"]["filter"]
    states = specification.resolve(feed, spec)["properties"]["status"]["description"]
    listed = [line[2:].strip(" .") for line in states.splitlines() if line.startswith("- ")]
    assert len(listed) == 30
    assert [state for state in listed if state not in mapping.STATES] == []
    described = specification.parameters(*ORDERS)["f_status"]["description"]
    filters = described.split("`")[1::2]
    assert [state for state in filters if state not in mapping.STATES] == []
