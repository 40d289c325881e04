"""The log is kept for so long; who comes from before is told from where to go on."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from structlog.testing import capture_logs

from gateway.events.errors import CursorExpired
from gateway.events.feed import StockEntry
from gateway.events.retention import Retention
from gateway.model.events import EventWish
from gateway.projection.forgetting import forget_events
from gateway.projection.tickets import keep_ticket

from .following import (
    EVERYTHING,
    NOW,
    HandClock,
    an_event,
    append,
    caller,
    followed,
    listen,
    take,
    told,
)

ORDER = UUID(int=1)
WHO, ALL = caller(EVERYTHING), EventWish()


async def _fill(pool: Any, feed: Any, days: list[int]) -> None:
    """Append an event for each age in days."""
    for version, age in enumerate(days, 1):
        await append(pool, feed, an_event(ORDER, version))
        await pool.execute(
            "UPDATE event SET recorded_at = $1 WHERE aggregate_version = $2",
            NOW - timedelta(days=age), version,
        )  # fmt: skip


async def _kept(pool: Any) -> list[int]:
    return [row["id"] for row in await pool.fetch("SELECT id FROM event ORDER BY id")]


async def test_what_is_too_old_is_forgotten_and_cursors_from_before_expire(database: str) -> None:
    async with followed(database) as (pool, feed):
        live = await listen(feed)
        await _fill(pool, feed, [40, 31, 29, 1])
        await take(live, 4)
        with capture_logs() as lines:
            assert await Retention(pool, HandClock(), feed.final_to, days=30).forget() == 2
        assert lines == [{"event": "log.forgotten", "log_level": "info", "entries": 2}]
        assert await _kept(pool) == [3, 4]
        for after in (0, 1):
            with pytest.raises(CursorExpired) as expired:
                await feed.page(WHO, ALL, after=after, limit=9)
            assert expired.value.resume_from == 2
            with pytest.raises(CursorExpired) as expired:
                await anext(feed.follow(WHO, ALL, after=after))
            assert expired.value.resume_from == 2
        reader = await listen(feed, after=2)
        assert told(await take(reader, 2)) == [(3, "order.updated"), (4, "order.updated")]
        page = await feed.page(WHO, ALL, after=None, limit=9)
        assert [each.position for each in page.entries] == [3, 4]
        stock = feed.follow_stock(["SKU-1"], after=0)
        assert await anext(stock) == StockEntry(0)


async def test_a_slow_reader_whose_next_entry_is_forgotten_is_told_so(database: str) -> None:
    async with followed(database, queue_entries=1) as (pool, feed):
        slow, quick = await listen(feed), await listen(feed)
        await _fill(pool, feed, [40, 40, 40, 1])
        await take(quick, 4)
        await Retention(pool, HandClock(), feed.final_to, days=30).forget()
        with pytest.raises(CursorExpired) as expired:
            await take(slow, 1)
        assert expired.value.resume_from == 3
        assert feed.readers == 1


async def test_an_older_entry_behind_a_younger_one_is_kept_and_so_is_what_is_not_final(
    database: str,
) -> None:
    async with followed(database) as (pool, feed):
        live = await listen(feed)
        await _fill(pool, feed, [40, 40, 29, 40])
        await take(live, 4)
        forgotten = []
        for upto in (1, 4, 4):
            retention = Retention(pool, HandClock(), lambda upto=upto: upto, days=30)
            forgotten.append(await retention.forget())
        assert forgotten == [1, 1, 0]
        assert await _kept(pool) == [3, 4]


async def test_one_gateway_at_a_time_forgets_chunk_by_chunk(database: str) -> None:
    async with followed(database) as (pool, feed):
        live, clock = await listen(feed), HandClock()
        await _fill(pool, feed, [40] * 5)
        await take(live, 5)
        other = await asyncpg.connect(database)
        await other.execute("BEGIN")
        assert await forget_events(other, before=NOW, upto=1, limit=1) == 1
        keeping = Retention(pool, clock, feed.final_to, days=30, chunk_entries=2)
        assert await keeping.forget() == 0
        await other.execute("ROLLBACK")
        await other.close()
        forgetting = asyncio.create_task(keeping.forget())
        while not forgetting.done():
            await clock.move(1)
        assert (await forgetting, await _kept(pool)) == (5, [])


async def test_tickets_that_are_over_are_forgotten_too(database: str) -> None:
    async with followed(database) as (pool, feed):
        for name, seconds in ((b"over", 0), (b"good", 1)):
            until = NOW + timedelta(seconds=seconds)
            await keep_ticket(pool, name, b"{}", valid_until=until, resumable_until=until)
        await Retention(pool, HandClock(), feed.final_to, days=30).forget()
        rows = await pool.fetch("SELECT digest FROM stream_ticket")
    assert [row["digest"] for row in rows] == [b"good"]
