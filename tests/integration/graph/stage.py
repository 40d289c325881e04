"""A served gateway over a filled projection; its sources cannot be reached, so nothing is live."""

import asyncio
import json
import os
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from starlette.types import ASGIApp

from gateway.bootstrap import Gateway, GatewayOptions, open_gateway
from gateway.connect.records import Mapped
from gateway.demo.issuer import AUDIENCE, ISSUER, JWKS_PATH, DemoIssuer, make_demo_issuer
from gateway.model.customer import CustomerRecord
from gateway.model.invoice import InvoiceRecord, InvoiceStatus
from gateway.model.location import Address, GeoPoint, LocationKind, LocationRecord
from gateway.model.money import Money
from gateway.model.order import (
    ChannelState,
    FulfillmentLineRecord,
    FulfillmentRecord,
    FulfillmentStatus,
    OrderLineRecord,
    OrderRecord,
    PaymentStatus,
    ShipmentRecord,
)
from gateway.model.stock import PositionRef, StockRecord
from gateway.projection.database import transaction
from gateway.projection.orders.entries import OrderEntry
from gateway.projection.orders.observations import (
    COPY,
    INVOICE,
    apply_observations,
    copy_of,
    invoice_of,
)
from gateway.settings import read_settings
from gateway.sync.apply import Applier
from gateway.web.parts import ExecutionOutcome, GraphQLRequest, Live, RequestContext
from gateway.web.presented import Presented
from gateway.web.server import serve
from tests.e2e.processes import until
from tests.integration.statements import counting

PLACED = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
NOWHERE = "http://127.0.0.1:9"
# The engine executes; TRAMA_TEST_ENGINE=0 asks the same of graphql-core.
ENGINE = os.environ.get("TRAMA_TEST_ENGINE") != "0"
# Tests that are held of both ways of executing in every run.
BOTH = pytest.mark.parametrize("stage", ["engine", "core"], indirect=True)
KEYS = {
    "storefront": "storefront-key-of-the-test",
    "partner": "partner-key-of-the-test",
    "operator": "operator-key-of-the-test",
    "router": "router-key-of-the-test",
}


def reais(amount: str) -> Money:
    return Money(Decimal(amount), "BRL")


def a_customer(ref: str) -> CustomerRecord:
    return CustomerRecord(ref, datetime.now(UTC), f"Cliente {ref}", (f"{ref}@example.com",))


def an_order(ref: str, customer: str | CustomerRecord = "c-1", **changes: Any) -> OrderRecord:
    who = customer if isinstance(customer, CustomerRecord) else a_customer(customer)
    values: dict[str, Any] = {
        "ref": ref, "number": ref, "observed_at": datetime.now(UTC), "updated_at": PLACED,
        "placed_at": PLACED, "state": ChannelState.CONFIRMED, "native_status": "payment-approved",
        "payment_status": PaymentStatus.PAID, "currency": "BRL",
        "lines": (OrderLineRecord("l-1", "SKU-1", "Camiseta", 2, reais("10.50")),),
        "subtotal": reais("21.00"), "shipping_total": reais("3.25"),
        "discount_total": reais("0.00"), "tax_total": reais("0.00"), "total": reais("24.25"),
        "customer": who,
        "shipping_address": Address(city="Recife", region="PE"),
    }  # fmt: skip
    return OrderRecord(**{**values, **changes})


def some_work(order_ref: str, place: str = "w-1", shipped: int = 0) -> FulfillmentRecord:
    line = FulfillmentLineRecord("SKU-1", 2)
    parcel = ShipmentRecord("s-1", (FulfillmentLineRecord("SKU-1", shipped),), "Correios")
    return FulfillmentRecord(
        ref=f"{order_ref}/{place}", order_ref=order_ref, location_ref=place,
        observed_at=datetime.now(UTC), updated_at=PLACED, status=FulfillmentStatus.IN_PROGRESS,
        native_status="pending", lines=(line,), shipments=(parcel,) if shipped else (),
    )  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A subscription's answer: the response, the cursor beside it, and its bytes."""

    response: dict[str, Any]
    cursor: str | None
    body: bytes

    @property
    def edge(self) -> dict[str, Any]:
        """The one root field of an answer without errors."""
        assert "errors" not in self.response, self.response["errors"]
        (edge,) = self.response["data"].values()
        found: dict[str, Any] = edge
        return found


