"""What is sent, answered and read, against Bling's published specification, strictly."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

import msgspec
from aiohttp import web

from connectors.bling import wire
from connectors.bling.sandbox import BlingSandbox
from connectors.bling.sandbox.forms import id_of
from connectors.bling.sandbox.server import API
from gateway.connect.records import StockLevel
from gateway.connect.testing.dataset import DataStock, OrderWord
from gateway.connect.testing.sandbox import Handler
from gateway.model.stock import PositionRef
from tests.connectors.staging import NOW

from . import specification
from .retail import a_dataset, an_order, order_ids, refs, staged
from .specification import (
    BALANCES,
    COMPANY,
    CONTACT,
    CONTACTS,
    DEPOSITS,
    INVOICE,
    INVOICES,
    ORDER,
    ORDERS,
    PRODUCTS,
    SITUATION,
    STOCK_RECORDS,
)

DECLARED_AS = {
    "/pedidos/vendas/{id}": ORDER,
    "/nfe/{id}": INVOICE,
    "/contatos/{id}": CONTACT,
    "/situacoes/{id}": SITUATION,
}
_STAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
# Tokens are named in the specification's security schemes, and pushes not at all.
TOKENS = "/oauth/token"


@dataclass(frozen=True)
class Exchange:
    """A request that the connector sent, and the sandbox's answer."""

    path: str
    query: tuple[tuple[str, str], ...]
    sent: bytes
    status: int
    answered: bytes


class WatchedSandbox(BlingSandbox):
    """Keeps every exchange with Bling's addresses."""

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
        assert resource is not None
        assert isinstance(response, web.Response)
        assert isinstance(response.body, bytes)
        path = resource.canonical.removeprefix(API)
        query = tuple(request.query.items())
        declared = DECLARED_AS.get(path, path)
        self.exchanges.append(Exchange(declared, query, sent, response.status, response.body))
        return response


async def everything() -> list[Exchange]:
    """Use every call of the connector on orders of every word and answer what went over."""
    words: tuple[OrderWord, ...] = (
        "created", "approved", "processing", "invoiced", "shipped", "delivered", "canceled",
    )  # fmt: skip
    orders = [an_order(f"{i:02}-01", word) for i, word in enumerate(words)]
    orders += [an_order(f"{i}-01", lines=(), paid="0.00") for i in range(10, 20)]
    dataset = a_dataset(*orders)
    dataset.stock.append(DataStock("007", "dc-1", -1))
    async with staged(dataset, WatchedSandbox) as stage:
        assert isinstance(stage.sandbox, WatchedSandbox)
        connector, soon = stage.connector, stage.soon
        await connector.check(deadline=soon)
        stage.act("put_situation", order="01-01", id=123456, name="Separando", inherits=15)
        for walk in (connector.order_walk, connector.invoice_walk, connector.customer_walk):
            page = await walk(None, deadline=soon)
            assert not any(ref is None for ref in refs(page))
            if page.next_cursor is not None:
                await walk(page.next_cursor, deadline=soon)
        await connector.order_changes(None, deadline=soon)
        await connector.customer_changes(None, deadline=soon)
        await connector.invoice_changes(None, deadline=soon)
        await connector.orders_by_ref(order_ids("01-01"), deadline=soon)
        places = await connector.location_walk(None, deadline=soon)
        await connector.location_walk(places.next_cursor, deadline=soon)
        await connector.stock_walk(None, deadline=soon)
        await stage.another().stock_levels([PositionRef("SKU-1", "1")], deadline=soon)
        dc = str(id_of("deposit", "dc-1"))
        levels = [StockLevel(PositionRef("SKU-1", at), 9, NOW) for at in (dc, "77")]
        told = await connector.publish_stock(levels, deadline=soon)
        assert [each is None for each in told] == [True, False]
        return stage.sandbox.exchanges


async def test_what_goes_over_the_wire_is_what_bling_declares() -> None:
    exchanges = await everything()
    checked = [one for one in exchanges if one.path != TOKENS]
    assert {one.path for one in checked} == {
        COMPANY, ORDERS, ORDER, INVOICES, INVOICE, CONTACTS, CONTACT, DEPOSITS, PRODUCTS, BALANCES,
        SITUATION, STOCK_RECORDS,
    }  # fmt: skip
    assert {one.status for one in exchanges if one.path != STOCK_RECORDS} == {200}
    assert [one.status for one in exchanges if one.path == STOCK_RECORDS] == [201, 400]
    found = [(one.path, fault) for one in checked for fault in request_faults(one)]
    found += [(one.path, fault) for one in checked for fault in answer_faults(one)]
    assert found == []
    print(f"bling: {len(checked)} of {len(exchanges)} exchanges checked against the specification")


