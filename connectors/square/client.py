"""Square's calls, one function each, in Square's terms."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import orjson

from connectors.square import operations, wire
from connectors.square.operations import Operation
from connectors.square.settings import SquareSettings
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.definition import ConnectContext
from gateway.connect.errors import UpstreamFault
from gateway.connect.http import Response
from gateway.connect.wording import words_of

VERSION = "2025-08-20"
PAGE = 100
GROUP = 10
ORDERS = 100
CUSTOMERS = 100
# Thirty items at thirty locations are at most 900 counts, and an answer holds 1,000.
LEVELS = 30
COUNTS = 1000
CHANGES = 100
OBJECTS = 1000
SKUS = 250

# What a write is refused with: of the request as it is, not of the caller.
_REFUSED = (400, 404)

# Square's guide asks to back off after a 429 and names no time.
THROTTLED_SECONDS = 5.0

T = TypeVar("T", bound=wire.Answer)


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """What Square answered, and when it was asked."""

    content: T
    started_at: datetime


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
        return await self._ask(operations.LOCATIONS, None, deadline)

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
        return await self._ask(operations.SEARCH_ORDERS, _after(body, cursor), deadline)

    async def orders(self, ids: Sequence[str], deadline: Deadline) -> Told[wire.OrderBatch]:
        """POST ids of orders, a hundred at most."""
        return await self._ask(operations.ORDERS, {"order_ids": list(ids)}, deadline)

    async def search_counts(
        self, since: datetime | None, cursor: str | None, deadline: Deadline, limit: int = PAGE
    ) -> Told[wire.CountPage]:
        """POST for the counts of all stock, or of what changed after a moment, newest first."""
        body: dict[str, Any] = {"states": ["IN_STOCK"], "limit": limit}
        if since is not None:
            body["updated_after"] = instant(since)
        return await self._ask(operations.COUNTS, _after(body, cursor), deadline)

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
        return await self._ask(operations.COUNTS, _after(body, cursor), deadline)

    async def change(
        self, counts: Sequence[dict[str, Any]], deadline: Deadline
    ) -> tuple[wire.Fault, ...]:
        """POST physical counts, a hundred at most; answer what Square refuses the request for.

        The same counts have one effect, however often they are sent. Square is asked to take those
        too that are as the last count was: something may have been sold since.
        """
        changes = [{"type": "PHYSICAL_COUNT", "physical_count": each} for each in counts]
        key = hashlib.sha256(orjson.dumps(changes)).hexdigest()
        body = {"idempotency_key": key, "changes": changes, "ignore_unchanged_counts": False}
        response = await self._send(operations.CHANGES, body, deadline, answers=_REFUSED)
        if response.status not in _REFUSED:
            self._read(operations.CHANGES, response)
            return ()
        told = decode(response.body, wire.Answer).errors
        return told or (wire.Fault(str(response.status)),)

    async def search_customers(
        self, since: datetime | None, cursor: str | None, deadline: Deadline, limit: int = PAGE
    ) -> Told[wire.CustomerPage]:
        """POST a search: all customers, or those updated since a moment, the oldest first."""
        query: dict[str, Any] = {"sort": {"field": "CREATED_AT", "order": "ASC"}}
        if since is not None:
            query["filter"] = {"updated_at": {"start_at": instant(since)}}
        body = {"query": query, "limit": limit, "count": True}
        return await self._ask(operations.SEARCH_CUSTOMERS, _after(body, cursor), deadline)

    async def customers(self, ids: Sequence[str], deadline: Deadline) -> Told[wire.CustomerBatch]:
        """POST ids of customers, a hundred at most."""
        return await self._ask(operations.CUSTOMERS, {"customer_ids": list(ids)}, deadline)

    async def objects(self, ids: Sequence[str], deadline: Deadline) -> Told[wire.CatalogBatch]:
        """POST ids of the catalogue, a thousand at most; what was deleted is told too."""
        body = {"object_ids": list(ids), "include_deleted_objects": True}
        return await self._ask(operations.OBJECTS, body, deadline)

    async def variations(
        self, skus: Sequence[str], cursor: str | None, deadline: Deadline
    ) -> Told[wire.CatalogPage]:
        """POST SKUs, 250 at most; Square compares them without regard to case."""
        body = {
            "object_types": ["ITEM_VARIATION"],
            "query": {"set_query": {"attribute_name": "sku", "attribute_values": list(skus)}},
            "limit": OBJECTS,
        }
        return await self._ask(operations.SEARCH_OBJECTS, _after(body, cursor), deadline)

    async def subscriptions(
        self, cursor: str | None, deadline: Deadline
    ) -> Told[wire.SubscriptionPage]:
        """GET a page of the application's webhook subscriptions."""
        query = {"include_disabled": "true", "limit": str(PAGE)}
        params = query if cursor is None else {**query, "cursor": cursor}
        return await self._ask(operations.SUBSCRIPTIONS, None, deadline, params)

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
        address, scope = f"{operations.SUBSCRIPTIONS.path}{path}", operations.SUBSCRIPTIONS.scope
        operation = Operation(
            name, method, address, wire.SubscriptionAnswer, scope, is_repeatable=False
        )
        return await self._ask(operation, {"subscription": subscription}, deadline)

    async def _ask(
        self,
        operation: Operation[T],
        body: dict[str, Any] | None,
        deadline: Deadline,
        params: dict[str, str] | None = None,
    ) -> Told[T]:
        """Send a call; raises UpstreamFault for an answer with errors."""
        response = await self._send(operation, body, deadline, params)
        return Told(self._read(operation, response), response.started_at)

    def _read(self, operation: Operation[T], response: Response) -> T:
        content = decode(response.body, operation.answer)
        if content.errors:
            what = words(content.errors[0])
            raise UpstreamFault(f"{operation.name} answers with an error: {what}")
        return content

    async def _send(
        self,
        operation: Operation[T],
        body: object,
        deadline: Deadline,
        params: dict[str, str] | None = None,
        answers: Collection[int] = (),
    ) -> Response:
        return await self._session.request(
            operation.method,
            operation.path,
            operation=operation.name,
            deadline=deadline,
            params=params,
            json=body,
            scope=operation.scope,
            retry=operation.is_repeatable,
            answers=answers,
        )


def words(fault: wire.Fault) -> str:
    """Answer what Square says of a fault, as far as an error may repeat it."""
    return words_of(f"{fault.code}: {fault.detail or 'no reason'}")


def instant(moment: datetime) -> str:
    """Write a time as RFC 3339."""
    text = moment.astimezone(UTC).isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z")


def _after(body: dict[str, Any], cursor: str | None) -> dict[str, Any]:
    return body if cursor is None else {**body, "cursor": cursor}
