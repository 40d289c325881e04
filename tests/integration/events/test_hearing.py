"""Whom an entry is for: the log's pages and the tail say the same of every reach and wish."""

from itertools import product
from typing import Any
from uuid import UUID

from gateway.events.hearing import Hearer, keys_of
from gateway.model.events import EventWish, OrderEventType
from gateway.model.principal import Reach
from gateway.projection.events import load_events
from gateway.projection.log import append_events
from gateway.projection.orders.reach import reading
from gateway.projection.tail import load_tail
from tests.integration.projection.rows import place, projection

from .following import EVERYTHING, NOW, an_event

ORDER, OTHER = UUID(int=1), UUID(int=2)
BUYER = UUID(int=7)
WISHES = [
    EventWish(),
    EventWish(orders=frozenset({ORDER})),
    EventWish(orders=frozenset({OTHER})),
    EventWish(channels=frozenset({"shop"})),
    EventWish(channels=frozenset({"till", "web"})),
    EventWish(types=frozenset({OrderEventType.UPDATED})),
    EventWish(types=frozenset({OrderEventType.CREATED})),
    EventWish(types=frozenset({OrderEventType.LEFT})),
    EventWish(frozenset({ORDER}), frozenset({"shop"}), frozenset({OrderEventType.CREATED})),
]
REACHES = [
    EVERYTHING,
    Reach(),
    Reach(channels=frozenset({"shop"})),
    Reach(channels=frozenset({"till"})),
    Reach(locations=frozenset({"dc-1"})),
    Reach(locations=frozenset({"dc-2", "dc-9"})),
    Reach(owners=frozenset({"Loja"})),
    Reach(owners=frozenset({"Nobody"})),
    Reach(customer_refs=frozenset({("shop", "c-1")})),
    Reach(customer_refs=frozenset({("wms", "c-1")})),
    Reach(verified_emails=frozenset({"Ana@Example.com"})),
    Reach(channels=frozenset({"web"}), verified_emails=frozenset({"bo@example.com"})),
]


async def _fill(pool: Any) -> int:
    """Append an event of every audience, with every former one, and answer how many."""
    await pool.execute(
        """INSERT INTO customer_record (id, source_id, ref, emails, phones, observed_at,
               customer_id) VALUES ($1, 'shop', 'c-1', '{ana@example.com}', '{}', $2, $1)""",
        BUYER, NOW,
    )  # fmt: skip
    at = [str(await place(pool, code)) for code in ("dc-1", "dc-2")]
    audiences: list[dict[str, Any]] = [
        {}, {"channel": "shop"}, {"channel": "till", "locations": at[:1]},
        {"channel": "shop", "locations": at}, {"channel": "web", "buyer": str(BUYER)},
        {"locations": at[1:], "buyer": str(UUID(int=8))},
    ]  # fmt: skip
    events = [
        an_event(order, n, now if before is None else {**now, "before": before})
        for order in (ORDER, OTHER)
        for n, (now, before) in enumerate(product(audiences, [None, *audiences]), 1)
    ]
    await append_events(pool, events)
    return len(events)


async def test_pages_tail_and_the_second_wall_tell_the_same_to_everybody(database: str) -> None:
    async with projection(database, ["dc-1", "dc-2"]) as pool:
        count = await _fill(pool)
        tail = await load_tail(pool, after=0, upto=count, limit=count)
        assert [each.event.position for each in tail] == list(range(1, count + 1))
        for reach, wish in product(REACHES, WISHES):
            hearer = Hearer.of(reach, wish)
            async with reading(pool, reach) as within:
                page = await load_events(within, wish, after=0, upto=count, limit=count)
                wall = await within.executor.fetchval("SELECT count(*)::int FROM event")
            heard = [event for each in tail if (event := hearer.hears(each)) is not None]
            assert heard == page, (reach, wish)
            assert wish != EventWish() or wall == len(page), reach
            keys = hearer.keys()
            found = [each for each in tail if keys & set(keys_of(each))]
            assert {each.event.position for each in found} >= {each.position for each in page}


async def test_how_many_events_and_last_words_each_reach_is_told(database: str) -> None:
    async with projection(database, ["dc-1", "dc-2"]) as pool:
        count = await _fill(pool)
        counts = {}
        for reach in REACHES:
            async with reading(pool, reach) as within:
                page = await load_events(within, EventWish(), after=0, upto=count, limit=count)
            left = [each for each in page if each.type == OrderEventType.LEFT]
            assert all(each.changed == () and each.audience == {} for each in left)
            counts[reach] = (len(page) - len(left), len(left))
    # Of 6 audiences times 7 former ones (none among them) of 2 orders.
    of_one, of_two, of_three = (
        (1 * 7 * 2, 5 * 1 * 2),
        (2 * 7 * 2, 4 * 2 * 2),
        (3 * 7 * 2, 3 * 3 * 2),
    )
    nothing = (0, 0)
    assert list(counts.values()) == [
        (count, 0), nothing, of_two, of_one, of_two, of_two, of_three, nothing, of_one, nothing,
        of_one, of_one,
    ]  # fmt: skip
