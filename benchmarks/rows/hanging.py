"""P6: one of four sources hangs; an order is answered at the deadline, with all the others have."""

import asyncio
import time
from typing import Any

import aiohttp

from benchmarks.findings import Finding, Findings, Goal, Table
from benchmarks.gateway import DEADLINE_SECONDS, ask
from benchmarks.questions import ORDER
from benchmarks.rows.four_sources import SOURCES, FourSources
from benchmarks.stage import Stage
from benchmarks.times import Times

HANGING = "wms"
ASKERS = 16
LEAST_ANSWERS = 112


async def measure_hanging(stage: Stage, four: FourSources) -> Findings:
    """Ask for orders while a source takes connections and says nothing."""
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
                    "P6 p99 / the deadline"),
            Finding("P6", "answers with every other source's fields",
                    Goal(1, True, "all"), whole / len(took), "x", "P6 others"),
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
