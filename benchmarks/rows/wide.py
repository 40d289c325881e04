"""P4: a hundred SKUs at four hundred locations in one query, and what small ones wait meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import aiohttp

from benchmarks.clients.load import CONNECTIONS, Load, Question
from benchmarks.contest import Contestant, load, warm
from benchmarks.findings import Finding, Findings, Goal, Table
from benchmarks.gateway import EVERYWHERE, EVERYWHERE_GROUP, Gateway, ask, ask_bytes
from benchmarks.loader import load_projection
from benchmarks.processes import staying_on
from benchmarks.questions import GROUPS, WIDE_AVAILABILITY
from benchmarks.retail import LOCATIONS, location_of, sku_of
from benchmarks.rows.reading import OURS, OURS_UNCACHED, one_by_one, reading_gateway
from benchmarks.stage import Stage
from benchmarks.times import Times, repeated
from gateway.projection.availability import LOAD_STOCK
from gateway.projection.database import open_pool

ROWS = ("P4",)
LEAST_ANSWERS = 5
# The default group has the ten locations of the other rows.
NEAR = {"near": {"name": "Ten", "locations": [location_of(n) for n in range(LOCATIONS)]}}
COLUMNS = (
    "who", "p50 ms", "longest ms", "answer MB", "small alone, p99 ms", "small meanwhile",
    "small alone /s", "small meanwhile /s",
)  # fmt: skip
GROUPED = {"location_groups": NEAR | EVERYWHERE_GROUP}


@dataclass(frozen=True)
class Wide:
    """What was measured of one gateway."""

    name: str
    alone: Times
    small_alone: Load
    small_beside: Load
    megabytes: float


async def measure(stage: Stage, rows: Sequence[str]) -> Findings:
    """Measure the row in a database of its own, without the cache, and with it."""
    stock, dsn = stage.scale.wide, await stage.database("bench_wide")
    stage.say(f"loading {stock.positions:,} positions at {stock.locations} locations")
    await load_projection(dsn, stock)
    found: list[Wide] = []
    async with AsyncExitStack() as stack:
        for name, is_cached in ((OURS_UNCACHED, False), (OURS, True)):
            serving = reading_gateway(stage, "wide", dsn, is_cached=is_cached, sections=GROUPED)
            gateway = await stack.enter_async_context(serving)
            found.append(await _measure(stage, name, gateway))
        statement_ms = await _statement_ms(stage, dsn)
    await stage.postgres.drop_database("bench_wide")
    return _findings(stage, found, statement_ms)


async def _measure(stage: Stage, name: str, gateway: Gateway) -> Wide:
    who = Contestant.gateway(name, gateway)
    small = one_by_one([sku_of(number) for number in stage.scale.wide.skus])
    async with aiohttp.ClientSession() as client:
        wide = _question(stage, await _group_id(client, gateway))
        size, bodies = await _size(client, gateway, wide, stage), cycle(wide.bodies)

        async def ask_wide() -> None:
            if len(await ask_bytes(client, gateway.target, next(bodies))) < size / 2:
                raise RuntimeError(f"{name} did not answer a wide query whole")

        alone = await repeated(ask_wide, stage.seconds, least=LEAST_ANSWERS)
        stage.say(f"P4, {name}: p50 {alone.at(0.5):,.0f} ms, {size / 1e6:.1f} MB")
        await warm(stage, who, small)
        small_alone = await load(stage, who, small, stage.seconds)
        async with _over_and_over(ask_wide):
            beside = await load(stage, who, small, stage.seconds * 2)
    stage.say(f"P4, {name}: p99 of small ones {small_alone.p99_ms:.1f}, {beside.p99_ms:.1f} ms")
    return Wide(name, alone, small_alone, beside, size / 1e6)


async def _size(
    client: aiohttp.ClientSession, gateway: Gateway, wide: Question, stage: Stage
) -> int:
    """Answer the bytes of a wide answer; raises RuntimeError unless every location is in it."""
    data = await ask(client, gateway.target, wide.query, wide.variables[0])
    if {len(each["locations"]) for each in data["availability"]} != {stage.scale.wide.locations}:
        raise RuntimeError("a wide answer has other locations than were loaded")
    return len(await ask_bytes(client, gateway.target, wide.bodies[0]))


@asynccontextmanager
async def _over_and_over(ask_once: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Ask one after the other meanwhile; the last one is waited for."""
    is_over = asyncio.Event()

    async def asking() -> None:
        while not is_over.is_set():
            await ask_once()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(asking())
        try:
            yield
        finally:
            is_over.set()


