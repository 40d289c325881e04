"""A crowd that follows orders while a gateway is replaced loses none, and has none twice."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from gateway.model.ids import GlobalId
from gateway.projection.database import open_pool, transaction
from gateway.projection.log import Event, append_events
from tests.e2e.processes import PATIENCE_SECONDS

from .crowd import LOADING, PLAIN, OnSocket, OnStream, Place, Seen, Subscriber
from .stage import PLACED, an_order, some_work, staged, started

ORDERS, EVENTS, OF_ONE_COMMIT = 5, 240, 8
OFTEN = {"poll_seconds": 0.02}
LEFT_EVERY = 7


def events(orders: Sequence[UUID], store: str) -> Iterator[Event]:
    """Answer events of the orders in turn, the partner's store losing one of them now and then."""
    there = {"channel": "marketplace", "locations": [store]}
    elsewhere = {"channel": "marketplace", "locations": []}
    for number in range(EVENTS):
        kind = "order.created" if number % 3 == 0 else "order.updated"
        audience: Mapping[str, Any] = there
        if number % LEFT_EVERY == LEFT_EVERY - 1 and number < EVENTS - ORDERS:
            audience = {**elsewhere, "before": there}
        key = orders[number % ORDERS]
        yield Event(kind, "order", key, 1000 + number, ("status",), audience, PLACED)


def expected(
    told: Sequence[Event], numbers: Mapping[UUID, str], wished: Mapping[str, Any], kind: str,
    query: str,
) -> list[Seen]:  # fmt: skip
    """Answer what a subscriber has to have seen."""
    found: list[Seen] = []
    for each in told:
        order = str(GlobalId("Order", str(each.aggregate_id)))
        name = {"order.created": "CREATED", "order.updated": "UPDATED"}[each.type]
        has_left = kind == "partner" and "before" in each.audience
        if order not in wished.get("orderIds", [order]):
            continue
        if not has_left and name not in wished.get("types", [name]):
            continue
        number = numbers[each.aggregate_id] if query is LOADING and not has_left else None
        found.append((order, each.version, "LEFT" if has_left else name, number))
    return found


@asynccontextmanager
async def written(dsn: str) -> AsyncIterator[Callable[[Sequence[Event]], Awaitable[None]]]:
    """Answer what appends events, a few to a commit."""
    pool = await open_pool(dsn, maximum=1)

    async def write(some: Sequence[Event]) -> None:
        for start in range(0, len(some), OF_ONE_COMMIT):
            async with transaction(pool) as connection:
                await append_events(connection, some[start : start + OF_ONE_COMMIT])

    try:
        yield write
    finally:
        await pool.close()


async def test_nobody_in_a_crowd_loses_an_event_or_has_it_twice_while_a_gateway_is_replaced(
    database: str,
) -> None:
    names = [f"g-{n}" for n in range(ORDERS)]
    async with staged(database, events=OFTEN) as stage:
        await stage.put("orders", *(an_order(each) for each in names))
        await stage.put("fulfillments", *(some_work(each, "w-2") for each in names))
        await stage.logged()
        rows = await stage.gateway.pool.fetch("SELECT id, ref FROM sales_order ORDER BY ref")
        store = await stage.gateway.pool.fetchval("SELECT id FROM location WHERE code = 'store-1'")
    numbers = {row["id"]: row["ref"] for row in rows}
    told, place = list(events([*numbers], str(store))), Place()
    crowd = _crowd(told)
    async with (
        written(database) as write,
        asyncio.timeout(PATIENCE_SECONDS),
        asyncio.TaskGroup() as following,
    ):
        for each in crowd:
            following.create_task(each.follow(place))
        async with started(database, events=OFTEN) as stage:
            place.move(stage.url)
            await asyncio.gather(*(each.began.wait() for each in crowd))
            await write(told[:100])
            place.move(None)
        await write(told[100:140])
        async with started(database, events=OFTEN) as stage:
            place.move(stage.url)
            await write(told[140:])
            await asyncio.gather(*(each.ended.wait() for each in crowd))
    for each in crowd:
        assert each.seen == expected(told, numbers, each.wish, each.kind, each.query), each


def _crowd(told: Sequence[Event]) -> list[Subscriber]:
    """Answer subscribers of every wish, kind, query and transport, two of each."""
    order = str(GlobalId("Order", str(told[-1].aggregate_id)))
    wishes: list[Mapping[str, Any]] = [
        {}, {"orderIds": [order]}, {"types": ["UPDATED"]}, {"channels": ["marketplace"]},
    ]  # fmt: skip
    ways = itertools.product(
        (OnSocket, OnStream), ("operator", "partner"), (PLAIN, LOADING), wishes, range(2)
    )
    return [way(kind, query, wish, (order, told[-1].version)) for way, kind, query, wish, _ in ways]
