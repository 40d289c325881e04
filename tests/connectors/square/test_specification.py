"""What is sent, answered and read, against Square's published specification, strictly."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

import msgspec
from aiohttp import web

from connectors.square import operations, webhook, wire
from connectors.square.client import VERSION
from connectors.square.sandbox import SquareSandbox
from gateway.connect.records import StockLevel
from gateway.connect.testing.dataset import DataStock, OrderWord
from gateway.connect.testing.sandbox import Handler
from gateway.model.stock import PositionRef
from tests.connectors.staging import CUSTOMER, an_order

from . import specification
from .callers import receiver
from .retail import a_dataset, staged
from .specification import (
    CHANGE,
    COUNTS,
    CUSTOMERS,
    EVENTS,
    LOCATIONS,
    OBJECTS,
    ORDERS,
    RESUBSCRIBE,
    SEARCH_CUSTOMERS,
    SEARCH_OBJECTS,
    SEARCH_ORDERS,
    SUBSCRIBE,
    SUBSCRIPTIONS,
)

WORDS: tuple[OrderWord, ...] = (
    "created", "approved", "processing", "invoiced", "shipped", "delivered", "canceled",
    "unavailable",
)  # fmt: skip
OPERATIONS = {
    LOCATIONS, SEARCH_ORDERS, ORDERS, COUNTS, CHANGE, SEARCH_CUSTOMERS, CUSTOMERS, OBJECTS,
    SEARCH_OBJECTS, SUBSCRIPTIONS, SUBSCRIBE, RESUBSCRIBE,
}  # fmt: skip


@dataclass(frozen=True)
class Exchange:
    """A request that the connector sent, and the sandbox's answer."""

    operation: tuple[str, str]
    query: set[str]
    version: str
    sent: bytes
    status: int
    answered: bytes


