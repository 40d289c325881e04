"""P7, its second part: positions a second from a source over HTTP, mapped and applied."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from benchmarks.findings import Finding, Findings, Goal, Table
from benchmarks.gateway import Account, served
from benchmarks.loader import SOURCE
from benchmarks.processes import Running, running
from benchmarks.retail import LOCATIONS, location_of, on_hand_of, sku_of
from benchmarks.rows.four_sources import everything_read
from benchmarks.stage import Stage
from gateway.connect.testing.dataset import (
    DataItem,
    DataLocation,
    DataStock,
    Record,
    write_dataset,
)
from gateway.demo.processes import running_sandboxes
from gateway.projection.migrate import migrate

STREAMS = ("locations", "stock")
SPEED = 1000
REASONS = ("P7 walk", "P7 walk of a sandbox")


async def measure_walks(stage: Stage) -> Findings:
    """Read all stock of two vendors, each by a gateway of its own."""
    async with vendor(stage, stage.scale.walked_skus) as source:
        account = Account(SOURCE, source.url, "WMS", STREAMS, creates_items=True)
        plain, memory = await _walked(stage, "bench_walking", account)
    async with _shiphero(stage) as account:
        shiphero, _ = await _walked(stage, "bench_shiphero", account)
    names = ("the benchmark's vendor", "ShipHero's sandbox")
    rates = (plain, shiphero)
    return Findings(
        [
            Finding("P7", f"positions/s over HTTP, mapped and applied: {name}",
                    Goal(10_000, text=">= 10,000"), rate, "/s", why)
            for name, rate, why in zip(names, rates, REASONS, strict=True)
        ],
        [Table(
            "A complete walk of stock, by one process",
            ("source", "positions", "positions/s"),
            [
                [names[0], f"{stage.scale.walked_skus * LOCATIONS:,}", f"{plain:,.0f}"],
                [names[1], f"{stage.scale.vendor_skus * LOCATIONS:,}", f"{shiphero:,.0f}"],
            ],
            "Pages of 1,000 rows, ShipHero's of 100; from the walk's start to its end as the "
            "gateway notes it, into an empty database. The gateway's memory after the first: "
            f"{memory:,.0f} MB.",
        )],
    )  # fmt: skip


@asynccontextmanager
async def vendor(stage: Stage, skus: int) -> AsyncIterator[Running]:
    """Start the benchmark's vendor with so many SKUs at ten locations; it answers at once."""
    command = [sys.executable, "-m", "benchmarks.vendor.server", "--skus", str(skus)]
    async with running(
        "vendor", command, cores=stage.cores.others, log=stage.log("vendor")
    ) as process:
        yield process


@asynccontextmanager
async def _shiphero(stage: Stage) -> AsyncIterator[Account]:
    seed = stage.folder / "shiphero.jsonl"
    write_dataset(_records(stage.scale.vendor_skus), seed)
    async with running_sandboxes({"shiphero": seed}, {"shiphero": SPEED}) as (sandbox,):
        yield Account(
            SOURCE, sandbox.url, "WMS", STREAMS, "shiphero", sandbox.settings, creates_items=True
        )


def _records(skus: int) -> Sequence[Record]:
    where = ("Rua A, 1", "Recife", "PE", "50010-000")
    places = [
        DataLocation(location_of(n), f"Location {n}", "STORE", "Trama", *where)
        for n in range(LOCATIONS)
    ]
    items = [DataItem(sku_of(n), sku_of(n), "10.00") for n in range(skus)]
    stock = [
        DataStock(sku_of(n), location_of(k), on_hand_of(n, k))
        for n in range(skus)
        for k in range(LOCATIONS)
    ]
    return [*places, *items, *stock]


async def _walked(stage: Stage, name: str, account: Account) -> tuple[float, float]:
    """Answer the positions a second of the walk, and the memory of the gateway after it."""
    dsn = await stage.database(name)
    await migrate(dsn)
    async with served(
        name, dsn, [account], folder=stage.folder, cores=stage.cores.server, reads=True
    ) as gateway:
        await everything_read(dsn)
        rate, memory = await _rate(dsn), gateway.running.memory_mb
    await stage.postgres.drop_database(name)
    stage.say(f"P7, walked {account.connector}: {rate:,.0f} positions/s")
    return rate, memory


async def _rate(dsn: str) -> float:
    connection = await asyncpg.connect(dsn)
    try:
        rate: float = await connection.fetchval(
            """SELECT rows / extract(epoch FROM ended_at - started_at)::float8 FROM sync_run
               WHERE stream = 'stock' AND ended_at IS NOT NULL ORDER BY started_at LIMIT 1"""
        )
        return rate
    finally:
        await connection.close()
