"""The sources of the benchmarks, in this process: an order is read again at each that knows it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web

from benchmarks.clients.load import Target
from benchmarks.gateway import KEY, Account, ask, configuration
from benchmarks.questions import ORDER, ORDER_IDS, live_page
from benchmarks.rows.four_sources import SOURCES, everything_read
from benchmarks.vendor.connector import install
from benchmarks.vendor.server import Vendor
from gateway.bootstrap import open_gateway
from gateway.settings import read_settings
from gateway.web.server import serve


@dataclass(frozen=True)
class Stage:
    """The vendors by their source's id, and where the gateway is asked."""

    vendors: dict[str, Vendor]
    target: Target


@asynccontextmanager
async def serving_vendor(vendor: Vendor) -> AsyncIterator[str]:
    runner = web.AppRunner(vendor.app(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def staged(dsn: str) -> AsyncIterator[Stage]:
    """Serve a gateway that has read three orders of four sources."""
    vendors = {name: Vendor(1, 3, 0.0, is_channel=name == "market") for name in SOURCES}
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    async with AsyncExitStack() as stack:
        accounts = [
            Account(name, await stack.enter_async_context(serving_vendor(vendors[name])),
                    role, streams, creates_items=name == "wms")
            for name, (role, streams) in SOURCES.items()
        ]  # fmt: skip
        tree = configuration(dsn, accounts)
        tree["database"]["dsn"] = {"env": "DSN"}
        settings = read_settings(tree, {"BENCH_KEY": KEY, "DSN": dsn}, Path())
        gateway = await stack.enter_async_context(open_gateway(settings))
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(gateway.worker.run())
            tasks.create_task(
                serve(gateway.app, "127.0.0.1", 0, on_ready=ready.set_result, stop=stop)
            )
            await everything_read(dsn)
            url = f"http://127.0.0.1:{await ready}/graphql"
            yield Stage(vendors, Target(url, {"Authorization": f"Bearer {KEY}"}))
            reading.cancel()
            stop.set()


async def test_an_order_is_read_again_at_its_channel_its_erp_and_its_warehouse(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(install(tmp_path)))
    async with staged(database) as stage, aiohttp.ClientSession() as client:
        nodes = (await ask(client, stage.target, ORDER_IDS, {}))["orders"]["nodes"]
        variables = {"id": nodes[-1]["id"]}
        order = (await ask(client, stage.target, ORDER, variables))["order"]
        bills = stage.vendors["erp"].rows["invoices"]
        ref = f"bill-{order['number']}"
        bills[ref] = msgspec.structs.replace(bills[ref], total="12.50", version=2)
        asked_before = {name: dict(v.traffic.requests) for name, v in stage.vendors.items()}
        order = (await ask(client, stage.target, ORDER, variables))["order"]
    assert order["invoices"] == [
        {"number": ref, "status": "ISSUED", "total": {"amount": "12.50", "currency": "BRL"}}
    ]
    assert {
        age["source"]["id"]: (age["servedFrom"], age["isStale"]) for age in order["freshness"]
    } == dict.fromkeys(("market", "erp", "wms"), ("SOURCE", False))
    assert _more(stage, asked_before) == {
        "market": {"orders": 1},
        "erp": {"orders": 1, "invoices": 1},
        "wms": {"fulfillments": 1},
        "till": {},
    }


async def test_a_page_of_orders_asks_each_stream_once_whatever_each_is_asked_for_by(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(install(tmp_path)))
    async with staged(database) as stage, aiohttp.ClientSession() as client:
        nodes = (await ask(client, stage.target, ORDER_IDS, {}))["orders"]["nodes"]
        asked_before = {name: dict(v.traffic.requests) for name, v in stage.vendors.items()}
        variables = {f"id{n}": node["id"] for n, node in enumerate(nodes)}
        page = await ask(client, stage.target, live_page(len(nodes)), variables)
    assert [order["freshness"][0]["servedFrom"] for order in page.values()] == ["SOURCE"] * 3
    assert len({order["number"] for order in page.values()}) == 3
    assert _more(stage, asked_before) == {
        "market": {"orders": 1},
        "erp": {"orders": 1, "invoices": 1},
        "wms": {"fulfillments": 1},
        "till": {},
    }


def _more(stage: Stage, before: dict[str, dict[str, int]]) -> dict[str, dict[str, Any]]:
    """Answer the batches that each vendor was asked since."""
    return {
        name: {
            stream: count - before[name].get(stream, 0)
            for stream, count in vendor.traffic.requests.items()
            if count > before[name].get(stream, 0)
        }
        for name, vendor in stage.vendors.items()
    }
