"""The sandbox's server: Square's addresses, its tokens and bounds, and what may happen there.

`put_order` changes an order alone; `sell` is a till's sale, which takes what it sells from stock.
Square does business in no country of the real: amounts in BRL are a stand-in's.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
from aiohttp import web

from connectors.square.sandbox import events, queries
from connectors.square.sandbox.access import (
    SIGNATURE_KEY,
    TOKEN,
    Fault,
    Refused,
    answer,
    bad_request,
    refusal,
    refused_caller,
)
from connectors.square.sandbox.catalogue import Catalogue
from connectors.square.sandbox.changes import Changes
from connectors.square.sandbox.counts import Counts, Place, seeded_counts
from connectors.square.sandbox.forms import Record
from connectors.square.sandbox.hooks import SECONDS, Hooks, retry_after
from connectors.square.sandbox.orders import location_of
from connectors.square.sandbox.paging import Key, paged, with_cursor
from connectors.square.sandbox.queries import asked
from connectors.square.sandbox.records import Profile, customer_record
from connectors.square.sandbox.store import Customers, Orders, Places
from gateway.connect.testing.dataset import (
    DataCustomer,
    DataLocation,
    DataOrder,
    Dataset,
    DataStock,
)
from gateway.connect.testing.pushes import Pushes
from gateway.connect.testing.sandbox import Sandbox, SandboxOptions
from gateway.connect.testing.traffic import Bucket

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# Square publishes no figures: these are more than the connector's manifest takes.
_RATE, _BURST = 30.0, 60.0


class SquareSandbox(Sandbox):
    """A Square account made of retail data."""

    title = "Square sandbox"

    def __init__(self, options: SandboxOptions) -> None:
        burst = _BURST * max(1.0, options.speed)
        self.bucket = Bucket(_RATE, burst, options.clock, options.speed)
        self.places = Places()
        self.catalogue = Catalogue()
        self.counts = Counts()
        self.changes = Changes(self.counts, self.catalogue, self.places, options.clock)
        self.orders = Orders(self.catalogue)
        self.customers = Customers(options.clock, options.speed)
        self.hooks = Hooks()
        super().__init__(options)
        self.acts = {
            "put_order": self._put_order,
            "sell": self._sell,
            "put_stock": self._put_stock,
            "show_stock": self._show_stock,
            "delete_stock": self._delete_stock,
            "put_customer": self._put_customer,
            "delete_customer": self._delete_customer,
            "put_location": self._put_location,
            "close_location": self._close_location,
            "push_unknown": self._push_unknown,
        }

    def make_pushes(self) -> Pushes:
        """Answer a sender that waits ten seconds for an answer, as Square does."""
        return Pushes(partial(retry_after, self.options.speed), SECONDS)

    def settings_for(self, url: str) -> dict[str, str]:
        """Answer the settings of a connector with every permission."""
        return {"endpoint": url, "access_token": TOKEN, "signature_key": SIGNATURE_KEY}

    def seed(self, dataset: Dataset) -> None:
        """Make an account of the data."""
        for place in dataset.locations:
            self.places.put(place)
        for item in dataset.items:
            self.catalogue.name(item)
        before = self.clock.now() - timedelta(days=1)
        seeded_counts(self.counts, self.catalogue, dataset.stock, before)
        for order in dataset.orders:
            self.orders.put(order)
            self.customers.seed(order.customer, order.placed_at)

    async def operation_of(self, request: web.Request) -> str:
        """Answer Square's name of the operation."""
        return request.match_info.route.name or "Unknown"

    def add_routes(self, app: web.Application) -> None:
        """Add Square's addresses, each behind the account's tokens and its rate."""
        hooks = "/v2/webhooks/subscriptions"
        counts = "/v2/inventory/counts/batch-retrieve"
        changes = "/v2/inventory/changes/batch-create"
        routes: list[tuple[str, str, str, Handler]] = [
            ("ListLocations", "GET", "/v2/locations", self._locations),
            ("SearchOrders", "POST", "/v2/orders/search", self._search_orders),
            ("BatchRetrieveOrders", "POST", "/v2/orders/batch-retrieve", self._orders),
            ("BatchRetrieveInventoryCounts", "POST", counts, self._counts),
            ("BatchChangeInventory", "POST", changes, self._change),
            ("SearchCustomers", "POST", "/v2/customers/search", self._search_customers),
            ("BulkRetrieveCustomers", "POST", "/v2/customers/bulk-retrieve", self._customers),
            ("BatchRetrieveCatalogObjects", "POST", "/v2/catalog/batch-retrieve", self._objects),
            ("SearchCatalogObjects", "POST", "/v2/catalog/search", self._search_objects),
            ("ListWebhookSubscriptions", "GET", hooks, self._subscriptions),
            ("CreateWebhookSubscription", "POST", hooks, self._subscribe),
            ("UpdateWebhookSubscription", "PUT", f"{hooks}/{{subscription_id}}", self._resubscribe),
        ]
        for name, method, path, handler in routes:
            app.router.add_route(method, path, partial(self._guarded, name, handler), name=name)

    async def _guarded(
        self, operation: str, handler: Handler, request: web.Request
    ) -> web.StreamResponse:
        refused = refused_caller(request, operation)
        if refused is not None:
            return refused
        if self.bucket.take():
            detail = "Your application is sending too many requests."
            return refusal(429, "RATE_LIMIT_ERROR", Fault("RATE_LIMITED", detail))
        try:
            return await handler(request)
        except Refused as error:
            return bad_request(error)

    async def _locations(self, request: web.Request) -> web.Response:
        return answer({"locations": self.places.records()})

    async def _search_orders(self, request: web.Request) -> web.Response:
        told = asked(await request.read(), queries.SearchOrders)
        told.check()
        times = told.times
        found = [
            order
            for order in self.orders.at(told.location_ids or ())
            if (times.created_at is None or times.created_at.has(order.placed_at))
            and (times.updated_at is None or times.updated_at.has(order.updated_at))
        ]
        page, cursor = paged(
            found, _order_key(told.sort), [told.location_ids, told.query], told.cursor, told.limit
        )
        return answer(with_cursor({"orders": [self.orders.record(each) for each in page]}, cursor))

    async def _orders(self, request: web.Request) -> web.Response:
        told = asked(await request.read(), queries.BatchRetrieveOrders)
        return answer({"orders": self.orders.records(told.order_ids)})

    async def _counts(self, request: web.Request) -> web.Response:
        told = asked(await request.read(), queries.BatchRetrieveCounts)
        found: Sequence[Place] = ()
        if told.states is None or "IN_STOCK" in told.states:
            found = self.counts.find(told.catalog_object_ids, told.location_ids, told.updated_after)
        query = [told.catalog_object_ids, told.location_ids, told.updated_after, told.states]
        page, cursor = paged(found, self.counts.newest_first, query, told.cursor, told.limit)
        return answer(with_cursor({"counts": [self.counts.record(at) for at in page]}, cursor))

    async def _change(self, request: web.Request) -> web.Response:
        written = self.changes.write(await request.read())
        self._tell_counts(written.places)
        return answer(written.answer)

    async def _search_customers(self, request: web.Request) -> web.Response:
        told = asked(await request.read(), queries.SearchCustomers)
        query = told.query or queries.CustomerQuery()
        updated = query.filter.updated_at if query.filter else None
        found = [
            each
            for each in self.customers.found()
            if updated is None or updated.has(each.updated_at)
        ]
        is_newest_first = query.sort is not None and query.sort.order == "DESC"
        key = partial(_customer_key, is_newest_first)
        page, cursor = paged(found, key, told.query, told.cursor, told.limit)
        body: Record = {"customers": [customer_record(each) for each in page]}
        if told.count:
            body["count"] = len(found)
        return answer(with_cursor(body, cursor))

    async def _customers(self, request: web.Request) -> web.Response:
        told = asked(await request.read(), queries.BulkRetrieveCustomers)
        return answer({"responses": {ref: self._customer(ref) for ref in told.customer_ids}})

    def _customer(self, ref: str) -> Record:
        profile = self.customers.get(ref)
        if profile is not None:
            return {"customer": customer_record(profile)}
        error = {
            "category": "INVALID_REQUEST_ERROR",
            "code": "NOT_FOUND",
            "detail": f"Customer with ID `{ref}` not found.",
        }
        return {"errors": [error]}

    async def _objects(self, request: web.Request) -> web.Response:
        told = asked(await request.read(), queries.BatchRetrieveObjects)
        return answer({"objects": self.catalogue.records(told.object_ids)})

    async def _search_objects(self, request: web.Request) -> web.Response:
        told = asked(await request.read(), queries.SearchObjects)
        values = told.query.set_query.attribute_values
        return answer({"objects": self.catalogue.find(values)})

    async def _subscriptions(self, request: web.Request) -> web.Response:
        with_disabled = request.query.get("include_disabled") == "true"
        return answer({"subscriptions": self.hooks.records(with_disabled=with_disabled)})

    async def _subscribe(self, request: web.Request) -> web.Response:
        told = asked(await request.read(), queries.WriteSubscription)
        return answer({"subscription": self.hooks.create(told.subscription)})

    async def _resubscribe(self, request: web.Request) -> web.Response:
        told = asked(await request.read(), queries.WriteSubscription)
        known = self.hooks.update(request.match_info["subscription_id"], told.subscription)
        if known is None:
            fault = Fault("NOT_FOUND", "No such subscription.")
            return refusal(404, "INVALID_REQUEST_ERROR", fault)
        return answer({"subscription": known})

    def _put_order(self, told: dict[str, Any]) -> dict[str, str]:
        order = msgspec.convert(told["order"], DataOrder)
        order = msgspec.structs.replace(order, updated_at=self.clock.now())
        if location_of(order) is None:
            return {}
        if order.customer.ref:
            self._put_person(order.customer)
        for body in events.order_events(self.orders.put(order), order):
            self.hooks.push(self.pushes, body)
        return {}

    def _sell(self, told: dict[str, Any]) -> dict[str, str]:
        """Sell at a till; one that was offline tells of it later: `placed_at` is when it was."""
        order, now = msgspec.convert(told["order"], DataOrder), self.clock.now()
        sold = [
            place
            for line in order.lines
            if self.counts.sell(
                place := (self.catalogue.id_of(line.sku), line.location),
                line.quantity,
                order.placed_at,
                now,
            )
        ]
        self._put_order(told)
        self._tell_counts(sold)
        return {}

    def _put_stock(self, told: dict[str, Any]) -> dict[str, str]:
        stock, now = msgspec.convert(told["stock"], DataStock), self.clock.now()
        self.catalogue.add([stock.sku])
        place = (self.catalogue.id_of(stock.sku), stock.location)
        self.counts.count(place, stock.on_hand, now, now)
        self._tell_counts([place])
        return {}

    def _show_stock(self, told: dict[str, Any]) -> dict[str, int]:
        tally = self.counts.get((self.catalogue.id_of(told["sku"]), told["location"]))
        if tally is None:
            return {"quantity": 0, "effects": 0}
        return {"quantity": tally.on_hand, "effects": tally.changes}

    def _tell_counts(self, places: Sequence[Place]) -> None:
        for first in range(0, len(places), 100):
            counts = [self.counts.record(place) for place in places[first : first + 100]]
            self.hooks.push(self.pushes, events.count_event(counts, self.clock.now()))

    def _delete_stock(self, told: dict[str, Any]) -> dict[str, str]:
        self.counts.drop((self.catalogue.id_of(told["sku"]), told["location"]))
        return {}

    def _put_customer(self, told: dict[str, Any]) -> dict[str, str]:
        self._put_person(msgspec.convert(told["customer"], DataCustomer))
        return {}

    def _put_person(self, customer: DataCustomer) -> None:
        before, after = self.customers.put(customer)
        if before is not after:
            kind = "created" if before is None else "updated"
            self.hooks.push(self.pushes, events.customer_event(kind, after, self.clock.now()))

    def _delete_customer(self, told: dict[str, Any]) -> dict[str, str]:
        gone = self.customers.drop(told["ref"])
        if gone is not None:
            body = events.customer_event("deleted", gone, self.clock.now())
            self.hooks.push(self.pushes, body)
        return {}

    def _put_location(self, told: dict[str, Any]) -> dict[str, str]:
        self.places.put(msgspec.convert(told["location"], DataLocation))
        return {}

    def _close_location(self, told: dict[str, Any]) -> dict[str, str]:
        self.places.close(told["code"])
        return {}

    def _push_unknown(self, told: dict[str, Any]) -> dict[str, str]:
        self.hooks.push_to_all(self.pushes, events.unknown_event(self.clock.now()))
        return {}


def _order_key(sort: queries.OrderSort) -> Callable[[DataOrder], Key]:
    sign = 1.0 if sort.sort_order == "ASC" else -1.0
    is_by_update = sort.sort_field == "UPDATED_AT"

    def key(order: DataOrder) -> Key:
        moment = order.updated_at if is_by_update else order.placed_at
        return sign * moment.timestamp(), order.ref

    return key


def _customer_key(is_newest_first: bool, profile: Profile) -> Key:
    moment = profile.created_at.timestamp()
    return (-moment if is_newest_first else moment), profile.customer.ref
