"""Four sources of 50 ms with batch endpoints and no rate limit, read whole by one gateway."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp
import asyncpg

from benchmarks.gateway import Account, Gateway, ask, served
from benchmarks.processes import Running, running
from benchmarks.questions import ORDER_IDS
from benchmarks.retail import order_of
from benchmarks.stage import Stage
from gateway.projection.migrate import migrate

WAIT_SECONDS = 0.05
PATIENCE_SECONDS = 120.0
PAGE = 25
UNREAD = """SELECT count(*) FROM source_stream
    WHERE stream <> 'inbox' AND backfilled_at IS NULL"""
# Every source, its role, and what is read from it.
SOURCES = {
    "market": ("MARKETPLACE", ("orders",)),
    "erp": ("ERP", ("orders", "invoices")),
    "wms": ("WMS", ("locations", "stock", "fulfillments")),
    "till": ("POS", ("customers",)),
}


@dataclass(frozen=True)
class FourSources:
    """The gateway, its sources, and the first page of orders."""

    gateway: Gateway
    sources: dict[str, Running]
    order_ids: Sequence[str]

    async def batches(self, client: aiohttp.ClientSession) -> dict[str, int]:
        """Answer the batches that each source's streams were asked since the last time."""
        found: dict[str, int] = {}
        for name, source in self.sources.items():
            async with client.get(f"{source.url}/_traffic") as answer:
                for stream, count in (await answer.json()).items():
                    found[f"{name} {stream}"] = count
        return found

    async def batches_ms(
        self, client: aiohttp.ClientSession, batches: Sequence[tuple[str, str]]
    ) -> float:
        """Answer how long these batches of a page take, asked directly and all at once."""
        took = []
        for _ in range(PAGE):
            began = time.perf_counter()
            await asyncio.gather(*(self._batch(client, *each) for each in batches))
            took.append(time.perf_counter() - began)
        return sorted(took)[len(took) // 2] * 1000

    async def _batch(self, client: aiohttp.ClientSession, name: str, stream: str) -> None:
        orders = [order_of(n) for n in range(PAGE)]
        refs = [f"bill-{each}" for each in orders] if stream == "invoices" else orders
        url = f"{self.sources[name].url}/{stream}/batch"
        async with client.post(url, json={"refs": refs}) as answer:
            await answer.read()


@asynccontextmanager
async def four_sources(stage: Stage) -> AsyncIterator[FourSources]:
    """Start the sources and the gateway, and wait until everything is read."""
    dsn = await stage.database("bench_four_sources")
    await migrate(dsn)
    async with AsyncExitStack() as stack, aiohttp.ClientSession() as client:
        sources = {name: await stack.enter_async_context(_source(stage, name)) for name in SOURCES}
        accounts = [
            Account(name, sources[name].url, role, streams, creates_items=name == "wms")
            for name, (role, streams) in SOURCES.items()
        ]
        gateway = await stack.enter_async_context(
            served(
                "four-sources", dsn, accounts,
                folder=stage.folder, cores=stage.cores.server, reads=True,
            )
        )  # fmt: skip
        await everything_read(dsn)
        nodes = (await ask(client, gateway.target, ORDER_IDS, {}))["orders"]["nodes"]
        yield FourSources(gateway, sources, [each["id"] for each in nodes])


@asynccontextmanager
async def _source(stage: Stage, name: str) -> AsyncIterator[Running]:
    command = [
        sys.executable, "-m", "benchmarks.vendor.server",
        "--skus", "1", "--orders", str(stage.scale.orders), "--wait-seconds", str(WAIT_SECONDS),
        *(["--is-channel"] if name == "market" else []),
    ]  # fmt: skip
    async with running(name, command, cores=stage.cores.others, log=stage.log(name)) as process:
        yield process


async def everything_read(dsn: str) -> None:
    """Wait until every stream was read whole; raises TimeoutError."""
    connection = await asyncpg.connect(dsn)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                unread = await connection.fetchval(UNREAD)
                if not unread:
                    return
                await asyncio.sleep(0.2)
    finally:
        await connection.close()
