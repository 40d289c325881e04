"""Square's calls, one function each, in Square's terms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from connectors.square import wire
from connectors.square.settings import SquareSettings
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.definition import ConnectContext
from gateway.connect.errors import UpstreamFault
from gateway.connect.wording import words_of

VERSION = "2025-08-20"
PAGE = 100
GROUP = 10
ORDERS = 100
CUSTOMERS = 100
# Thirty items at thirty locations are at most 900 counts, and an answer holds 1,000.
LEVELS = 30
COUNTS = 1000
OBJECTS = 1000
SKUS = 250

# Square's guide asks to back off after a 429 and names no time.
THROTTLED_SECONDS = 5.0

T = TypeVar("T", bound=wire.Answer)


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """What Square answered, and when it was asked."""

    content: T
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Operation(Generic[T]):
    """A call: its name, method and address, the form of its answer and the permission it needs."""

    name: str
    method: str
    path: str
    answer: type[T]
    scope: str
    is_read: bool = True


_LOCATIONS = Operation(
    "ListLocations", "GET", "/v2/locations", wire.LocationList, "MERCHANT_PROFILE_READ"
)
_SEARCH_ORDERS = Operation(
    "SearchOrders", "POST", "/v2/orders/search", wire.OrderPage, "ORDERS_READ"
)
_ORDERS = Operation(
    "BatchRetrieveOrders", "POST", "/v2/orders/batch-retrieve", wire.OrderBatch, "ORDERS_READ"
)
_COUNTS = Operation(
    "BatchRetrieveInventoryCounts",
    "POST",
    "/v2/inventory/counts/batch-retrieve",
    wire.CountPage,
    "INVENTORY_READ",
)
_SEARCH_CUSTOMERS = Operation(
    "SearchCustomers", "POST", "/v2/customers/search", wire.CustomerPage, "CUSTOMERS_READ"
)
_CUSTOMERS = Operation(
    "BulkRetrieveCustomers",
    "POST",
    "/v2/customers/bulk-retrieve",
    wire.CustomerBatch,
    "CUSTOMERS_READ",
)
_OBJECTS = Operation(
    "BatchRetrieveCatalogObjects",
    "POST",
    "/v2/catalog/batch-retrieve",
    wire.CatalogBatch,
    "ITEMS_READ",
)
_SEARCH_OBJECTS = Operation(
    "SearchCatalogObjects", "POST", "/v2/catalog/search", wire.CatalogPage, "ITEMS_READ"
)
_SUBSCRIPTIONS = Operation(
    "ListWebhookSubscriptions",
    "GET",
    "/v2/webhooks/subscriptions",
    wire.SubscriptionPage,
    "a personal access token",
)


class SquareClient:
    """One account's API."""

    def __init__(self, settings: SquareSettings, context: ConnectContext) -> None:
        headers = {
            "Accept": "application/json",
            "Authorization": f"Bearer {settings.access_token.reveal()}",
            "Square-Version": VERSION,
        }
        self._session = context.session(settings.endpoint, headers, THROTTLED_SECONDS)

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def locations(self, deadline: Deadline) -> Told[wire.LocationList]:
        """GET every location, closed ones too."""
        return await self._ask(_LOCATIONS, None, deadline)

    async def search_orders(
        self,
        locations: Sequence[str],
        since: datetime | None,
        cursor: str | None,
        deadline: Deadline,
        limit: int = PAGE,
    ) -> Told[wire.OrderPage]:
        """POST a search: all orders of ten locations at most, or those updated since a moment."""
        query: dict[str, Any] = {"sort": {"sort_field": "CREATED_AT", "sort_order": "DESC"}}
        if since is not None:
            updated = {"updated_at": {"start_at": instant(since)}}
            query = {
                "filter": {"date_time_filter": updated},
                "sort": {"sort_field": "UPDATED_AT", "sort_order": "ASC"},
            }
        body = {"location_ids": list(locations), "query": query, "limit": limit}
        return await self._ask(_SEARCH_ORDERS, _after(body, cursor), deadline)

    async def orders(self, ids: Sequence[str], deadline: Deadline) -> Told[wire.OrderBatch]:
        """POST ids of orders, a hundred at most."""
        return await self._ask(_ORDERS, {"order_ids": list(ids)}, deadline)

    async def search_counts(
        self, since: datetime | None, cursor: str | None, deadline: Deadline, limit: int = PAGE
    ) -> Told[wire.CountPage]:
        """POST for the counts of all stock, or of what changed after a moment, newest first."""
        body: dict[str, Any] = {"states": ["IN_STOCK"], "limit": limit}
        if since is not None:
            body["updated_after"] = instant(since)
        return await self._ask(_COUNTS, _after(body, cursor), deadline)

    async def counts(
        self,
        objects: Sequence[str],
        locations: Sequence[str],
        cursor: str | None,
        deadline: Deadline,
    ) -> Told[wire.CountPage]:
        """POST for the counts of these variations at these locations."""
        body = {
            "catalog_object_ids": list(objects),
            "location_ids": list(locations),
            "states": ["IN_STOCK"],
            "limit": COUNTS,
        }
        return await self._ask(_COUNTS, _after(body, cursor), deadline)

    async def search_customers(
        self, since: datetime | None, cursor: str | None, deadline: Deadline, limit: int = PAGE
    ) -> Told[wire.CustomerPage]:
        """POST a search: all customers, or those updated since a moment, the oldest first."""
        query: dict[str, Any] = {"sort": {"field": "CREATED_AT", "order": "ASC"}}
        if since is not None:
            query["filter"] = {"updated_at": {"start_at": instant(since)}}
        body = {"query": query, "limit": limit, "count": True}
        return await self._ask(_SEARCH_CUSTOMERS, _after(body, cursor), deadline)

    async def customers(self, ids: Sequence[str], deadline: Deadline) -> Told[wire.CustomerBatch]:
        """POST ids of customers, a hundred at most."""
        return await self._ask(_CUSTOMERS, {"customer_ids": list(ids)}, deadline)

    async def objects(self, ids: Sequence[str], deadline: Deadline) -> Told[wire.CatalogBatch]:
        """POST ids of the catalogue, a thousand at most; what was deleted is told too."""
        body = {"object_ids": list(ids), "include_deleted_objects": True}
        return await self._ask(_OBJECTS, body, deadline)

    async def variations(
        self, skus: Sequence[str], cursor: str | None, deadline: Deadline
    ) -> Told[wire.CatalogPage]:
        """POST SKUs, 250 at most; Square compares them without regard to case."""
        body = {
            "object_types": ["ITEM_VARIATION"],
            "query": {"set_query": {"attribute_name": "sku", "attribute_values": list(skus)}},
            "limit": OBJECTS,
        }
        return await self._ask(_SEARCH_OBJECTS, _after(body, cursor), deadline)

    async def subscriptions(
        self, cursor: str | None, deadline: Deadline
    ) -> Told[wire.SubscriptionPage]:
        """GET a page of the application's webhook subscriptions."""
        query = {"include_disabled": "true", "limit": str(PAGE)}
        params = query if cursor is None else {**query, "cursor": cursor}
        return await self._ask(_SUBSCRIPTIONS, None, deadline, params)

    async def subscribe(
        self, subscription: dict[str, Any], deadline: Deadline
    ) -> Told[wire.SubscriptionAnswer]:
        """POST a new webhook subscription, once."""
        return await self._write("CreateWebhookSubscription", "POST", "", subscription, deadline)

    async def resubscribe(
        self, subscription_id: str, subscription: dict[str, Any], deadline: Deadline
    ) -> Told[wire.SubscriptionAnswer]:
        """PUT a webhook subscription; its key stays."""
        path = f"/{quote(subscription_id, safe='')}"
        return await self._write("UpdateWebhookSubscription", "PUT", path, subscription, deadline)

    async def _write(
        self, name: str, method: str, path: str, subscription: dict[str, Any], deadline: Deadline
    ) -> Told[wire.SubscriptionAnswer]:
        address, scope = f"{_SUBSCRIPTIONS.path}{path}", _SUBSCRIPTIONS.scope
        operation = Operation(name, method, address, wire.SubscriptionAnswer, scope, is_read=False)
        return await self._ask(operation, {"subscription": subscription}, deadline)

    async def _ask(
        self,
        operation: Operation[T],
        body: dict[str, Any] | None,
        deadline: Deadline,
        params: dict[str, str] | None = None,
    ) -> Told[T]:
        """Send a call; a read is sent again when the connection breaks."""
        response = await self._session.request(
            operation.method,
            operation.path,
            operation=operation.name,
            deadline=deadline,
            params=params,
            json=body,
            scope=operation.scope,
            retry=operation.is_read,
        )
        content = decode(response.body, operation.answer)
        if content.errors:
            fault = content.errors[0]
            what = words_of(f"{fault.code}: {fault.detail or 'no reason'}")
            raise UpstreamFault(f"{operation.name} answers with an error: {what}")
        return Told(content, response.started_at)


def instant(moment: datetime) -> str:
    """Write a time as RFC 3339."""
    text = moment.astimezone(UTC).isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z")


def _after(body: dict[str, Any], cursor: str | None) -> dict[str, Any]:
    return body if cursor is None else {**body, "cursor": cursor}
