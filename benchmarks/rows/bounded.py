"""P12, its second part: what a gateway holds in memory when its cache is full."""

from collections.abc import Iterator

import aiohttp

from benchmarks.findings import Finding, Findings, Goal, Table
from benchmarks.gateway import Gateway, ask
from benchmarks.questions import AVAILABILITY
from benchmarks.retail import GROWTH, sku_of
from benchmarks.rows.reading import reading_gateway
from benchmarks.stage import Stage

SKUS_AT_ONCE = 100
LEAST_BYTES = 1_000_000
# What a tenth of the SKUs may take, each at ten locations.
BYTES_OF_A_SKU = 4096


async def measure_memory(stage: Stage, dsn: str) -> Findings:
    """Ask for every SKU, twice, with room for a tenth of them; tell the memory in between."""
    most = max(LEAST_BYTES, stage.scale.skus // GROWTH * BYTES_OF_A_SKU)
    bound = {
        "cache": {"enabled": True, "max_entries": stage.scale.skus, "max_bytes": most},
        "engine": {"max_kept_bytes": most},
    }
    async with (
        reading_gateway(stage, "bounded", dsn, is_cached=True, sections=bound) as gateway,
        aiohttp.ClientSession() as client,
    ):
        await _ask_for(client, gateway, stage.scale.stock.skus[:SKUS_AT_ONCE])
        told = [gateway.running.memory_mb]
        for _ in range(2):
            await _ask_for(client, gateway, stage.scale.stock.skus)
            told.append(gateway.running.memory_mb)
    start, once, twice = told
    stage.say(f"P12, memory with a full cache: {start:,.0f}, {once:,.0f}, {twice:,.0f} MB")
    return Findings(
        [
            Finding("P12", "memory with the cache full: every SKU asked for twice / once",
                    Goal(1.05, False, "<= 1.05"), twice / once, "x", "P12 memory"),
            Finding("P12", "memory that full caches add / their bounds",
                    Goal(2, False, "<= 2"), (twice - start) * 1e6 / (2 * most), "x",
                    "P12 memory"),
        ],
        [Table(
            "Memory of a gateway whose cache is full",
            ("bound of rows, and of JSON, MB", "warm, MB", "every SKU once, MB", "twice, MB"),
            [[f"{most / 1e6:,.0f}", f"{start:,.0f}", f"{once:,.0f}", f"{twice:,.0f}"]],
            f"{stage.scale.skus:,} SKUs, {SKUS_AT_ONCE} at a time, at ten locations each.",
        )],
    )  # fmt: skip


async def _ask_for(client: aiohttp.ClientSession, gateway: Gateway, skus: range) -> None:
    for lot in _lots(skus):
        await ask(client, gateway.target, AVAILABILITY, {"skus": lot})


def _lots(skus: range) -> Iterator[list[str]]:
    for start in range(0, len(skus), SKUS_AT_ONCE):
        yield [sku_of(number) for number in skus[start : start + SKUS_AT_ONCE]]
