"""A running gateway tells Prometheus what it does and how its sources fare."""

import json
import socket
import time
from pathlib import Path

import aiohttp
import asyncpg

from connectors.vtex.client import HOOK_HEADER
from tests.conftest import Server

from .metrics import scrape
from .processes import gateway, until, worker
from .stage import a_retailer, an_order, everything_read, staged

ORDERS = "query Secret_Name { orders(first: 1) { totalCount } }"
NOW = """{ availability(skus: ["SKU-1"], freshness: {maxAge: "PT0S", onStale: REFRESH_OR_FAIL})
           { availableToSell } }"""


async def test_requests_and_calls_are_counted_by_bounded_labels(
    database: str, tmp_path: Path
) -> None:
    async with staged(a_retailer(an_order(1)), database, tmp_path) as stage:
        async with stage.gateway() as running:
            await everything_read(running)
            before = await scrape(running.metrics_url)
            asked: dict[str, str] = {"operation": "query", "principal": "OPERATOR"}
            for _ in range(3):
                await running.data(ORDERS)
            await running.ask("{ nothing }")
            await running.ask("{", kind="storefront")
            async with (
                aiohttp.ClientSession() as client,
                client.post(f"{running.url}/graphql", json={"query": ORDERS}) as answer,
            ):
                assert answer.status == 401
            await stage.warehouse.fail(kind="status", status=503, times=50)
            refused = await running.ask(NOW)
            assert refused["errors"][0]["extensions"]["code"] == "SOURCE_UNAVAILABLE"
            after = await scrape(running.metrics_url)

            def more(name: str, **labels: str) -> float:
                return (after.value(name, **labels) or 0) - (before.value(name, **labels) or 0)

            requests = "trama_graphql_requests_total"
            assert more(requests, **asked, outcome="OK") == 3
            assert more(requests, **asked, outcome="PARTIAL") == 1
            assert more(requests, **asked, outcome="INVALID") == 1
            told = {"operation": "UNKNOWN", "principal": "STOREFRONT", "outcome": "INVALID"}
            assert more(requests, **told) == 1
            told = {"operation": "UNKNOWN", "principal": "NOBODY", "outcome": "REFUSED"}
            assert more(requests, **told) == 1
            refusals = {"code": "UNAUTHENTICATED", "principal": "NOBODY"}
            assert more("trama_graphql_refusals_total", **refusals) == 1
            assert more("trama_graphql_request_seconds_count", **asked) == 5
            calls = after.labels("trama_source_calls_total")
            assert {"vtex", "shiphero"} == {each["source"] for each in calls}
            assert "UPSTREAM_FAULT" in {each["outcome"] for each in calls}
            assert "ListOrders" in {each["operation"] for each in calls}
            listed = {"source": "vtex", "operation": "ListOrders"}
            assert after.value("trama_source_call_seconds_count", **listed) == sum(
                after.value("trama_source_calls_total", **each) or 0
                for each in calls
                if each["operation"] == "ListOrders"
            )
            assert "Secret_Name" not in after.text
            assert (after.value("process_resident_memory_bytes") or 0) > 0


async def test_a_source_that_is_lost_is_seen(database: str, tmp_path: Path) -> None:
    async with staged(a_retailer(), database, tmp_path) as stage:
        async with stage.gateway() as running:
            await everything_read(running)

            async def state(name: str) -> float | None:
                found = await scrape(running.metrics_url)
                return found.value("trama_source_state", source="shiphero", state=name)

            assert (await state("UP"), await state("DOWN")) == (1, 0)
            await stage.warehouse.process.kill()

            async def is_down() -> bool:
                return await state("DOWN") == 1

            await until("it is down", is_down)
            assert await state("UP") == 0


async def test_what_is_read_and_what_waits_is_seen(database: str, tmp_path: Path) -> None:
    orders = [an_order(1), an_order(2, is_broken=True)]
    async with staged(a_retailer(*orders), database, tmp_path) as stage:
        async with stage.gateway() as running:
            await everything_read(running)
            started = time.time()
            seen = await scrape(running.metrics_url)
            places = {"source": "shiphero", "stream": "locations"}
            assert seen.value("trama_records_applied_total", **places) == 2
            assert seen.value("trama_stream_up", **places) == 1
            walked_at = seen.value("trama_stream_last_walk_timestamp_seconds", **places)
            assert walked_at is not None
            assert started - 60 < walked_at < started
            assert seen.value("trama_stream_watermark_age_seconds", **places) is None
            lag = seen.value("trama_stream_lag_seconds", **places)
            assert lag is not None
            assert 0 <= lag < 60
            bought = {"source": "vtex", "stream": "orders"}
            assert seen.value("trama_quarantine_records", **bought) == 1
            assert (seen.value("trama_records_quarantined_total", **bought) or 0) >= 1
            told = await running.data("{ sources { id streams { name waiting } } }")
            (waiting,) = [
                each["waiting"]
                for source in told["sources"]
                for each in source["streams"]
                if each["name"] == "fulfillments"
            ]
            works = {"source": "shiphero", "stream": "fulfillments"}
            assert seen.value("trama_waiting_records", **works) == waiting
            assert seen.value("trama_database_up") == 1
            assert seen.value("trama_database_connections_max") == 10


