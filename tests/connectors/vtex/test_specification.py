"""What is sent, answered and read, against VTEX's published specification, strictly."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

import msgspec
from aiohttp import web

from connectors.vtex import wire
from connectors.vtex.sandbox import VtexSandbox
from gateway.connect.records import StockLevel
from gateway.connect.testing.dataset import OrderWord
from gateway.connect.testing.sandbox import Handler
from gateway.model.stock import PositionRef
from tests.connectors.staging import an_order

from . import specification
from .retail import a_dataset, staged
from .specification import (
    COMMIT,
    FEED,
    FEED_CONFIG,
    INVENTORY,
    ORDER,
    ORDERS,
    SET_FEED,
    SET_HOOK,
    SET_QUANTITY,
    WAREHOUSES,
)

# VTEX's catalogue is documented on its site; its specification is not among the files.
NOT_IN_THE_FILES = {
    ("get", "/api/catalog_system/pvt/sku/stockkeepingunitids"),
    ("get", "/api/catalog/pvt/stockkeepingunit/{skuId}"),
    ("post", "/api/catalog_system/pub/sku/stockkeepingunitidsbyrefids"),
}


@dataclass(frozen=True)
class Exchange:
    """A request that the connector sent, and the sandbox's answer."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    sent: bytes
    status: int
    answered: bytes

    @property
    def operation(self) -> tuple[str, str]:
        return self.method.lower(), self.path


class WatchedSandbox(VtexSandbox):
    """Keeps every exchange with VTEX's addresses."""

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
            body = response.body if isinstance(response.body, bytes) else b""
            self.exchanges.append(
                Exchange(
                    request.method,
                    resource.canonical,
                    dict(request.query),
                    {name.lower(): value for name, value in request.headers.items()},
                    sent,
                    response.status,
                    body,
                )
            )
        return response


async def everything() -> list[Exchange]:
    """Use every call of the connector on orders of every word and answer what went over."""
    words: tuple[OrderWord, ...] = (
        "created",
        "approved",
        "processing",
        "invoiced",
        "shipped",
        "delivered",
    )
    orders = [an_order(f"{i}-01", word) for i, word in enumerate(words)]
    orders += [
        an_order("90-01", "canceled"),
        an_order("91-01", "unavailable"),
        an_order("92-01", "delivered", lines=()),
        an_order("93-01", is_broken=True),
        an_order("94-01", is_beyond_window=True),
    ]
    async with staged(a_dataset(*orders), WatchedSandbox) as stage:
        assert isinstance(stage.sandbox, WatchedSandbox)
        connector, soon = stage.connector, stage.soon
        await connector.check(deadline=soon)
        told = await connector.order_changes(None, deadline=soon)
        await connector.acknowledge(told.receipts, deadline=soon)
        await connector.check(deadline=soon)
        assert len((await connector.order_walk(None, deadline=soon)).items) == 10
        await connector.location_walk(None, deadline=soon)
        await connector.stock_walk(None, deadline=soon)
        await connector.stock_levels([PositionRef("007", "dc-1")], deadline=soon)
        other = stage.another()
        await other.stock_levels([PositionRef("SKU-1", "dc-1")], deadline=soon)
        await other.subscribe(f"{stage.url}/_sandbox/traffic/reset", deadline=soon)
        level = StockLevel(PositionRef("SKU-1", "dc-1"), 4, stage.clock.now())
        await other.publish_stock([level], deadline=soon)
        await other.close()
        return stage.sandbox.exchanges


async def test_what_goes_over_the_wire_is_what_vtex_declares() -> None:
    exchanges = await everything()
    checked = [one for one in exchanges if one.operation not in NOT_IN_THE_FILES]
    assert {one.operation for one in checked} == {
        ORDER, ORDERS, FEED_CONFIG, SET_FEED, FEED, COMMIT, SET_HOOK, INVENTORY, SET_QUANTITY,
        WAREHOUSES,
    }  # fmt: skip
    assert {one.operation for one in exchanges} - NOT_IN_THE_FILES == {
        one.operation for one in checked
    }
    found = [(one.operation, fault) for one in checked for fault in request_faults(one)]
    found += [(one.operation, fault) for one in checked for fault in answer_faults(one)]
    assert found == []
    print(f"vtex: {len(checked)} of {len(exchanges)} exchanges checked against the specification")