class WatchedSandbox(SquareSandbox):
    """Keeps every exchange with Square's addresses."""

    def app(self) -> web.Application:
        self.exchanges: list[Exchange] = []
        app = super().app()
        app.middlewares.append(self._watch)
        return app

    @web.middleware
    async def _watch(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        sent = await request.read()
        response = await handler(request)
        resource = request.match_info.route.resource
        if resource is not None and not request.path.startswith("/_sandbox/"):
            assert isinstance(response, web.Response)
            assert isinstance(response.body, bytes)
            self.exchanges.append(
                Exchange(
                    (request.method.lower(), resource.canonical),
                    set(request.query),
                    request.headers.get("Square-Version", ""),
                    sent,
                    response.status,
                    response.body,
                )
            )
        return response


async def everything() -> list[Exchange]:
    """Use every call of the connector on orders of every word and answer what went over."""
    orders = [an_order(f"{i}-01", word) for i, word in enumerate(WORDS)]
    orders += [an_order("90-01", paid="20.00"), an_order("91-01", paid="30.00")]
    async with staged(a_dataset(*orders), WatchedSandbox) as stage:
        assert isinstance(stage.sandbox, WatchedSandbox)
        connector, soon = stage.connector, stage.soon
        await connector.check(deadline=soon)
        assert len((await connector.order_walk(None, deadline=soon)).items) == 10
        await connector.order_changes(None, deadline=soon)
        await connector.orders_by_ref(["1-01", "absent"], deadline=soon)
        await connector.location_walk(None, deadline=soon)
        await connector.stock_walk(None, deadline=soon)
        await connector.stock_changes(None, deadline=soon)
        other = stage.another()
        await other.stock_levels([PositionRef("SKU-1", "dc-1")], deadline=soon)
        await other.close()
        level = StockLevel(PositionRef("SKU-1", "dc-1"), 4, stage.clock.now())
        assert await connector.publish_stock([level], deadline=soon) == [None]
        await connector.customer_walk(None, deadline=soon)
        await connector.customer_changes(None, deadline=soon)
        await connector.customers_by_ref(["c-1", "absent"], deadline=soon)
        await connector.subscribe(f"{stage.url}/_sandbox/traffic/reset", deadline=soon)
        await connector.subscribe(f"{stage.url}/_sandbox/traffic", deadline=soon)
        return stage.sandbox.exchanges


async def test_what_goes_over_the_wire_is_what_square_declares() -> None:
    exchanges = await everything()
    assert {one.operation for one in exchanges} == OPERATIONS
    found = [(one.operation, fault) for one in exchanges for fault in request_faults(one)]
    found += [(one.operation, fault) for one in exchanges for fault in answer_faults(one)]
    assert found == []
    print(f"square: {len(exchanges)} of {len(exchanges)} exchanges checked")


def request_faults(one: Exchange) -> Iterator[str]:
    for name in one.query - specification.parameters(one.operation):
        yield f"undeclared parameter {name}"
    if one.version != VERSION:
        yield f"Square-Version {one.version!r}"
    if one.sent:
        name = specification.request_name(one.operation)
        yield from specification.faults(json.loads(one.sent), name)


def answer_faults(one: Exchange) -> Iterator[str]:
    if one.status != 200:
        yield f"status {one.status}"
    name = specification.answer_name(one.operation)
    yield from specification.faults(json.loads(one.answered), name)


async def test_what_is_pushed_is_what_square_declares() -> None:
    async with staged(a_dataset(an_order("1-01", "processing"))) as stage, receiver() as hooks:
        url, arrived = hooks
        await stage.connector.subscribe(url, deadline=stage.soon)
        await stage.act("put_order", order=an_order("1-01", "invoiced"))
        await stage.act("sell", order=an_order("2-01", lines=an_order().lines))
        await stage.act("put_stock", stock=DataStock("SKU-1", "dc-1", 3))
        changed = msgspec.structs.replace(CUSTOMER, last_name="Lima")
        await stage.act("put_customer", customer=changed)
        await stage.act("put_customer", customer=msgspec.structs.replace(CUSTOMER, ref="c-2"))
        await stage.act("delete_customer", ref="c-2")
        await stage.sandbox.pushes.settle()
        bodies = [json.loads(each.body) for each in arrived]
    assert {body["type"] for body in bodies} == set(EVENTS) == set(webhook.TYPES)
    found = [specification.faults(body, EVENTS[body["type"]]) for body in bodies]
    assert found == [set()] * len(bodies)


def test_the_check_bites() -> None:
    name = "BatchRetrieveInventoryCountsResponse"
    told = specification.example(name)
    count = {**told["counts"][0], "shelf": "A", "quantity": 79}
    assert specification.faults({**told, "counts": [count]}, name) == {
        "counts[0]: undeclared shelf",
        "counts[0].quantity: type",
    }
    order = {"location_id": "1", "total_money": {"amount": 1, "centavos": 2}, "source": {"x": 1}}
    assert specification.faults({"orders": [order]}, "SearchOrdersResponse") == {
        "orders[0].total_money: undeclared centavos",
        "orders[0].source: undeclared x",
    }


def test_every_permission_is_named_as_square_names_it() -> None:
    told = {
        (each.method.lower(), each.path): each.scope
        for each in vars(operations).values()
        if isinstance(each, operations.Operation) and each.path != SUBSCRIBE[1]
    }
    assert {at: [scope] for at, scope in told.items()} == {
        at: specification.scopes(at) for at in OPERATIONS - {SUBSCRIPTIONS, SUBSCRIBE, RESUBSCRIBE}
    }
    assert specification.scopes(SUBSCRIBE) == []


def test_every_field_that_is_read_is_declared() -> None:
    read: list[tuple[type[msgspec.Struct], str, tuple[str, ...]]] = [
        (wire.OrderPage, specification.answer_name(SEARCH_ORDERS), ()),
        (wire.OrderBatch, specification.answer_name(ORDERS), ()),
        (wire.Order, "Order", ()),
        (wire.CountPage, specification.answer_name(COUNTS), ()),
        (wire.Answer, specification.answer_name(CHANGE), ()),
        (wire.Count, "InventoryCount", ()),
        (wire.CountItem, "InventoryCount", ()),
        (wire.CountPlace, "InventoryCount", ()),
        (wire.CountLocation, "InventoryCount", ()),
        (wire.CatalogBatch, specification.answer_name(OBJECTS), ()),
        (wire.CatalogPage, specification.answer_name(SEARCH_OBJECTS), ()),
        (wire.CustomerPage, specification.answer_name(SEARCH_CUSTOMERS), ()),
        (wire.CustomerBatch, specification.answer_name(CUSTOMERS), ()),
        (wire.Customer, "Customer", ()),
        (wire.LocationList, specification.answer_name(LOCATIONS), ()),
        (wire.Location, "Location", ()),
        (wire.SubscriptionPage, specification.answer_name(SUBSCRIPTIONS), ()),
        (wire.SubscriptionAnswer, specification.answer_name(SUBSCRIBE), ()),
        (wire.SubscriptionAnswer, specification.answer_name(RESUBSCRIBE), ()),
        *((wire.Ident, name, ()) for name in ("Order", "Customer", "Location")),
        *((webhook.Kind, name, ()) for name in EVENTS.values()),
        *((webhook.Event, name, ()) for name in EVENTS.values()),
        *(
            (webhook.NamedBody, name, ())
            for kind, name in EVENTS.items()
            if not kind.startswith("inventory")
        ),
        (webhook.CountedBody, EVENTS["inventory.count.updated"], ()),
    ]
    fields = [(name, (*start, *path)) for kind, name, start in read for path in paths_of(kind)]
    undeclared = [
        (name, path) for name, path in fields if not specification.is_declared(path, name)
    ]
    assert undeclared == []
    covered = {kind for kind, _, _ in read}
    assert (records_in(wire) | records_in(webhook)) - covered == set()
    print(f"square: {len(fields)} of {len(fields)} fields that are read are declared")


def records_in(module: Any) -> set[type]:
    """Answer the wire types of a module that no other of its types holds."""
    every = {
        kind
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, msgspec.Struct)
        and kind.__module__ == module.__name__
        and msgspec.structs.fields(kind)
    }
    return every - {
        held for kind in every for f in msgspec.structs.fields(kind) for held in structs_in(f.type)
    }


def paths_of(struct: type[msgspec.Struct]) -> Iterator[tuple[str, ...]]:
    for field in msgspec.structs.fields(struct):
        yield (field.encode_name,)
        told = str(field.type)
        step = ("[]",) if "tuple" in told else ("{}",) if told.startswith("dict") else ()
        for held in structs_in(field.type):
            for path in paths_of(held):
                yield (field.encode_name, *step, *path)


def structs_in(annotation: Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
    for part in get_args(annotation):
        yield from structs_in(part)