async def test_pushes_are_counted_by_verdict_and_wait_in_the_inbox(
    database: str, tmp_path: Path
) -> None:
    async with staged(a_retailer(an_order(1)), database, tmp_path) as stage:
        async with stage.gateway(0, "--no-worker") as running:
            told = {"Domain": "Fulfillment", "OrderId": "1-01", "State": "payment-approved"}
            secret = stage.marketplace.settings["hook_secret"]
            for source, key, status in [
                ("vtex", secret, 200),
                ("vtex", secret, 200),
                ("vtex", "wrong", 401),
                ("made-up", secret, 404),
            ]:
                async with (
                    aiohttp.ClientSession() as client,
                    client.post(
                        f"{running.url}/hooks/{source}", json=told, headers={HOOK_HEADER: key}
                    ) as answer,
                ):
                    assert answer.status == status
            seen = await scrape(running.metrics_url)
            counted = {
                (each["source"], each["verdict"]): seen.value("trama_deliveries_total", **each)
                for each in seen.labels("trama_deliveries_total")
            }
            assert counted == {
                ("vtex", "STORED"): 1,
                ("vtex", "DUPLICATE"): 1,
                ("vtex", "REFUSED"): 1,
                ("", "UNKNOWN_SOURCE"): 1,
            }
            assert seen.value("trama_inbox_deliveries", source="vtex") == 1
            assert (seen.value("trama_inbox_oldest_age_seconds", source="vtex") or 0) > 0
            assert seen.value("trama_inbox_deliveries", source="shiphero") == 0


async def test_a_worker_is_watched_too_and_without_its_database(
    database: str, postgres: Server, tmp_path: Path
) -> None:
    async with staged(a_retailer(an_order(1)), database, tmp_path) as stage:
        tree, environ = stage.configuration()
        async with worker(tree, environ, tmp_path) as url:

            async def has_read() -> bool:
                seen = await scrape(url)
                return bool(seen.value("trama_stream_up", source="vtex", stream="orders"))

            await until("it has read", has_read)
            await lose_database(postgres, database)
            try:
                seen = await scrape(url)
            finally:
                await find_database(postgres, database)
            assert seen.value("trama_database_up") == 0
            assert seen.labels("trama_stream_up") == []
            assert seen.value("trama_source_state", source="vtex", state="UP") == 1

            async def is_back() -> bool:
                return (await scrape(url)).value("trama_database_up") == 1

            await until("the database is seen again", is_back)


async def test_metrics_address_that_is_taken_does_not_keep_a_gateway_from_serving(
    database: str, tmp_path: Path
) -> None:
    async with staged(a_retailer(), database, tmp_path) as stage:
        tree, environ = stage.configuration()
        with socket.create_server(("127.0.0.1", 0)) as taken:
            tree["metrics"] = {"port": taken.getsockname()[1]}
            async with gateway(tree, environ, tmp_path) as running:
                assert running.metrics_url == ""
                await running.data("{ sources { id } }")
    lines = (tmp_path / "gateway.log").read_text("utf-8").splitlines()
    (told,) = [line for line in map(json.loads, lines) if line["event"] == "metrics.not_served"]
    assert told["address"] == f"127.0.0.1:{tree['metrics']['port']}"


async def lose_database(server: Server, dsn: str) -> None:
    """End every connection to a database, and let nobody in."""
    name = dsn.partition("?")[0].rpartition("/")[2]
    connection = await asyncpg.connect(server.dsn)
    try:
        await connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
        )
    finally:
        await connection.close()


async def find_database(server: Server, dsn: str) -> None:
    """Let everybody in again."""
    name = dsn.partition("?")[0].rpartition("/")[2]
    connection = await asyncpg.connect(server.dsn)
    try:
        await connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    finally:
        await connection.close()
