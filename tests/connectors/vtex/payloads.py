"""VTEX's payloads as the sandbox writes them, and their mapping."""

import copy
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connectors.vtex import mapping, wire
from connectors.vtex.mapping import ItemCode
from connectors.vtex.sandbox.catalogue import Shelves
from connectors.vtex.sandbox.records import order_record
from gateway.connect.decoding import decode
from gateway.connect.testing.dataset import DataStock, OrderWord
from gateway.model.location import LocationRecord
from gateway.model.money import Money
from gateway.model.order import OrderRecord
from gateway.model.stock import StockRecord
from tests.connectors.staging import an_order

from .retail import a_dataset

READ_AT = datetime(2026, 11, 20, 12, 0, 1, tzinfo=UTC)


def record(word: OrderWord = "approved", **changes: Any) -> dict[str, Any]:
    order = an_order(word=word, **changes)
    return order_record(order, {"SKU-1": "18"}, {"SKU-1": "Shirt"}, {"store-1": "Loja Dois"})


def mapped(payload: object, item_code: ItemCode = "refId") -> OrderRecord:
    order = decode(json.dumps(payload).encode(), wire.Order)
    return mapping.map_order(order, READ_AT, item_code)


def brl(amount: str) -> Money:
    return Money(Decimal(amount), "BRL")


def a_balance(**changes: object) -> dict[str, Any]:
    shelves = Shelves()
    shelves.put(DataStock("SKU-1", "dc-1", 5, 2))
    balance: dict[str, Any] = shelves.inventory("18", "SKU-1")["balance"][0]
    return balance | changes


def map_balance(payload: object) -> StockRecord:
    balance = decode(json.dumps(payload).encode(), wire.Balance)
    return mapping.map_balance(balance, "SKU-1", READ_AT)


def a_warehouse(**changes: object) -> dict[str, Any]:
    shelves = Shelves()
    shelves.warehouses = {place.code: place for place in a_dataset().locations}
    return {**shelves.configured()[1], **changes}


def map_warehouse(payload: object) -> LocationRecord:
    warehouse = decode(json.dumps(payload).encode(), wire.Warehouse)
    return mapping.map_warehouse(warehouse, READ_AT)


def put(node: Any, path: Sequence[str | int], value: object) -> None:
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = copy.deepcopy(value)
