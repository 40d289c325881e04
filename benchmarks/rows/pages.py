"""P5 and P6: orders over four sources, all of them well, and one of them hanging."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import aiohttp

from benchmarks.clients.load import Question
from benchmarks.findings import Finding, Findings, Goal, Table
from benchmarks.gateway import DEADLINE_SECONDS, ask
from benchmarks.questions import ORDER, ORDER_PAGE, live_page
from benchmarks.rows.four_sources import PAGE, SOURCES, WAIT_SECONDS, FourSources, four_sources
from benchmarks.stage import Stage
from benchmarks.vendor.connector import MANIFEST

ROWS = ("P5", "P6")
HANGING = "wms"
ASKERS = 16
LEAST_ANSWERS = 112
# The streams that an order is read from again, each once for a page; customers are not.
LIVE = ("orders", "orders", "invoices", "fulfillments")

_LIVE_PAGE = (
    "beside the sources' 50 ms the page is read from the projection, what they answered is written "
    "through before it is shown and read again, and graphql-core resolves it field by field"
)
_SPREAD = "what one page asks for reached a source in more than one lot"


@dataclass(frozen=True)
class Times:
    """How long answers took, in ms."""

    every: Sequence[float]

    def at(self, share: float) -> float:
        """Answer the time within which this share of the answers came."""
        ordered = sorted(self.every)
        return ordered[min(len(ordered) - 1, ceil(len(ordered) * share) - 1)]


async def measure(stage: Stage, rows: Sequence[str]) -> Findings:
    """Measure the rows that are wanted."""
    findings = Findings()
    async with four_sources(stage) as four:
        if "P5" in rows:
            findings.add(await _measure_page(stage, four))
        if "P6" in rows:
            findings.add(await _measure_hanging(stage, four))
    return findings


async def _measure_page(stage: Stage, four: FourSources) -> Findings:
    """P5."""
    variables = {f"id{place}": each for place, each in enumerate(four.order_ids)}
    query = live_page(len(four.order_ids))
    async with aiohttp.ClientSession() as client:
        await ask(client, four.gateway.target, ORDER_PAGE, {})
    stored = await stage.client.load(
        four.gateway.target, Question("page", ORDER_PAGE, ({},)).bodies, stage.seconds, 1
    )
    stage.say(f"P5, a page of {PAGE} from the projection: p50 {stored.p50_ms:.1f} ms")
    async with aiohttp.ClientSession() as client:
        critical = await four.critical_path_ms(client)
        await ask(client, four.gateway.target, query, variables)
        await four.batches(client)
        times = await _repeat(client, four, query, variables, stage.seconds * 3)
        batches = await four.batches(client)
    count = len(times.every)
    per_page = sum(batches.values()) / count
    least = sum(ceil(PAGE / MANIFEST.streams[stream].batch_size) for stream in LIVE)
    stage.say(f"P5, live: p50 {times.at(0.5):.1f} ms, {per_page:.1f} requests a page")
    return Findings(
        [
            Finding("P5", f"p50 of a live page of {PAGE} / the critical path ({critical:.1f} ms)",
                    Goal(1.2, False, "<= 1.2"), times.at(0.5) / critical, "x", _LIVE_PAGE),
            Finding("P5", f"requests for a live page of {PAGE}; {least} would do",
                    Goal(least, False, f"<= {least}"), per_page, "", _SPREAD),
        ],
        [Table(
            "A page of 25 orders with customer, invoices and shipments over four sources",
            ("what", "p50 ms", "p99 ms", "requests a page"),
            [
                ["from the projection", f"{stored.p50_ms:.1f}", f"{stored.p99_ms:.1f}", "0"],
                ["each order read at its sources", f"{times.at(0.5):.1f}",
                 f"{times.at(0.99):.1f}", _told(batches, count)],
            ],
            f"One connection; sources answer after {WAIT_SECONDS * 1000:.0f} ms, asked side by "
            f"side, so the critical path is one of their batches; {count} live pages. Customers "
            "are not read again, the rest is. No peer: none of them reads sources.",
        )],
    )  # fmt: skip


def _told(batches: dict[str, int], count: int) -> str:
    return ", ".join(f"{name} {number / count:.1f}" for name, number in sorted(batches.items()))


async def _repeat(
    client: aiohttp.ClientSession,
    four: FourSources,
    query: str,
    variables: dict[str, Any],
    seconds: float,
) -> Times:
    took: list[float] = []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end or not took:
        await ask(client, four.gateway.target, query, variables)
        took.append((time.perf_counter() - began) * 1000)
    return Times(took)


async def _measure_hanging(stage: Stage, four: FourSources) -> Findings:
    """P6."""
    took: list[float] = []
    whole = 0
    end = time.perf_counter() + max(stage.seconds, 3 * DEADLINE_SECONDS)

    async def asker(client: aiohttp.ClientSession, number: int) -> None:
        nonlocal whole
        place = number
        while time.perf_counter() < end or len(took) < LEAST_ANSWERS:
            variables = {"id": four.order_ids[place % len(four.order_ids)]}
            began = time.perf_counter()
            data = await ask(client, four.gateway.target, ORDER, variables)
            took.append((time.perf_counter() - began) * 1000)
            whole += _is_whole(data["order"])
            place += ASKERS

    source = four.sources[HANGING]
    source.pause()
    try:
        connector = aiohttp.TCPConnector(limit=ASKERS)
        async with (
            aiohttp.ClientSession(connector=connector) as client,
            asyncio.TaskGroup() as all_,
        ):
            for number in range(ASKERS):
                all_.create_task(asker(client, number))
    finally:
        source.resume()
    times, bound = Times(took), DEADLINE_SECONDS * 1000
    stage.say(f"P6, {HANGING} hangs: p99 {times.at(0.99):,.0f} ms, {whole} of {len(took)} whole")
    slow = sum(each >= bound * 0.9 for each in took)
    return Findings(
        [
            Finding("P6", f"p99 with one of {len(SOURCES)} sources hanging / the deadline",
                    Goal(1.05, False, "<= 1.05"), times.at(0.99) / bound, "x",
                    "after the deadline the order is read from Postgres again and resolved"),
            Finding("P6", "answers with every other source's fields",
                    Goal(1, True, "all"), whole / len(took), "x", "see the log of the run"),
        ],
        [Table(
            f"An order with {HANGING} hanging (deadline {DEADLINE_SECONDS:g} s)",
            ("answers", "p50 ms", "p99 ms", "longest ms", "waited for the deadline"),
            [[str(len(took)), f"{times.at(0.5):,.0f}", f"{times.at(0.99):,.0f}",
              f"{times.at(1):,.0f}", str(slow)]],
            f"{ASKERS} connections, REFRESH_OR_SERVE with maxAge PT0S. Once its breaker is open "
            "the hanging source is not waited for.",
        )],
    )  # fmt: skip


def _is_whole(order: dict[str, Any]) -> bool:
    """Answer whether all but the hanging source's part is there, and that part is marked."""
    ages = {each["source"]["id"]: each for each in order["freshness"]}
    others = [age for name, age in ages.items() if name != HANGING]
    return (
        ages[HANGING]["isStale"]
        and all(age["asOf"] is not None for age in others)
        and bool(order["customer"] and order["invoices"])
    )
