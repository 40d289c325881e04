"""Objects are loaded in one call per type, however many doors of a request ask for them."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

from graphql import GraphQLError

from gateway.connect.deadline import Deadline
from gateway.graph.context import Context
from gateway.graph.objects import load_objects
from gateway.graph.services import Services
from gateway.model.principal import Principal, PrincipalKind, Scope
from gateway.model.time import SystemClock

ONE, TWO, THREE = (UUID(int=n) for n in (1, 2, 3))


class Shelf:
    """Has nothing, and remembers which keys it was asked for in which call."""

    def __init__(self) -> None:
        self.calls: list[list[UUID]] = []

    async def by_id(self, keys: Sequence[UUID], principal: Principal) -> list[None]:
        self.calls.append(list(keys))
        return [None for _ in keys]


def a_context(orders: Shelf, customers: Shelf, *scopes: Scope) -> Context:
    services = cast(Services, SimpleNamespace(orders=orders, customers=customers))
    return Context(
        principal=Principal("key:test", PrincipalKind.OPERATOR, frozenset(scopes)),
        services=services,
        now=datetime.now(UTC),
        deadline=Deadline.after(1, SystemClock()),
        floor=timedelta(0),
    )


async def test_each_type_is_one_call_whichever_door_asks() -> None:
    orders, customers = Shelf(), Shelf()
    context = a_context(orders, customers, Scope.ORDERS_READ, Scope.CUSTOMERS_READ)
    found = await asyncio.gather(
        load_objects([("Order", ONE), ("Customer", TWO), ("Order", THREE)], context),
        load_objects([("Customer", ONE), ("Order", TWO)], context),
    )
    assert found == [[None, None, None], [None, None]]
    assert (orders.calls, customers.calls) == ([[ONE, THREE, TWO]], [[TWO, ONE]])


async def test_what_may_not_be_read_is_not_even_looked_for() -> None:
    orders, customers = Shelf(), Shelf()
    found: list[Any] = await load_objects(
        [("Customer", ONE), ("Order", ONE)], a_context(orders, customers, Scope.ORDERS_READ)
    )
    refused, absent = found
    assert isinstance(refused, GraphQLError)
    assert refused.extensions == {"code": "FORBIDDEN", "scope": "customers:read"}
    assert (absent, orders.calls, customers.calls) == (None, [[ONE]], [])
