"""Processes wake one another up; where that fails they look by themselves."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID

import asyncpg
from structlog.testing import capture_logs

from gateway.bootstrap import open_gateway
from gateway.connect.testing.dataset import DataStock
from gateway.events.feed import Feed
from gateway.events.relay import Relay
from gateway.projection.wakeups import CHANNEL
from tests.integration.sync.stage import a_retailer, an_order, everything_read, staged

from .following import an_event, append, followed, listen, running, take, told

ORDER = UUID(int=1)


def relayed(dsn: str, feed: Feed) -> AbstractAsyncContextManager[Relay]:
    return running(Relay(dsn, feed.wake, retry_seconds=0.01))


async def until_heard_by(pool: Any, count: int) -> None:
    """Wait until the wake-ups of so many processes are listened for."""
    listening = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND application_name = 'trama wake-ups' AND state = 'idle'
        AND query ~ '^(LISTEN|NOTIFY)'"""
    while await pool.fetchval(listening) != count:
        pass


async def test_another_process_is_woken_once_for_all_that_is_committed_meanwhile(
    database: str,
) -> None:
    heard: list[int] = []
    many = asyncio.Event()

    def hear(connection: Any, pid: int, channel: str, payload: str) -> None:
        heard.append(pid)
        if len(heard) == 2:
            many.set()

    async with followed(database) as (pool, feed), followed(database) as (_, other):
        watcher = await asyncpg.connect(database)
        await watcher.add_listener(CHANNEL, hear)
        async with relayed(database, feed) as relay, relayed(database, other):
            await until_heard_by(pool, 2)
            reader = await listen(other)
            (place,) = await append(pool, feed, an_event(ORDER, 1))
            for _ in range(100):
                relay.nudge()
            assert told(await take(reader, 1)) == [(place, "order.updated")]
            for _ in range(100):
                relay.nudge()
            await many.wait()
            await pool.execute(f"NOTIFY {CHANNEL}")
            while len(set(heard)) == 1:
                await watcher.execute("SELECT 1")
            assert len(heard) == 3
        await watcher.close()


async def test_wake_ups_that_are_lost_are_told_once_and_come_back(database: str) -> None:
    async with followed(database) as (pool, feed), followed(database) as (_, other):
        async with relayed(database, feed) as relay, relayed(database, other):
            await until_heard_by(pool, 2)
            reader = await listen(other)
            with capture_logs() as lines:
                await pool.execute(
                    """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                       WHERE application_name = 'trama wake-ups'
                       AND datname = current_database()"""
                )
                await append(pool, feed, an_event(ORDER, 1))
                relay.nudge()
                assert told(await take(reader, 1)) == [(1, "order.updated")]
                await until_heard_by(pool, 2)
                await append(pool, feed, an_event(ORDER, 2))
                relay.nudge()
                assert told(await take(reader, 1)) == [(2, "order.updated")]
        kinds = sorted(each["event"] for each in lines)
        assert kinds == ["log.wakeups_back"] * 2 + ["log.wakeups_lost"] * 2


async def test_without_wake_ups_the_log_is_looked_at_now_and_then(database: str) -> None:
    async with followed(database, poll_seconds=0.01) as (pool, feed):
        reader = await listen(feed)
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("SELECT pg_current_xact_id()")
            await connection.execute(
                """INSERT INTO event (type, aggregate, aggregate_id, aggregate_version, changed,
                   audience, occurred_at) VALUES ('order.created', 'order', $1, 1, '{}', '{}',
                   now())""",
                ORDER,
            )
        assert told(await take(reader, 1)) == [(1, "order.created")]


async def test_what_one_gateway_reads_of_its_sources_another_one_tells_its_readers(
    database: str,
) -> None:
    async with staged(database, a_retailer(an_order(1))) as stage, stage.reading() as worker:
        await everything_read(worker)
        events = stage.settings.events.model_copy(update={"poll_seconds": 3600.0})
        serving = stage.settings.model_copy(update={"events": events})
        async with open_gateway(serving) as gateway:
            await until_heard_by(gateway.pool, 2)
            reader = await listen(gateway.feed)
            stock = gateway.feed.follow_stock(["SKU-1"], after=None)
            await anext(stock)
            await stage.act("put_order", order=an_order(2))
            (created,) = await take(reader, 1)
            assert created.event.type == "order.created"
            ref = await gateway.pool.fetchval(
                "SELECT ref FROM sales_order WHERE id = $1", created.event.order_id
            )
            assert ref == "2-01"
            await stage.act("put_stock", stock=DataStock("SKU-1", "dc-1", 77))
            assert (await anext(stock)).skus == ("SKU-1",)
