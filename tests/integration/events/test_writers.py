"""Whoever draws a number of the log has a transaction id, and holds the row that it is for."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.model.location import LocationKind, LocationRecord
from gateway.projection.locations import apply_locations
from gateway.projection.log import Event, append_backfill_completed, append_events
from gateway.projection.stock import (
    apply_stock,
    clear_gone,
    clear_unlisted,
    quarantine_positions,
)
from tests.integration.projection.rows import NOW, later, place, projection
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


async def test_a_position_that_could_not_be_read_draws_a_number_once(pool: Any) -> None:
    await apply_stock(pool, "wms", [facts(await place(pool), 0, 0)])
    before = await _sequence(pool)
    await quarantine_positions(pool, "wms", ["SKU-1"])
    marked = await _sequence(pool)
    assert marked > before
    await quarantine_positions(pool, "wms", ["SKU-1"])
    assert await _sequence(pool) == marked


@pytest.mark.parametrize("how", ["apply", "gone"])
async def test_a_position_that_can_be_read_again_draws_a_number(pool: Any, how: str) -> None:
    at = await place(pool)
    await apply_stock(pool, "wms", [facts(at, 0, 0)])
    await quarantine_positions(pool, "wms", ["SKU-1"])
    before = await _sequence(pool)
    await _write(how, pool, at, 0, 1)
    assert await _sequence(pool) > before
    assert await pool.fetchval("SELECT NOT is_quarantined FROM position")


async def test_a_position_of_another_source_with_the_same_facts_draws_a_number(pool: Any) -> None:
    at = await place(pool)
    await apply_stock(pool, "wms", [facts(at, 3, 1)])
    before = await _sequence(pool)
    told = LocationRecord("s-1", "dc-1", "dc-1", LocationKind.STORE, later(2))
    await apply_locations(pool, "shop", [told], authorities=["shop", "wms"], now=later(2))
    await apply_stock(pool, "shop", [facts(at, 3, 0)])
    assert await pool.fetchval("SELECT source_id FROM position") == "shop"
    assert await _sequence(pool) > before


async def test_who_marks_a_position_is_waited_for_and_has_the_higher_number(
    database: str, pool: Any
) -> None:
    at = await place(pool)
    await apply_stock(pool, "wms", [facts(at, 1, 0)])
    async with hand_driven(database, 2) as (first, second):
        await apply_stock(first, "wms", [facts(at, 2, 1)])
        waiting = await held_up(pool, second, quarantine_positions(second, "wms", ["SKU-1"]))
        await apply_stock(first, "wms", [facts(at, 3, 2)])
        await first.execute("COMMIT")
        before = await _sequence(pool)
        await waiting
        _, drawn, line = await draw_line(pool)
        assert not await is_over(pool, line)
        await second.execute("COMMIT")
    assert before < await _sequence(pool) <= drawn
    assert await is_over(pool, line)
    assert await pool.fetchval("SELECT is_quarantined FROM position")


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
