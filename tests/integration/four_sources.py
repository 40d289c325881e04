"""The sources of the benchmarks, and a gateway that has read them, in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from benchmarks.clients.load import Target
from benchmarks.gateway import KEY, UNCACHED, Account, configuration
from benchmarks.rows.four_sources import SOURCES, everything_read
from benchmarks.vendor.server import Vendor
from gateway.bootstrap import Gateway, open_gateway
from gateway.settings import read_settings
from gateway.web.server import serve

# The key of a partner that no order is for.
NOBODY = "partner-key-that-no-order-is-for"
NO_FLOORS = {"partner": 0, "operator": 0}


@dataclass(frozen=True)
class Stage:
    """The vendors by their source's id, the gateway, and where it is asked."""

    vendors: dict[str, Vendor]
    gateway: Gateway
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
async def staged(
    dsn: str, *, uses_engine: bool = True, hanging: str = "", deadline_seconds: float = 30.0
) -> AsyncIterator[Stage]:
    """Serve a gateway that has read three orders of four sources, and goes on to read no more.

    `hanging` is a source that answers no batch. Nothing is kept in the process: what is asked of
    Postgres can be counted.
    """
    vendors = {
        name: Vendor(1, 3, 3600.0 if name == hanging else 0.0, is_channel=name == "market")
        for name in SOURCES
    }
    stop, ready = asyncio.Event(), asyncio.get_running_loop().create_future()
    async with AsyncExitStack() as stack:
        accounts = [
            Account(name, await stack.enter_async_context(serving_vendor(vendors[name])),
                    role, streams, creates_items=name == "wms")
            for name, (role, streams) in SOURCES.items()
        ]  # fmt: skip
        sections = {**UNCACHED, "engine": {"enabled": uses_engine}}
        tree = configuration(dsn, accounts, sections=sections)
        tree["freshness"] |= {"deadline_seconds": deadline_seconds, "floors": NO_FLOORS}
        tree["database"]["dsn"] = {"env": "DSN"}
        tree["keys"].append({"id": "nobody", "kind": "partner", "key": {"env": "NOBODY"},
                             "owners": ["nobody"]})  # fmt: skip
        environ = {"BENCH_KEY": KEY, "NOBODY": NOBODY, "DSN": dsn}
        settings = read_settings(tree, environ, Path())
        gateway = await stack.enter_async_context(open_gateway(settings))
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(gateway.worker.run())
            tasks.create_task(
                serve(gateway.app, "127.0.0.1", 0, on_ready=ready.set_result, stop=stop)
            )
            await everything_read(dsn)
            reading.cancel()
            await asyncio.wait([reading])
            url = f"http://127.0.0.1:{await ready}/graphql"
            yield Stage(vendors, gateway, Target(url, {"Authorization": f"Bearer {KEY}"}))
            stop.set()
