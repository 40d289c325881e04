"""Lets records change at the vendor, and says what their stream calls them."""

import asyncio
from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec

from gateway.connect.manifest import Role
from gateway.connect.testing.dataset import DataStock
from gateway.connect.testing.kit.reading import joined_by, records_of, some_place, views
from gateway.connect.testing.kit.retail import a_customer, an_invoice, an_order
from gateway.connect.testing.kit.rules import hold
from gateway.connect.testing.kit.streams import key_of, position_key
from gateway.connect.testing.kit.world import World
from gateway.model.stock import PositionRef

_TURNS = 500
_TURN_SECONDS = 0.01


def name_of(stream: str, n: int) -> str:
    """Answer the retailer's own name of the n-th record that `put` makes."""
    if stream == "stock":
        return f"NEW-{n:05d}"
    return a_customer(n + 100).email if stream == "customers" else f"{n + 700000}-01"


async def put(made: World, stream: str, n: int, at: datetime) -> None:
    """Make a record of the stream at the vendor, or the order that brings it about."""
    if stream == "stock":
        stock = DataStock(name_of(stream, n), "dc-1", 4)
        await made.act("put_stock", stock=msgspec.to_builtins(stock))
        return
    ref = f"{n + 700000}-01"
    order = an_order(ref, at, updated_at=at, customer=a_customer(n + 100))
    await made.act("put_order", order=msgspec.to_builtins(order))
    if stream == "invoices":
        invoice = an_invoice(n + 100, at, order=ref)
        await made.act("put_invoice", invoice=msgspec.to_builtins(invoice))


async def keys_named(made: World, stream: str, names: Collection[str]) -> set[str]:
    """Answer what the stream calls the records that the retailer calls so."""
    if stream == "stock":
        place = await some_place(made)
        return {position_key(PositionRef(name, place)) for name in names}
    if stream == "orders" and _has_own_orders(made):
        return set(names)
    if stream == "fulfillments":
        connector: Any = made.connector
        works = await connector.fulfillments_by_ref(sorted(names), deadline=made.soon)
        return {key_of(each) for some in works for each in some}
    return await _keys_walked(made, stream, names)


async def _keys_walked(made: World, stream: str, names: Collection[str]) -> set[str]:
    """Walk until the records show: a vendor may find what is new some time later."""
    view = next(each for each in views(made, made.another()) if each.name == stream)
    keys: set[str] = set()
    for _ in range(_TURNS):
        records = await records_of(made, view)
        keys = {str(r.ref) for r in records if joined_by(stream, r) in names}
        if len(keys) == len(names):
            return keys
        await asyncio.sleep(_TURN_SECONDS)
    hold(False, f"{stream}: the walk shows {len(keys)} of {len(names)}")
    return keys


def _has_own_orders(made: World) -> bool:
    """Answer whether orders are called by the channel's ids, as a channel's own are."""
    roles = set(made.subject.definition.manifest.roles)
    return bool(roles & {Role.MARKETPLACE, Role.ECOMMERCE})
