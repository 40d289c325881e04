"""ShipHero's payloads as the sandbox writes them, in the connector's selection; their mapping."""

import copy
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.shiphero import mapping, wire
from connectors.shiphero.sandbox.records import order_record, stock_record, warehouse_record
from gateway.connect.decoding import decode
from gateway.connect.testing.dataset import DataOrder, DataStock
from gateway.model.location import LocationRecord
from gateway.model.order import FulfillmentRecord
from gateway.model.stock import StockRecord
from tests.connectors.staging import NOW

from .retail import DC, STORE, a_dataset

READ_AT = datetime(2026, 11, 20, 12, 0, 1, tzinfo=UTC)
WAREHOUSES = {"dc-1": DC, "store-1": STORE}
_MORE = {"hasNextPage": False}


def connection(rows: list[Any]) -> dict[str, Any]:
    return {"edges": [{"node": row} for row in rows], "pageInfo": dict(_MORE)}


def order_payload(order: DataOrder) -> dict[str, Any]:
    """Answer an order node: the record with its lists as connections."""
    record = copy.deepcopy(order_record(order, 1, WAREHOUSES.__getitem__))
    record["line_items"] = connection(record["line_items"])
    for shipment in record["shipments"]:
        shipment["line_items"] = connection(shipment["line_items"])
    return record


def map_order(payload: object) -> tuple[FulfillmentRecord, ...]:
    order = decode(json.dumps(payload).encode(), wire.Order)
    return mapping.map_order(order, READ_AT)


def a_level(**changes: object) -> dict[str, Any]:
    return {**stock_record(DataStock("SKU-1", "dc-1", 5, 2, 1), 1, DC, NOW), **changes}


def map_level(payload: object) -> StockRecord:
    level = decode(json.dumps(payload).encode(), wire.WarehouseProduct)
    return mapping.map_level(level, READ_AT)


def a_warehouse(**changes: object) -> dict[str, Any]:
    return {**warehouse_record(a_dataset().locations[1], 2), **changes}


def map_warehouse(payload: object) -> LocationRecord:
    warehouse = decode(json.dumps(payload).encode(), wire.Warehouse)
    return mapping.map_warehouse(warehouse, READ_AT)


def put(node: Any, path: Sequence[str | int], value: object) -> None:
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = copy.deepcopy(value)