def request_faults(one: Exchange) -> Iterator[str]:
    declared = specification.parameters(one.path)
    for name, value in one.query:
        parameter = declared.get(name)
        if parameter is None or parameter["in"] != "query":
            yield f"undeclared parameter {name}"
        else:
            yield from value_faults(name, value, parameter["schema"])
    told = {name for name, _ in one.query}
    for name, parameter in declared.items():
        if parameter.get("required") and parameter["in"] == "query" and name not in told:
            yield f"no parameter {name}"
    if one.sent:
        schema = specification.request_schema(one.path)
        yield from specification.faults(json.loads(one.sent), schema)


def value_faults(name: str, value: str, schema: dict[str, Any]) -> Iterator[str]:
    schema = schema.get("items", schema)
    if schema["type"] == "integer" and not value.isdigit():
        yield f"parameter {name} is no integer"
    elif "enum" in schema and value not in [str(each) for each in schema["enum"]]:
        yield f"parameter {name} is none of its values"
    elif schema.get("format") in ("datetime", "date") and not _STAMP.fullmatch(value):
        yield f"parameter {name} is no date and time"


def answer_faults(one: Exchange) -> Iterator[str]:
    schema = specification.answer_schema(one.path, one.status)
    yield from specification.faults(json.loads(one.answered), schema)


def test_the_check_bites() -> None:
    example = specification.answer_example(DEPOSITS)
    row = {**example["data"][0], "shelf": "A", "situacao": "1", "padrao": None}
    schema = specification.answer_schema(DEPOSITS)
    assert specification.faults({"data": [row]}, schema) == {
        "data[0]: undeclared shelf",
        "data[0].situacao: type",
        "data[0].situacao: enum",
        "data[0].padrao: type",
    }
    asked = Exchange(BALANCES, (("filtroSaldoEstoque", "3"), ("since", "now")), b"", 200, b"")
    assert set(request_faults(asked)) == {
        "parameter filtroSaldoEstoque is none of its values",
        "undeclared parameter since",
        "no parameter idsProdutos[]",
    }
    body = b'{"produto": {}, "operacao": "X", "quantidade": "1", "shelf": 1}'
    assert set(request_faults(Exchange(STOCK_RECORDS, (), body, 201, b""))) == {
        ": undeclared shelf",
        ": required",
        "produto: required",
        "operacao: enum",
        "quantidade: type",
    }


LISTED, ONE = ("data", "[]"), ("data",)
READ: set[tuple[type[msgspec.Struct], str, tuple[str, ...]]] = {
    (wire.Listed, ORDERS, ()),
    (wire.Single, ORDER, ()),
    (wire.Named, ORDERS, LISTED),
    (wire.Named, INVOICES, LISTED),
    (wire.Named, CONTACTS, LISTED),
    (wire.Named, PRODUCTS, LISTED),
    (wire.Order, ORDER, ONE),
    (wire.OrderSituation, SITUATION, ONE),
    (wire.Invoice, INVOICE, ONE),
    (wire.InvoiceRow, INVOICES, LISTED),
    (wire.Contact, CONTACT, ONE),
    (wire.Deposit, DEPOSITS, LISTED),
    (wire.Product, PRODUCTS, LISTED),
    (wire.CodedProducts, PRODUCTS, ()),
    (wire.Balance, BALANCES, LISTED),
    (wire.BalanceOf, BALANCES, LISTED),
    (wire.DepositBalance, BALANCES, (*LISTED, "depositos", "[]")),
    (wire.Company, COMPANY, ONE),
}
# Tokens, refusals for too many requests, and pushes: documented at the site, not in the file.
NOT_IN_THE_FILE = {wire.Grant, wire.Refusal, wire.Event, wire.EventId, wire.StockEvent,
                   wire.VirtualStockEvent}  # fmt: skip


def test_every_field_that_is_read_is_declared() -> None:
    fields = [
        (address, (*start, *path)) for struct, address, start in READ for path in paths_of(struct)
    ]
    undeclared = [
        (address, path)
        for address, path in fields
        if not is_declared(path, specification.answer_schema(address))
    ]
    refusal = specification.answer_schema(STOCK_RECORDS, 400)
    written = specification.answer_schema(STOCK_RECORDS, 201)
    undeclared += [
        (STOCK_RECORDS, path)
        for schema, paths in ((refusal, paths_of(wire.FaultAnswer)), (written, [("data", "id")]))
        for path in paths
        if not is_declared(path, schema)
    ]
    assert undeclared == []
    read = {struct for struct, _, _ in READ} | {wire.FaultAnswer}
    assert wire_records() - read == NOT_IN_THE_FILE
    print(f"bling: {len(fields)} of {len(fields)} fields that are read are declared")


def wire_records() -> set[type]:
    """Answer the wire types that no other wire type holds, and what every row is read as."""
    every = {
        kind
        for kind in vars(wire).values()
        if isinstance(kind, type)
        and issubclass(kind, msgspec.Struct)
        and msgspec.structs.fields(kind)
    }
    held = {
        each for kind in every for f in msgspec.structs.fields(kind) for each in structs_in(f.type)
    }
    return every - held | {wire.Named}


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
