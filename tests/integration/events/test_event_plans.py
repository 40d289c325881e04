"""What is read of the log all the time is found by an index, however much the log holds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.model.events import Audience, EventWish, OrderEventType
from gateway.model.principal import Reach
from gateway.projection.audiences import name_audiences
from gateway.projection.events import load_events, load_events_of
from gateway.projection.marks import load_changed_skus
from gateway.projection.orders.reach import ReachIds, Within, reading
from gateway.projection.tail import load_changed_positions, load_tail
from tests.integration.projection.rows import projection
from tests.integration.projection.test_plans import FILL, Planner

EVENTS = """
INSERT INTO event (type, aggregate, aggregate_id, aggregate_version, changed, audience,
        occurred_at)
    SELECT 'order.updated', 'order', o.id, v, '{status}',
        jsonb_build_object('channel', 'marketplace', 'buyer', o.buyer_id), now()
    FROM sales_order o, generate_series(1, 4) v;
SELECT setval('position_sequence', (SELECT max(sequence) FROM position));
"""


@pytest.fixture
async def pool(module_database: str) -> Any:
    """A projection with five thousand orders, and four events of each."""
    async with projection(module_database) as pool:
        if not await pool.fetchval("SELECT EXISTS (SELECT FROM event)"):
            await pool.execute(FILL)
            await pool.execute(EVENTS)
            await pool.execute("ANALYZE")
        yield pool


async def test_the_log_is_read_by_its_places_and_by_its_orders(pool: Any) -> None:
    planner: Any = Planner(pool)
    key = await pool.fetchval("SELECT id FROM sales_order LIMIT 1")
    buyer = await pool.fetchval("SELECT id FROM customer_record LIMIT 1")
    wishes = [
        EventWish(), EventWish(orders=frozenset({key})),
        EventWish(channels=frozenset({"web"}), types=frozenset({OrderEventType.CREATED})),
    ]  # fmt: skip
    for reach in (
        ReachIds(everything=True), ReachIds(False, channels=("web",)),
        ReachIds(False, customers=(buyer,)),
    ):  # fmt: skip
        for wish in wishes:
            within = Within(planner, reach)
            await load_events(within, wish, after=19_000, upto=20_000, limit=500)
        await load_events_of(within, [key, buyer], after=0, upto=20_000, limit=51)
    for orders in (frozenset({key}), frozenset({key, buyer})):
        one = EventWish(orders=orders)
        await load_events(
            Within(planner, ReachIds(everything=True)), one, after=0, upto=20_000, limit=500
        )
    assert planner.scanned == set()


class OneConnection:
    """A pool whose only connection is in the role of whoever does not see everything."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        yield self._connection


async def test_the_second_wall_leaves_the_log_to_be_read_by_its_places(pool: Any) -> None:
    key = await pool.fetchval("SELECT id FROM sales_order LIMIT 1")
    reach = Reach(channels=frozenset({"web"}), customer_refs=frozenset({("shop", "1")}))
    async with reading(pool, reach) as within:
        planner: Any = Planner(OneConnection(within.executor))
        for wish, after in ((EventWish(), 19_000), (EventWish(orders=frozenset({key})), 0)):
            asked = Within(planner, within.reach)
            await load_events(asked, wish, after=after, upto=20_000, limit=500)
    assert planner.scanned == set()


async def test_the_tail_reads_what_is_new_by_its_place(pool: Any) -> None:
    planner: Any = Planner(pool)
    await load_tail(planner, after=19_500, upto=20_000, limit=500)
    await load_changed_positions(planner, after=4_500, limit=500)
    await load_changed_skus(planner, ["S-1", "S-2"], after=0, upto=5_000)
    (entry,) = await load_tail(pool, after=19_500, upto=20_000, limit=1)
    assert entry.event.position == 19_501
    assert planner.scanned == set()


async def test_the_names_of_an_audience_are_found_by_their_ids(pool: Any) -> None:
    planner: Any = Planner(pool)
    entries = await load_tail(pool, after=0, upto=500, limit=1)
    await name_audiences(planner, [Audience.of(each.event.audience) for each in entries])
    assert planner.scanned == set()
