"""Streams are read once, in time, and go on after whatever happens."""

from typing import Any

from gateway.bootstrap import Gateway
from gateway.connect.testing.dataset import DataStock

from .stage import a_retailer, an_order, everything_read, staged, until


async def _stream(gateway: Gateway, source: str, stream: str) -> Any:
    return await gateway.pool.fetchrow(
        "SELECT * FROM source_stream WHERE source_id = $1 AND stream = $2", source, stream
    )


async def _count(gateway: Gateway) -> int:
    found: int = await gateway.pool.fetchval("SELECT count(*) FROM sales_order")
    return found


async def test_a_backfill_reads_everything_once_and_leaves_one_event(database: str) -> None:
    orders = [an_order(n) for n in range(1, 251)]
    async with staged(database, a_retailer(*orders)) as stage, stage.reading() as gateway:
        await everything_read(gateway)
        assert await _count(gateway) == 250
        assert stage.marketplace.traffic.requests["GetOrder"] == 250
        kinds = await gateway.pool.fetch("SELECT type, audience FROM event ORDER BY id")
        told = {
            (row["type"], row["audience"]["source"], row["audience"]["stream"]) for row in kinds
        }
        assert told == {
            ("backfill.completed", "vtex", "orders"),
            ("backfill.completed", "shiphero", "locations"),
            ("backfill.completed", "shiphero", "stock"),
            ("backfill.completed", "shiphero", "fulfillments"),
        }
        runs = await gateway.pool.fetch(
            "SELECT stream, kind, state, rows FROM sync_run WHERE source_id = 'vtex'"
        )
        assert [tuple(row) for row in runs] == [("orders", "WALK", "DONE", 250)]


async def test_a_change_comes_by_the_delta_with_its_event(database: str) -> None:
    async with staged(database, a_retailer(an_order(1))) as stage, stage.reading() as gateway:
        await everything_read(gateway)
        await stage.act("put_order", order=an_order(1, word="canceled"))
        await stage.act("put_order", order=an_order(2))

        async def events() -> list[str]:
            rows = await gateway.pool.fetch("SELECT type FROM event WHERE aggregate = 'order'")
            return [row["type"] for row in rows]

        async def are_two() -> bool:
            return sorted(set(await events())) == ["order.created", "order.updated"]

        await until("both changes are in the log", are_two)
        status = await gateway.pool.fetch("SELECT ref, status FROM sales_order ORDER BY ref")
        assert [tuple(row) for row in status] == [("1-01", "CANCELLED"), ("2-01", "CONFIRMED")]


async def test_a_watermark_is_the_reads_start_less_lag_and_skew(database: str) -> None:
    async with staged(database, a_retailer(an_order(1))) as stage, stage.reading() as gateway:
        await everything_read(gateway)

        async def mark() -> Any:
            return (await _stream(gateway, "vtex", "orders"))["watermark"]

        first = await until("there is a watermark", mark)
        assert (gateway.clock.now() - first).total_seconds() >= 305

        async def grows() -> bool:
            return bool(await mark() > first)

        await until("it grows", grows)


async def test_a_source_down_is_told_and_the_others_go_on(database: str) -> None:
    async with staged(database, a_retailer(an_order(1))) as stage, stage.reading() as gateway:
        await everything_read(gateway)
        stage.fail(stage.marketplace, kind="status", status=503, times=100_000)

        async def is_down() -> bool:
            return bool((await _stream(gateway, "vtex", "orders"))["health"] == "DOWN")

        await until("the marketplace is down", is_down)
        assert "UPSTREAM_FAULT" in (await _stream(gateway, "vtex", "orders"))["health_reason"]
        await stage.act("put_stock", stock=DataStock("007", "dc-1", 41))

        async def is_seen() -> bool:
            found = await gateway.pool.fetchval("SELECT on_hand FROM position WHERE sku = '007'")
            return bool(found == 41)

        await until("the warehouse is read on", is_seen)
        stage.marketplace.faults.clear()


async def test_refused_credentials_pause_a_source_until_they_are_accepted(database: str) -> None:
    async with staged(database, a_retailer(an_order(1))) as stage, stage.reading() as gateway:
        await everything_read(gateway)
        stage.fail(stage.marketplace, kind="status", status=401, times=100_000)

        async def is_paused() -> bool:
            return bool((await _stream(gateway, "vtex", "orders"))["health"] == "PAUSED")

        await until("the marketplace is paused", is_paused)
        stage.marketplace.faults.clear()


async def test_a_lease_that_has_run_out_is_taken_by_another_reader(database: str) -> None:
    async with staged(database, a_retailer(an_order(1))) as stage:
        async with stage.reading() as first, stage.reading() as second:
            await everything_read(first)
            before = await _stream(first, "vtex", "orders")

            async def is_taken() -> bool:
                await first.pool.execute(
                    """UPDATE source_stream SET lease_until = now() - interval '1 s'
                       WHERE lease_owner = $1""",
                    before["lease_owner"],
                )
                now = await _stream(first, "vtex", "orders")
                return bool(now["lease_owner"] not in (None, before["lease_owner"]))

            await until("another one has the lease", is_taken)
            assert (await _stream(first, "vtex", "orders"))["lease_token"] > before["lease_token"]
            await stage.act("put_order", order=an_order(2))

            async def is_seen() -> bool:
                return await _count(second) == 2

            await until("the change is read", is_seen)
            assert stage.marketplace.traffic.requests["GetOrder"] <= 3