def request_faults(one: Exchange) -> Iterator[str]:
    declared = specification.parameters(*one.operation)
    for name, value in one.query.items():
        parameter = declared.get(name.lower())
        if parameter is None or parameter["in"] != "query":
            yield f"undeclared parameter {name}"
        elif parameter["schema"]["type"] == "integer" and not value.isdigit():
            yield f"parameter {name} is no integer"
    for name, parameter in declared.items():
        given = one.headers if parameter["in"] == "header" else {n.lower() for n in one.query}
        if parameter.get("required") and parameter["in"] != "path" and name not in given:
            yield f"no {parameter['in']} {name}"
    if one.sent:
        schema = specification.request_schema(*one.operation)
        yield from specification.faults(json.loads(one.sent), schema)


def answer_faults(one: Exchange) -> Iterator[str]:
    if one.status == 404 and one.operation == FEED_CONFIG:
        return
    if one.status != specification.success(*one.operation):
        yield f"status {one.status}"
    elif one.operation == SET_HOOK or specification.answer_content(*one.operation) is None:
        # Of a hook that is set VTEX declares what it will push later, not what it answers.
        if one.answered:
            yield "a body where none is declared"
    else:
        schema = specification.answer_schema(*one.operation)
        yield from specification.faults(json.loads(one.answered), schema)


async def test_what_the_hook_pushes_is_what_vtex_declares() -> None:
    pushed: list[bytes] = []

    async def take(request: web.Request) -> web.Response:
        pushed.append(await request.read())
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    async with staged(a_dataset()) as stage:
        await stage.connector.subscribe(f"http://{host}:{port}/", deadline=stage.soon)
        await stage.act("put_order", order=an_order())
        await stage.sandbox.pushes.settle()
    await runner.cleanup()
    schema = specification.answer_schema(*SET_HOOK)
    assert [specification.faults(json.loads(body), schema) for body in pushed[1:]] == [set()]


def test_the_check_bites() -> None:
    example = specification.answer_example(*INVENTORY)
    example = {**example, "balance": [{**example["balance"][0], "shelf": "A", "leadTime": 3}]}
    schema = specification.answer_schema(*INVENTORY)
    assert specification.faults(example, schema) == {
        "balance[0]: undeclared shelf",
        "balance[0].leadTime: type",
    }


def test_every_field_that_is_read_is_declared() -> None:
    read: set[tuple[type[msgspec.Struct], tuple[str, str], tuple[str, ...]]] = {
        (wire.Order, ORDER, ()),
        (wire.OrderRef, ORDER, ()),
        (wire.OrderList, ORDERS, ()),
        (wire.OrderRef, ORDERS, ("list", "[]")),
        (wire.FeedConfig, FEED_CONFIG, ()),
        (wire.OrderRef, FEED, ("[]",)),
        (wire.FeedHandle, FEED, ("[]",)),
        (wire.HookBody, SET_HOOK, ()),
        (wire.HookDomain, SET_HOOK, ()),
        (wire.Inventory, INVENTORY, ()),
        (wire.Balance, INVENTORY, ("balance", "[]")),
        (wire.BalancePlace, INVENTORY, ("balance", "[]")),
        (wire.Warehouse, WAREHOUSES, ("[]",)),
        (wire.WarehouseRef, WAREHOUSES, ("[]",)),
    }
    fields = [
        (operation, (*start, *path))
        for struct, operation, start in read
        for path in paths_of(struct)
    ]
    undeclared = [
        (operation, path)
        for operation, path in fields
        if not is_declared(path, specification.answer_schema(*operation))
    ]
    assert undeclared == []
    covered = {struct for struct, _, _ in read}
    # The catalogue is not among the files; a quantity is sent, and read by nobody.
    assert wire_records() - covered == {wire.Sku, wire.InventoryQuantity}
    print(f"vtex: {len(fields)} of {len(fields)} fields that are read are declared")


def wire_records() -> set[type]:
    """Answer the wire types that no other wire type holds."""
    every = {
        kind
        for kind in vars(wire).values()
        if isinstance(kind, type)
        and issubclass(kind, msgspec.Struct)
        and msgspec.structs.fields(kind)
    }
    return every - {
        held for kind in every for f in msgspec.structs.fields(kind) for held in structs_in(f.type)
    }


def paths_of(struct: type[msgspec.Struct]) -> Iterator[tuple[str, ...]]:
    for field in msgspec.structs.fields(struct):
        yield (field.encode_name,)
        step = ("[]",) if "tuple" in str(field.type) else ()
        for held in structs_in(field.type):
            for path in paths_of(held):
                yield (field.encode_name, *step, *path)


def structs_in(annotation: Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
    for part in get_args(annotation):
        yield from structs_in(part)


def is_declared(path: tuple[str, ...], schema: dict[str, Any]) -> bool:
    for step in path:
        schema = schema.get("items", {}) if step == "[]" else schema.get("properties", {}).get(step)
        if not schema:
            return False
    return True
