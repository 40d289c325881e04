"""A foreign subgraph: the retailer's loyalty programme, which knows our entities by key alone."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, NewType

import strawberry
from starlette.types import ASGIApp
from strawberry.asgi import GraphQL
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import create_type

from gateway.web.server import serve

Sku = NewType("Sku", str)
CurrencyCode = NewType("CurrencyCode", str)
SCALARS: dict[object, Any] = {
    Sku: strawberry.scalar(name="Sku", serialize=str, parse_value=Sku),
    CurrencyCode: strawberry.scalar(name="CurrencyCode", serialize=str, parse_value=CurrencyCode),
    Decimal: strawberry.scalar(name="Decimal", serialize=str, parse_value=Decimal),
}


def loyalty_schema(gifts: Mapping[str, str], prefix: str = "") -> strawberry.Schema:
    """Answer the schema over gifts: a SKU per order's id.

    With a prefix, it has an `Order` and a `Query.order` of its own beside ours.
    """

    @strawberry.federation.type(name=f"{prefix}InventoryItem", keys=["sku"])
    class TheirItem:
        sku: Sku

        @strawberry.field
        def stars(self) -> int:
            return len(self.sku)

    @strawberry.federation.type(name=f"{prefix}Money", shareable=True)
    class Value:
        amount: Decimal
        currency: CurrencyCode

    @strawberry.type
    class Gift:
        item: TheirItem
        value: Value

    @strawberry.federation.type(name=f"{prefix}Order", keys=["id"])
    class TheirOrder:
        id: strawberry.ID

        @strawberry.field
        def gifts(self) -> list[Gift]:
            value = Value(amount=Decimal("1.50"), currency=CurrencyCode("BRL"))
            sku = gifts.get(self.id)
            return [] if sku is None else [Gift(item=TheirItem(sku=Sku(sku)), value=value)]

    @strawberry.type(name="Order")
    class Own:
        number: str

    def rewarded_orders() -> list[TheirOrder | None]:
        return [TheirOrder(id=strawberry.ID(order)) for order in gifts]

    def order() -> Own:
        return Own(number="of the loyalty programme")

    fields = [strawberry.field(name="rewardedOrders", resolver=rewarded_orders)]
    if prefix:
        fields.append(strawberry.field(name="order", resolver=order))
    return strawberry.federation.Schema(
        query=create_type("Query", fields),
        config=StrawberryConfig(scalar_map=SCALARS),
        federation_version="2.5",
    )


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an app on a free port; answer its address."""
    stop = asyncio.Event()
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        serve(app, "127.0.0.1", 0, stop=stop, on_ready=port.set_result, shutdown_seconds=1)
    )
    try:
        yield f"http://127.0.0.1:{await port}/graphql"
    finally:
        stop.set()
        await serving


def loyalty_app(gifts: Mapping[str, str], prefix: str = "") -> ASGIApp:
    """Answer the app."""
    return GraphQL(loyalty_schema(gifts, prefix))
