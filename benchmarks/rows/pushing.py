"""P7, its third part: from a webhook's sending to its being seen in the graph."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from benchmarks.findings import Finding, Findings, Goal, Table
from benchmarks.gateway import HOOK_SECRET, Account, Gateway, ask, served
from benchmarks.loader import SOURCE
from benchmarks.processes import Running
from benchmarks.questions import LEVEL
from benchmarks.retail import LOCATIONS, location_of, sku_of
from benchmarks.rows.four_sources import everything_read
from benchmarks.rows.walking import STREAMS, vendor
from benchmarks.stage import Stage
from benchmarks.times import Times
from benchmarks.vendor.connector import SECRET_HEADER
from gateway.projection.migrate import migrate

SKUS = 400
NEW_UNITS = 1000
LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 30.0
MOST_SKUS = 10


@dataclass
class Watch:
    """By SKU, the units that a watched push tells of and when it was sent; and how long each took
    to be seen, in ms."""

    sent: dict[str, tuple[int, float]] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)


async def measure_pushes(stage: Stage) -> Findings:
    """Send pushes at an even rate; look for every tenth one in the graph."""
    rate = stage.scale.pushes_per_second
    count = min(SKUS * LOCATIONS, round(rate * max(stage.seconds * 4, 5)))
    dsn = await stage.database("bench_pushing")
    await migrate(dsn)
    async with vendor(stage, SKUS) as source:
        account = Account(SOURCE, source.url, "WMS", STREAMS, creates_items=True)
        async with served(
            "pushing", dsn, [account], folder=stage.folder, cores=stage.cores.server, reads=True
        ) as gateway:
            await everything_read(dsn)
            watch, seconds, lost = await _push(gateway, source, count, rate)
            memory = gateway.running.memory_mb
    times = Times(watch.took or [PATIENCE_SECONDS * 1000])
    stage.say(f"P7, {count / seconds:,.0f} webhooks/s: p99 {times.at(0.99):,.0f} ms until seen")
    return Findings(
        [
            Finding("P7", f"webhook sent to seen in the graph, p99 under {rate} webhooks/s",
                    Goal(1000, False, "<= 1,000 ms"), times.at(0.99), "ms", "P7 webhooks")
        ],
        [Table(
            f"{count:,} webhooks at {count / seconds:,.0f} a second",
            ("watched", "p50 ms", "p99 ms", "longest ms", "not taken", "memory MB"),
            [[str(len(watch.took)), f"{times.at(0.5):,.0f}", f"{times.at(0.99):,.0f}",
              f"{times.at(1):,.0f}", str(lost), f"{memory:,.0f}"]],
            f"From before it is sent; the graph is looked at every {LOOK_SECONDS * 1000:.0f} ms "
            f"for every tenth one, the {MOST_SKUS} oldest at a time. Each names one position, "
            "which is read at its source.",
        )],
    )  # fmt: skip


async def _push(
    gateway: Gateway, source: Running, count: int, rate: int
) -> tuple[Watch, float, int]:
    """Answer what was seen, the seconds that sending took, and how many were not taken."""
    watch = Watch()
    async with aiohttp.ClientSession() as client:
        for number in range(count):
            await _sell(client, source, number)
        over = asyncio.Event()
        watching = asyncio.create_task(_look(client, gateway, watch, over))
        began = time.perf_counter()
        sending = []
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            if number % LOCATIONS == 0:
                watch.sent[_position(number)[0]] = (NEW_UNITS + number, time.perf_counter())
            sending.append(asyncio.create_task(_send(client, gateway, number)))
        lost = (await asyncio.gather(*sending)).count(False)
        seconds = time.perf_counter() - began
        over.set()
        await watching
    return watch, seconds, lost


def _position(number: int) -> tuple[str, str]:
    """Answer the position of a push: ten in a row are a SKU's, and the first of them is watched."""
    sku, place = divmod(number, LOCATIONS)
    return sku_of(sku), location_of(place)


async def _sell(client: aiohttp.ClientSession, source: Running, number: int) -> None:
    item, place = _position(number)
    level = {"item": item, "location": place, "units": NEW_UNITS + number, "version": 2}
    async with client.post(f"{source.url}/_put", json=level) as answer:
        answer.raise_for_status()


async def _send(client: aiohttp.ClientSession, gateway: Gateway, number: int) -> bool:
    item, place = _position(number)
    body = json.dumps({"id": str(number), "item": item, "location": place})
    headers = {SECRET_HEADER: HOOK_SECRET, "Content-Type": "application/json"}
    async with client.post(gateway.hooks_url + SOURCE, data=body, headers=headers) as answer:
        return answer.status < 300


async def _look(
    client: aiohttp.ClientSession, gateway: Gateway, watch: Watch, over: asyncio.Event
) -> None:
    """Look for the watched pushes until all are seen, or patience ends."""
    end: float | None = None
    while watch.sent or not over.is_set():
        if over.is_set():
            end = end or time.perf_counter() + PATIENCE_SECONDS
            if time.perf_counter() > end:
                break
        waiting = list(watch.sent)[:MOST_SKUS]
        if waiting:
            data = await ask(client, gateway.target, LEVEL, {"skus": waiting})
            _see(watch, waiting, data["availability"])
        await asyncio.sleep(LOOK_SECONDS)
    watch.took += [PATIENCE_SECONDS * 1000] * len(watch.sent)


def _see(watch: Watch, skus: Sequence[str], found: Sequence[dict[str, Any]]) -> None:
    now = time.perf_counter()
    for sku, availability in zip(skus, found, strict=True):
        units, sent_at = watch.sent[sku]
        if any(each["onHand"] == units for each in availability["locations"]):
            del watch.sent[sku]
            watch.took.append((now - sent_at) * 1000)