def _question(stage: Stage, group: str) -> Question:
    skus, size = [sku_of(number) for number in stage.scale.wide.skus], stage.scale.wide_page
    lots = [skus[start : start + size] for start in range(0, len(skus), size)]
    title = f"{size} SKUs x {stage.scale.wide.locations} locations"
    return Question(title, WIDE_AVAILABILITY, tuple({"skus": lot, "group": group} for lot in lots))


async def _group_id(client: aiohttp.ClientSession, gateway: Gateway) -> str:
    (place,) = (await ask(client, gateway.target, GROUPS, {}))["locations"]["nodes"]
    found: dict[str, str] = {each["code"]: each["id"] for each in place["groups"]}
    return found[EVERYWHERE.code]


async def _statement_ms(stage: Stage, dsn: str) -> float:
    """Answer how long the gateway's statement takes alone, decoded by asyncpg as there."""
    skus = [sku_of(number) for number in stage.scale.wide.skus][: stage.scale.wide_page]
    pool = await open_pool(dsn, maximum=1)
    try:
        group: Any = await pool.fetchval(
            "SELECT id FROM location_group WHERE code = $1", EVERYWHERE.code
        )
        with staying_on(stage.cores.server):
            times = await repeated(
                lambda: pool.fetch(LOAD_STOCK, skus, group), stage.seconds, least=LEAST_ANSWERS
            )
    finally:
        await pool.close()
    return times.at(0.5)


def _findings(stage: Stage, found: Sequence[Wide], statement_ms: float) -> Findings:
    title = f"{stage.scale.wide_page} SKUs x {stage.scale.wide.locations} locations"
    findings, uncached = Findings(), found[0]
    _judge(
        findings, f"p50 of {title}, no cache / its SQL alone ({statement_ms:,.0f} ms)",
        Goal(4, False, "<= 4"), uncached.alone.at(0.5), statement_ms, "P4 p50 / its SQL alone",
    )  # fmt: skip
    _judge(
        findings, "p99 of P1's question meanwhile / alone, no cache", Goal(3, False, "<= 3"),
        uncached.small_beside.p99_ms, uncached.small_alone.p99_ms, "P4 p99 meanwhile / alone",
    )  # fmt: skip
    lines = [
        [each.name, f"{each.alone.at(0.5):,.0f}", f"{each.alone.at(1):,.0f}",
         f"{each.megabytes:.1f}", f"{each.small_alone.p99_ms:,.1f}",
         f"{each.small_beside.p99_ms:,.1f}", f"{each.small_alone.per_second:,.0f}",
         f"{each.small_beside.per_second:,.0f}"]
        for each in found
    ]  # fmt: skip
    note = (
        "As operator. Wide ones follow one another on one connection; small ones are P1's question "
        f"on {CONNECTIONS} connections, in the same process. The statement alone, through asyncpg "
        f"on the server's core: p50 {statement_ms:,.0f} ms."
    )
    findings.tables.append(Table(f"Availability, {title}", COLUMNS, lines, note))
    return findings


def _judge(findings: Findings, what: str, goal: Goal, ours: float, beside: float, why: str) -> None:
    if not (ours and beside):
        findings.missing.append(f"P4 {what}: no answer within a turn")
        return
    findings.found.append(Finding("P4", what, goal, ours / beside, "x", why))
