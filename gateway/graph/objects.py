"""Objects by their keys: one batch call per type, whichever door they are asked for through."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any
from uuid import UUID

from gateway.graph.context import Context
from gateway.graph.customer_roots import customers_by_key
from gateway.graph.fulfillments import FulfillmentOrder
from gateway.graph.locations import Location, load_locations_by_key
from gateway.graph.orders import Order
from gateway.graph.permissions import need_of
from gateway.graph.scalars import Sku
from gateway.graph.stock import InventoryItem

MOST_OBJECTS = 100
Key = tuple[str, UUID | Sku]  # the type's name, and the key within it


async def _orders_by_key(keys: Sequence[UUID], context: Context) -> list[Order | None]:
    found = await context.services.orders.by_id(keys, context.principal)
    return [None if each is None else Order.of(each) for each in found]


async def _work_by_key(keys: Sequence[UUID], context: Context) -> list[FulfillmentOrder | None]:
    found = await context.services.details.work_by_id(keys, context.principal)
    return [None if each is None else FulfillmentOrder.of(each) for each in found]


async def _locations_by_key(keys: Sequence[UUID], context: Context) -> list[Location | None]:
    found = await load_locations_by_key(keys, context)
    return [found.get(key) for key in keys]


async def _items_by_sku(skus: Sequence[Sku], context: Context) -> list[InventoryItem]:
    return [InventoryItem(sku=sku) for sku in skus]


LOADERS: Mapping[str, Callable[..., Coroutine[Any, Any, Sequence[Any]]]] = {
    "Order": _orders_by_key,
    "FulfillmentOrder": _work_by_key,
    "Customer": customers_by_key,
    "Location": _locations_by_key,
    "InventoryItem": _items_by_sku,
}


async def load_objects(keys: Sequence[Key], context: Context) -> list[Any]:
    """Answer objects in the asked order: null beyond reach, an error where one cannot be had."""
    asked = (_load(kind, key, context) for kind, key in keys)
    return await asyncio.gather(*asked, return_exceptions=True)


async def _load(kind: str, key: UUID | Sku, context: Context) -> Any:
    scope = need_of(kind)
    if scope is not None:
        context.require(scope)
    return await context.batches.load(LOADERS[kind], key, context, {})