@dataclass
class Stage:
    """Everything that a test needs."""

    gateway: Gateway
    applier: Applier
    url: str
    issuer: DemoIssuer

    async def put(self, stream: str, *records: Any) -> None:
        """Let the projection have read these records."""
        source = self.gateway.sources.get("market" if stream == "orders" else "wms")
        assert source is not None
        await self.applier.apply(source, stream, [Mapped(record, b"{}") for record in records])

    async def put_beside(self, order_ref: str, total: str = "99.00") -> None:
        """Let another system have an order's copy with another total, and an invoice of it."""
        now = datetime.now(UTC)
        copy = OrderEntry(an_order("erp-1", channel_ref=order_ref, total=reais(total)), ())
        invoice = InvoiceRecord(
            "nf-1", order_ref, now, now, InvoiceStatus.ISSUED, "5", "000123", "1", f"35{7:042d}",
            PLACED, reais("24.25"),
        )  # fmt: skip
        async with transaction(self.gateway.pool) as connection:
            for kind, told in ((COPY, copy_of(copy, ["total"])), (INVOICE, invoice_of(invoice))):
                await apply_observations(connection, kind, "wms", [told], now=now)

    def counting(self) -> AbstractAsyncContextManager[Counter[str]]:
        """Count the statements that the gateway sends within the block, by how they begin."""
        return counting(self.gateway.pool)

    def token(self, *refs: str) -> str:
        """Answer a customer's token for these refs at the marketplace."""
        return self.issuer.issue("someone", {"customer_refs": [["market", ref] for ref in refs]})

    async def ask(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        kind: str = "operator",
        token: str | None = None,
        operation: str | None = None,
    ) -> dict[str, Any]:
        """Answer the whole response."""
        body = {"query": query, "variables": dict(variables or {}), "operationName": operation}
        headers = {
            "Authorization": f"Bearer {token or KEYS[kind]}",
            "Accept": "application/graphql-response+json",
        }
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{self.url}/graphql", json=body, headers=headers) as answer,
        ):
            found: dict[str, Any] = await answer.json()
            return {**found, "http": answer.status}

    async def logged(self) -> None:
        """Wait until the log tells of all that was written.

        A transaction of anybody in this Postgres holds it back, another test's too.
        """
        written = await self.gateway.pool.fetchval("SELECT coalesce(max(id), 0) FROM event")
        await until("the tail is there", lambda: self.gateway.feed.final_to() >= written)

    async def open_live(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        kind: str = "operator",
        token: str | None = None,
        resume_after: str | None = None,
    ) -> Live | ExecutionOutcome:
        """Open a subscription as a transport does, once the tail has seen what was written."""
        await self.logged()
        parts = self.gateway.parts
        presented = Presented(token or KEYS[kind], may_be_token=True)
        identity = await parts.authenticator.identify(presented)
        request = GraphQLRequest(query, None, dict(variables or {}), resume_after=resume_after)
        return await parts.open_live(request, RequestContext(identity.principal, "r", "", 0.0))

    @asynccontextmanager
    async def following(
        self, query: str, variables: Mapping[str, Any] | None = None, **how: Any
    ) -> AsyncIterator[AsyncIterator[Told]]:
        """Answer what a subscription tells, its first checkpoint included."""
        live = await self.open_live(query, variables, **how)
        assert not isinstance(live, ExecutionOutcome), live.body
        try:
            yield told_by(live)
        finally:
            await live.aclose()

    async def data(self, query: str, variables: Mapping[str, Any] | None = None,
                   **how: Any) -> dict[str, Any]:  # fmt: skip
        """Answer the data of a query that has no errors."""
        answer = await self.ask(query, variables, **how)
        assert "errors" not in answer, answer["errors"]
        found: dict[str, Any] = answer["data"]
        return found

    async def codes(self, query: str, variables: Mapping[str, Any] | None = None,
                    **how: Any) -> list[tuple[Any, str]]:  # fmt: skip
        """Answer the path and the code of each error."""
        errors = (await self.ask(query, variables, **how)).get("errors", [])
        return [(each.get("path"), each["extensions"]["code"]) for each in errors]


async def told_by(live: Live) -> AsyncIterator[Told]:
    """Answer each response of a subscription with the cursor beside it."""
    async for answer in live:
        yield Told(json.loads(answer.body), answer.cursor, answer.body)


