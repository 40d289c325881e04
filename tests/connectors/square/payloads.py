"""Square's payloads as the sandbox writes them, and their mapping."""

import copy
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connectors.square import mapping, wire
from connectors.square.handover import map_handover
from connectors.square.mapping import Items
from connectors.square.sandbox.orders import order_record
from connectors.square.sandbox.records import (
    Profile,
    Quantity,
    count_record,
    customer_record,
    location_record,
)
from gateway.connect.decoding import decode
from gateway.connect.testing.dataset import OrderWord
from gateway.model.customer import CustomerRecord
from gateway.model.location import LocationRecord
from gateway.model.money import Money
from gateway.model.order import FulfillmentRecord, OrderRecord
from gateway.model.stock import StockRecord
from tests.connectors.staging import CUSTOMER, NOW, an_order

from .retail import a_dataset

READ_AT = datetime(2026, 11, 20, 12, 0, 1, tzinfo=UTC)
ITEMS = Items({"VAR1": "SKU-1", "VAR2": None}.get)


def record(word: OrderWord = "delivered", **changes: Any) -> dict[str, Any]:
    return order_record(an_order(word=word, **changes), lambda sku: "VAR1", lambda sku: "Shirt")


def mapped(payload: object, items: Items = ITEMS) -> OrderRecord:
    return mapping.map_order(decode(json.dumps(payload).encode(), wire.Order), items, READ_AT)


def handed_over(payload: object, items: Items = ITEMS) -> FulfillmentRecord:
    return map_handover(decode(json.dumps(payload).encode(), wire.Order), items, READ_AT)


def brl(amount: str) -> Money:
    return Money(Decimal(amount), "BRL")


def a_count(**changes: object) -> dict[str, Any]:
    return {**count_record("VAR1", "dc-1", Quantity(5, NOW)), **changes}


def map_count(payload: object) -> StockRecord:
    return mapping.map_count(decode(json.dumps(payload).encode(), wire.Count), ITEMS, READ_AT)


def a_customer(**changes: object) -> dict[str, Any]:
    return {**customer_record(Profile(CUSTOMER, NOW, NOW)), **changes}


def map_customer(payload: object) -> CustomerRecord:
    return mapping.map_customer(decode(json.dumps(payload).encode(), wire.Customer), READ_AT)


def a_location(**changes: object) -> dict[str, Any]:
    return {**location_record(a_dataset().locations[1], is_open=True), **changes}


def map_location(payload: object) -> LocationRecord:
    return mapping.map_location(decode(json.dumps(payload).encode(), wire.Location), READ_AT)


def put(node: Any, path: Sequence[str | int], value: object) -> None:
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = copy.deepcopy(value)
