"""Whoever draws a number of the log has a transaction id, and holds the row that it is for."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.model.location import LocationKind, LocationRecord
from gateway.projection.locations import apply_locations
from gateway.projection.log import Event, append_backfill_completed, append_events
from gateway.projection.quarantine import (
    relabel_quarantined,
    resolve_quarantined,
    resolve_unseen,
)
from gateway.projection.stock import (
    apply_stock,
    clear_gone,
    clear_unlisted,
)
from tests.integration.projection.rows import NOW, an_unread, later, misread, place, projection
from tests.integration.projection.test_stock_rows import facts

from .transactions import draw_line, hand_driven, held_up, is_over


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Any]:
    async with projection(database) as pool:
        yield pool


async def _sequence(pool: Any) -> int:
    found: int = await pool.fetchval("SELECT sequence FROM position")
    return found


async def _write(how: str, connection: Any, at: Any, on_hand: int, seconds: float) -> None:
    if how == "apply":
        await apply_stock(connection, "wms", [facts(at, on_hand, seconds)])
    elif how == "gone":
        await clear_gone(connection, "wms", [("SKU-1", at)], later(seconds))
    else:
        await clear_unlisted(connection, "wms", later(seconds))


@pytest.mark.parametrize("how", ["apply", "gone", "unlisted"])
async def test_who_writes_a_position_later_has_the_higher_number(
    database: str, pool: Any, how: str
) -> None:
    at = await place(pool)
    await apply_stock(pool, "wms", [facts(at, 1, 0)])
    async with hand_driven(database, 2) as (first, second):
        await apply_stock(first, "wms", [facts(at, 2, 1)])
        waiting = await held_up(pool, second, _write(how, second, at, 9, 3))
        await apply_stock(first, "wms", [facts(at, 3, 2)])
        await first.execute("COMMIT")
        before = await _sequence(pool)
        await waiting
        await second.execute("COMMIT")
    assert await pool.fetchval("SELECT on_hand FROM position") == (9 if how == "apply" else 0)
    assert await _sequence(pool) > before


@pytest.mark.parametrize("how", ["apply", "gone"])
async def test_who_writes_a_new_position_is_waited_for_once_it_has_drawn(
    database: str, pool: Any, how: str
) -> None:
    at = await place(pool)
    await pool.fetchval("SELECT nextval('position_sequence')")
    async with hand_driven(database, 2) as (first, second):
        await apply_stock(first, "wms", [facts(at, 1, 0)])
        waiting = await held_up(pool, second, _write(how, second, at, 2, 1))
        _, drawn, line = await draw_line(pool)
        await first.execute("ROLLBACK")
        await waiting
        assert not await is_over(pool, line)
        await second.execute("COMMIT")
        assert await _sequence(pool) <= drawn
        assert await is_over(pool, line)


async def test_what_is_read_again_unchanged_draws_no_number(pool: Any) -> None:
    at = await place(pool)
    await apply_stock(pool, "wms", [facts(at, 0, 0)])
    _, drawn, _ = await draw_line(pool)
    await apply_stock(pool, "wms", [facts(at, 0, 1)])
    await apply_stock(pool, "wms", [facts(at, 7, 0.5)])
    await clear_gone(pool, "wms", [("SKU-1", at)], later(2))
    assert (await draw_line(pool))[1] == drawn


COMING = [{"quantity": 4, "expected_on": "2026-12-01"}]


@pytest.mark.parametrize("how", ["apply", "gone", "unlisted"])
async def test_what_is_to_come_no_more_draws_a_number(pool: Any, how: str) -> None:
    at = await place(pool)
    await apply_stock(pool, "wms", [facts(at, 0, 0, incoming=COMING)])
    before = await _sequence(pool)
    await _write(how, pool, at, 0, 1)
    assert await pool.fetchval("SELECT incoming FROM position") == []
    assert await _sequence(pool) > before


async def _marked(pool: Any) -> int:
    found: int = await pool.fetchval("SELECT sequence FROM quarantine ORDER BY id DESC LIMIT 1")
    return found


async def test_stock_that_could_not_be_read_draws_a_number_each_time_it_is_met(pool: Any) -> None:
    await apply_stock(pool, "wms", [facts(await place(pool), 0, 0)])
    before = await _sequence(pool)
    await misread(pool)
    marked = await _marked(pool)
    assert marked > before
    await misread(pool)
    assert await _marked(pool) > marked
    assert await _sequence(pool) == before


async def _resolve(connection: Any, read_at: float) -> list[str]:
    return await resolve_quarantined(
        connection, "wms", "stock", ["SKU-1@w-1"], later(9), read_at=later(read_at)
    )


async def test_stock_that_can_be_read_again_draws_a_number_and_an_older_read_none(
    pool: Any,
) -> None:
    await misread(pool, an_unread(location="w-1"), seconds=5)
    before = await _marked(pool)
    assert await _resolve(pool, 5) == ["SKU-1@w-1"]
    assert await _marked(pool) == before
    assert await _resolve(pool, 6) == []
    assert await _marked(pool) > before


async def test_a_walk_that_does_not_meet_it_any_more_draws_a_number(pool: Any) -> None:
    await misread(pool, an_unread(location="w-1"), seconds=5)
    before = await _marked(pool)
    await resolve_unseen(pool, "wms", "stock", later(5), later(9))
    assert await _marked(pool) == before
    await resolve_unseen(pool, "wms", "stock", later(6), later(9))
    assert await _marked(pool) > before


async def test_a_position_of_another_source_with_the_same_facts_draws_a_number(pool: Any) -> None:
    at = await place(pool)
    await apply_stock(pool, "wms", [facts(at, 3, 1)])
    before = await _sequence(pool)
    told = LocationRecord("s-1", "dc-1", "dc-1", LocationKind.STORE, later(2))
    await apply_locations(pool, "shop", [told], authorities=["shop", "wms"], now=later(2))
    await apply_stock(pool, "shop", [facts(at, 3, 0)])
    assert await pool.fetchval("SELECT source_id FROM position") == "shop"
    assert await _sequence(pool) > before


@pytest.mark.parametrize("how", ["misread", "resolve", "unseen", "relabel"])
async def test_who_marks_stock_is_waited_for_and_has_the_higher_number(
    database: str, pool: Any, how: str
) -> None:
    """Or does so no more: whatever draws holds the record's row and has a transaction id."""
    await misread(pool, an_unread(location="w-1"), seconds=1)
    await pool.execute("UPDATE item_ref SET sku = '007'")

    async def write(connection: Any) -> None:
        if how == "misread":
            await misread(connection, an_unread(location="w-1"), seconds=3)
        elif how == "resolve":
            await _resolve(connection, 8)
        elif how == "unseen":
            await resolve_unseen(connection, "wms", "stock", later(8), later(9))
        else:
            await relabel_quarantined(connection, "wms", ["SKU-1"])

    async with hand_driven(database, 2) as (first, second):
        await first.execute("UPDATE quarantine SET attempts = 5")
        waiting = await held_up(pool, second, write(second))
        await first.execute("COMMIT")
        before = await _marked(pool)
        await waiting
        _, drawn, line = await draw_line(pool)
        assert not await is_over(pool, line)
        await second.execute("COMMIT")
    assert before < await _marked(pool) <= drawn
    assert await is_over(pool, line)


@pytest.mark.parametrize("how", ["event", "backfill"])
async def test_who_appends_an_event_is_waited_for_once_it_has_drawn(
    database: str, pool: Any, how: str
) -> None:
    key = await pool.fetchval("SELECT gen_random_uuid()")
    event = Event("order.created", "order", key, 1, (), {}, NOW)
    await pool.fetchval("SELECT nextval('event_id')")
    async with hand_driven(database, 2) as (first, second):

        async def append(connection: Any) -> None:
            if how == "event":
                await append_events(connection, [event])
            else:
                await append_backfill_completed(connection, "wms", "stock", 1, NOW)

        await append(first)
        waiting = await held_up(pool, second, append(second))
        drawn, _, line = await draw_line(pool)
        await first.execute("ROLLBACK")
        await waiting
        assert not await is_over(pool, line)
        await second.execute("COMMIT")
        assert await pool.fetchval("SELECT id FROM event") <= drawn
        assert await is_over(pool, line)