def _configuration(dsn: str, port: int) -> tuple[dict[str, Any], dict[str, str]]:
    environ = {"DSN": dsn, "TOKEN": "a-token-of-the-test"}
    environ |= {kind.upper(): key for kind, key in KEYS.items()}
    secret = {"env": "TOKEN"}
    tree: dict[str, Any] = {
        "engine": {"enabled": ENGINE},
        "server": {"introspection": False},
        "database": {"dsn": {"env": "DSN"}},
        "freshness": {"deadline_seconds": 1},
        "sources": {
            "market": {
                "connector": "vtex", "streams": ["orders"],
                "options": {"account": "a", "app_key": "k", "app_token": secret,
                            "endpoint": NOWHERE},
            },
            "wms": {
                "connector": "shiphero", "items": "create",
                "options": {"token": secret, "endpoint": f"{NOWHERE}/graphql"},
            },
        },
        "channels": {
            "marketplace": {
                "name": "Marketplace", "source": "market", "availability": {"location": "v-1"},
            }
        },
        "keys": [
            {"id": "shop", "kind": "storefront", "key": {"env": "STOREFRONT"}},
            {"id": "seller", "kind": "partner", "key": {"env": "PARTNER"}, "owners": ["Loja Dois"]},
            {"id": "people", "kind": "operator", "key": {"env": "OPERATOR"}},
            {"id": "router", "kind": "router", "key": {"env": "ROUTER"}},
        ],
        "customers": {
            "issuer": ISSUER, "audience": AUDIENCE, "algorithms": ["ES256"],
            "jwks_url": f"http://127.0.0.1:{port}{JWKS_PATH}",
        },
    }  # fmt: skip
    return tree, environ


def _as_it_is(app: ASGIApp) -> ASGIApp:
    return app


@asynccontextmanager
async def staged(
    dsn: str, *, around: Callable[[ASGIApp], ASGIApp] = _as_it_is, **sections: Any
) -> AsyncIterator[Stage]:
    """Serve a gateway over two locations, two SKUs and their stock, some sections replaced."""
    async with started(dsn, around=around, **sections) as stage:
        await _fill(stage)
        yield stage


@asynccontextmanager
async def started(
    dsn: str, *, around: Callable[[ASGIApp], ASGIApp] = _as_it_is, **sections: Any
) -> AsyncIterator[Stage]:
    """Serve a gateway over what is in the database, some sections replaced."""
    with listening() as listener:
        tree, environ = _configuration(dsn, listener.getsockname()[1])
        settings = read_settings({**tree, **sections}, environ, Path())
        issuer = make_demo_issuer()
        async with (
            open_gateway(settings, GatewayOptions(routes=[issuer.route])) as gateway,
            served(around(gateway.app), listener) as url,
        ):
            applier = Applier(gateway.pool, gateway.sources, gateway.clock)
            yield Stage(gateway, applier, url, issuer)


def listening(port: int = 0) -> socket.socket:
    """Answer a listener, on a free port unless one is told, that nobody takes meanwhile."""
    return socket.create_server(("127.0.0.1", port), backlog=128)


@asynccontextmanager
async def served(app: ASGIApp, listener: socket.socket) -> AsyncIterator[str]:
    """Serve an app; what keeps it from serving is raised."""
    stop, ready = asyncio.Event(), asyncio.Event()
    host, port = listener.getsockname()
    serving = asyncio.create_task(
        serve(app, host, port, stop=stop, on_ready=lambda _: ready.set(), shutdown_seconds=1,
              listener=listener)
    )  # fmt: skip
    serving.add_done_callback(lambda _: ready.set())
    try:
        await ready.wait()
        if serving.done():
            serving.result()
        yield f"http://{host}:{port}"
    finally:
        stop.set()
        await serving


async def _fill(stage: Stage) -> None:
    now = datetime.now(UTC)
    await stage.put(
        "locations",
        LocationRecord(
            "w-1",
            "dc-1",
            "Main",
            LocationKind.DISTRIBUTION_CENTER,
            now,
            "Trama Modas",
            Address(city="Recife", region="PE"),
            GeoPoint(-8.05, -34.9),
        ),
        LocationRecord("w-2", "store-1", "Centro", LocationKind.STORE, now, "Loja Dois"),
    )
    await stage.put(
        "stock",
        StockRecord(PositionRef("SKU-1", "w-1"), now, 5, 2),
        StockRecord(PositionRef("SKU-1", "w-2"), now, 0, 0),
        StockRecord(PositionRef("007", "w-2"), now, 9, 0),
    )
    await stage.gateway.pool.execute(
        """INSERT INTO location_group_member (group_id, location_id)
           SELECT g.id, l.id FROM location_group g, location l"""
    )


def orders(count: int, since: datetime = PLACED) -> Sequence[OrderRecord]:
    """Answer orders 0, 1, ..., each a minute older than the one before; every third a twin."""
    return [
        an_order(f"{n:03d}", placed_at=since - timedelta(minutes=n - n % 3 // 2))
        for n in range(count)
    ]
