"""How the schema's fields find their values: dictionaries by name, lists by page."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLError, GraphQLObjectType, GraphQLSchema

from connectors.shiphero.sandbox.costs import DEFAULT_FIRST, MOST, Quota
from connectors.shiphero.sandbox.hooks import Hooks
from connectors.shiphero.sandbox.records import ACCOUNT_ID, STATUSES
from connectors.shiphero.sandbox.store import Orders, Rows, Shelves, Span, Warehouses
from gateway.connect.testing.dataset import DataOrder

_PREFIX = "arrayconnection:"
_PAGED = (
    ("OrdersQueryResult", "data"),
    ("WarehouseProductsQueryResult", "data"),
    ("WebhooksQueryResult", "data"),
    ("Order", "line_items"),
    ("Shipment", "line_items"),
)


class NotFoundHere(GraphQLError):
    """A query of one thing that the account does not have: code 5."""


@dataclass(slots=True)
class Asked:
    """One request: what it may cost, and the rows that it brought."""

    request_id: str
    cost: int
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """Everything that is read."""

    warehouses: Warehouses
    shelves: Shelves
    orders: Orders
    hooks: Hooks
    quota: Quota

    def attach(self, schema: GraphQLSchema) -> None:
        """Give the schema's fields their resolvers."""
        for type_name, name in _PAGED:
            _field(schema, type_name, name).resolve = _resolve_page
        for name, resolve in self._resolvers().items():
            _field(schema, "Query", name).resolve = resolve
        for name, change in (
            ("webhook_create", self._create_webhook),
            ("webhook_delete", self._delete_webhook),
        ):
            _field(schema, "Mutation", name).resolve = change

    def _resolvers(self) -> dict[str, Callable[..., Any]]:
        return {
            "account": self._account,
            "order": self._order,
            "orders": self._orders,
            "warehouse_products": self._warehouse_products,
            "webhooks": self._webhooks,
            "user_quota": self._user_quota,
        }

    def _account(self, _: Any, info: Any) -> dict[str, Any]:
        account = {
            "id": ACCOUNT_ID,
            "legacy_id": 1,
            "email": "sandbox@example.com",
            "username": "sandbox",
            "status": "active",
            "is_3pl": False,
            "is_multi_warehouse": True,
            "warehouses": self.warehouses.all(),
        }
        return _result(info, account)

    def _order(self, _: Any, info: Any, **asked: str) -> dict[str, Any]:
        record = self.orders.by_id(asked["id"])
        if record is None:
            raise NotFoundHere("Order not found")
        return _result(info, record)

    def _orders(self, _: Any, info: Any, **asked: Any) -> dict[str, Any]:
        ref = asked.pop("partner_order_id", None)
        return _result(info, self.orders.rows(ref, _order_filter(asked)))

    def _warehouse_products(
        self,
        _: Any,
        info: Any,
        sku: str | None = None,
        warehouse_id: str | None = None,
        updated_from: str | None = None,
        updated_to: str | None = None,
    ) -> dict[str, Any]:
        span = Span(_moment(updated_from), _moment(updated_to))
        return _result(info, self.shelves.rows(sku, warehouse_id, span))

    def _webhooks(self, _: Any, info: Any) -> dict[str, Any]:
        return _result(info, self.hooks.rows())

    def _user_quota(self, _: Any, info: Any) -> dict[str, Any]:
        return {
            "credits_remaining": self.quota.remaining,
            "max_available": MOST,
            "increment_rate": int(self.quota.rate),
        }

    def _create_webhook(self, _: Any, info: Any, data: dict[str, Any]) -> dict[str, Any]:
        return {**_result(info, None), "webhook": self.hooks.create(data)}

    def _delete_webhook(self, _: Any, info: Any, data: dict[str, Any]) -> dict[str, Any]:
        if not self.hooks.delete(data):
            raise NotFoundHere("Webhook not found")
        return _result(info, None)


def _field(schema: GraphQLSchema, type_name: str, name: str) -> Any:
    found = schema.type_map[type_name]
    assert isinstance(found, GraphQLObjectType)
    return found.fields[name]


def _result(info: Any, data: Any) -> dict[str, Any]:
    asked: Asked = info.context
    return {"request_id": asked.request_id, "complexity": asked.cost, "data": data}


def _order_filter(asked: dict[str, Any]) -> Callable[[DataOrder], bool] | None:
    if not asked:
        return None
    number, status = asked.get("order_number"), asked.get("fulfillment_status")
    updated = Span(_moment(asked.get("updated_from")), _moment(asked.get("updated_to")))
    dated = Span(_moment(asked.get("order_date_from")), _moment(asked.get("order_date_to")))

    def fits(order: DataOrder) -> bool:
        return (
            (number is None or order.number == number)
            and (status is None or STATUSES[order.word] == status)
            and updated.has(order.updated_at)
            and dated.has(order.placed_at)
        )

    return fits


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise GraphQLError(f"not a time: {text}") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _resolve_page(
    source: dict[str, Any], info: Any, first: int | None = None, after: str | None = None
) -> dict[str, Any]:
    """Answer a page of a list: its cursors are places counted from the front."""
    found = source[info.field_name]
    rows = found if isinstance(found, Rows) else Rows(found, _itself)
    size = DEFAULT_FIRST if first is None else first
    start = 0 if after is None else _place(after) + 1
    keys = rows.keys[start : start + size]
    info.context.rows += len(keys)
    edges = [
        {"node": rows.make(key), "cursor": _cursor(start + nth)} for nth, key in enumerate(keys)
    ]
    return {
        "edges": edges,
        "pageInfo": {
            "hasNextPage": start + len(keys) < len(rows.keys),
            "hasPreviousPage": start > 0,
            "startCursor": edges[0]["cursor"] if edges else None,
            "endCursor": edges[-1]["cursor"] if edges else None,
        },
    }


def _itself(row: Any) -> Any:
    return row


def _cursor(place: int) -> str:
    return base64.b64encode(f"{_PREFIX}{place}".encode()).decode()


def _place(cursor: str) -> int:
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix(_PREFIX))
    except (ValueError, binascii.Error) as error:
        raise GraphQLError("not a cursor") from error
