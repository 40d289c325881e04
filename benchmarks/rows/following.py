"""P10: thousands of subscribers of order events in one process, and what an idle one costs."""

import asyncio
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from benchmarks.clients.subscribers import OPENED, PATIENCE_SECONDS, Notes, read_notes
from benchmarks.findings import Finding, Findings, Goal, Table
from benchmarks.gateway import Account, Partner, served
from benchmarks.loader import SOURCE
from benchmarks.processes import NotStarted, Running, running
from benchmarks.questions import ORDER_EVENTS
from benchmarks.retail import Scale
from benchmarks.stage import Stage
from benchmarks.times import Times
from gateway.projection.database import open_pool, transaction
from gateway.projection.embedded import EmbeddedPostgres
from gateway.projection.log import Event, append_events
from gateway.projection.migrate import migrate

ROWS = ("P10",)
MOST_OF_ONE_CHANNEL = 10
ORDERS_OF_ONE_CHANNEL = 4
EVENTS_OF_ONE_COMMIT = 10
LESS = 8
OPENING_SECONDS = 180.0


@dataclass(frozen=True)
class Crowd:
    """Subscribers by channel: 1, 2, ... 10 of a channel, and again."""

    size: int

    @property
    def channels(self) -> "dict[str, int]":
        """How many subscribers each channel has."""
        found: dict[str, int] = {}
        left, sizes = self.size, itertools.cycle(range(1, MOST_OF_ONE_CHANNEL + 1))
        while left:
            found[f"channel-{len(found)}"] = taken = min(left, next(sizes))
            left -= taken
        return found


@dataclass(frozen=True)
class Delivered:
    """What became of the events of one crowd."""

    times: Times
    missing: int
    doubled: int
    events_per_second: float
    answers_per_second: float
    cpu_microseconds: float


async def measure(stage: Stage, rows: Sequence[str]) -> Findings:
    """Measure the row, over a Postgres cluster of its own: its horizon is nobody else's."""
    findings, lines = Findings(), []
    async with EmbeddedPostgres(stage.folder / "log-postgres") as postgres:
        for size, rate in _rounds(stage.scale):
            crowd = Crowd(size)
            bare = await _bare_bytes(stage, crowd, rate)
            dsn = await postgres.create_database(f"bench_following_{size}_{rate}")
            idle, told = await _followed(stage, crowd, rate, dsn)
            stage.say(f"P10, {size:,} subscribers, {rate:,}/s: p99 {told.times.at(0.99):,.0f} ms")
            lines.append([
                f"{size:,}", f"{told.events_per_second:,.0f}", f"{told.answers_per_second:,.0f}",
                f"{told.times.at(0.5):,.0f}", f"{told.times.at(0.99):,.0f}",
                f"{told.times.at(1):,.0f}", str(told.missing), str(told.doubled),
                f"{told.cpu_microseconds:,.0f}", f"{idle / 1e3:,.1f}", f"{bare / 1e3:,.1f}",
            ])  # fmt: skip
    most = f"{size:,} subscribers"
    findings.found += [
        Finding("P10", f"commit to client, p99, {most}, {stage.scale.events_per_second:,} events/s",
                Goal(250, False, "<= 250 ms"), told.times.at(0.99), "ms", "P10 events"),
        Finding("P10", f"memory per idle subscriber / a bare Starlette socket, {most}",
                Goal(2, False, "<= 2"), idle / bare, "x", "P10 memory"),
    ]  # fmt: skip
    findings.tables.append(Table(
        "Order events over WebSocket",
        ("subscribers", "events/s", "answers/s", "p50 ms", "p99 ms", "longest ms", "lost",
         "doubled", "CPU us each", "kB idle", "kB bare"),
        lines,
        f"Partners with a channel each; 1 to {MOST_OF_ONE_CHANNEL} sockets of a partner, so each "
        "event is for as many. Time is from before its commit to its being read at the client; "
        f"{EVENTS_OF_ONE_COMMIT} events a commit.",
    ))  # fmt: skip
    return findings


def _rounds(scale: Scale) -> list[tuple[int, int]]:
    """Answer subscribers and events a second: few of each first, both targets last."""
    few, many = scale.subscribers
    rate = scale.events_per_second
    return [(few, rate), (many, rate // LESS), (many, rate)]


async def _bare_bytes(stage: Stage, crowd: Crowd, rate: int) -> float:
    command = [sys.executable, "-m", "benchmarks.peers.bare_sockets"]
    name = f"bare-sockets-{crowd.size}-{rate}"
    async with running(
        name, command, cores=stage.cores.server, log=stage.log(name)
    ) as peer, _subscribed(stage, peer, crowd, name) as (idle, _):  # fmt: skip
        return idle


async def _followed(stage: Stage, crowd: Crowd, rate: int, dsn: str) -> tuple[float, Delivered]:
    """Answer the bytes of an idle subscriber, and what became of the events."""
    await migrate(dsn)
    name = f"following-{crowd.size}-{rate}"
    account = Account(SOURCE, "http://127.0.0.1:1", "WMS", ("stock",))
    partners = [Partner(channel) for channel in crowd.channels]
    async with (
        served(
            name, dsn, [account], folder=stage.folder, cores=stage.cores.server, reads=False,
            partners=partners,
        ) as gateway,
        _subscribed(stage, gateway.running, crowd, name) as (idle, received),
    ):  # fmt: skip
        pool = await open_pool(dsn, maximum=2)
        try:
            worked = gateway.running.cpu_seconds
            committed, seconds = await _append(pool, crowd, rate, seconds=stage.seconds * 2)
        finally:
            await pool.close()
        notes = await received(sum(_wanted(crowd, committed).values()))
        cpu = gateway.running.cpu_seconds - worked
    return idle, _judge(notes, crowd, committed, seconds, cpu)


@asynccontextmanager
async def _subscribed(
    stage: Stage, server: Running, crowd: Crowd, name: str
) -> "AsyncIterator[tuple[float, Any]]":
    """Open the crowd; answer the bytes of each at the server, and how to end and read its notes."""
    keys = [Partner(c).key for c, count in crowd.channels.items() for _ in range(count)]
    told, notes = stage.folder / f"{name}.json", stage.folder / f"{name}.notes"
    told.write_text(json.dumps({"url": server.url, "query": ORDER_EVENTS, "keys": keys}), "utf-8")
    before = server.memory_mb
    client = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.clients.subscribers", str(told), str(notes),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip

    async def received(wanted: int) -> Notes:
        _, errors = await client.communicate(f"{wanted}\n".encode())
        if client.returncode != 0:
            raise NotStarted(errors.decode("utf-8", "replace")[-500:])
        return read_notes(notes)

    try:
        await _opened(client)
        yield (server.memory_mb - before) * 1e6 / crowd.size, received
    finally:
        if client.returncode is None:
            client.kill()
            await client.wait()


async def _opened(client: asyncio.subprocess.Process) -> None:
    if client.stdout is None or client.stderr is None:
        raise NotStarted("no pipes to the subscribers")
    async with asyncio.timeout(OPENING_SECONDS):
        line = await client.stdout.readline()
        if not line.startswith(OPENED.encode()):
            errors = await client.stderr.read()
            raise NotStarted(errors.decode("utf-8", "replace")[-500:])


async def _append(
    pool: Any, crowd: Crowd, rate: int, *, seconds: float
) -> tuple[dict[int, float], float]:
    """Append at an even rate; answer when each event's commit began, by its number, and how long
    all of it took."""
    count = round(rate * seconds)
    committed: dict[int, float] = {}
    events, began = _events(crowd), time.monotonic()
    for number in range(0, count, EVENTS_OF_ONE_COMMIT):
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        lot = list(itertools.islice(events, EVENTS_OF_ONE_COMMIT))
        async with transaction(pool) as connection:
            await append_events(connection, lot)
            now = time.monotonic()
        committed.update((each.version, now) for each in lot)
    return committed, time.monotonic() - began


def _events(crowd: Crowd) -> Iterator[Event]:
    """Answer events without end, of a few orders a channel; numbered by their versions."""
    channels = list(crowd.channels)
    for number in itertools.count():
        channel = number % len(channels)
        order = UUID(int=channel * ORDERS_OF_ONE_CHANNEL + number % ORDERS_OF_ONE_CHANNEL + 1)
        audience = {"channel": channels[channel], "locations": []}
        yield Event(
            "order.updated", "order", order, number, ("status",), audience, datetime.now(UTC)
        )


def _wanted(crowd: Crowd, committed: Iterable[int]) -> dict[int, int]:
    """Answer how many subscribers each event is for."""
    sizes = list(crowd.channels.values())
    return {number: sizes[number % len(sizes)] for number in committed}


def _judge(
    notes: Notes, crowd: Crowd, committed: dict[int, float], seconds: float, cpu: float
) -> Delivered:
    came, wanted = Counter(notes.numbers), _wanted(crowd, committed)
    missing = sum(max(0, size - came[number]) for number, size in wanted.items())
    doubled = sum(max(0, came[number] - size) for number, size in wanted.items())
    took = [
        (at - committed[number]) * 1000
        for number, at in zip(notes.numbers, notes.times, strict=True)
    ]
    until = max(notes.times, default=0.0) - min(committed.values())
    return Delivered(
        Times(took or [PATIENCE_SECONDS * 1000]), missing, doubled, len(committed) / seconds,
        len(took) / until, cpu * 1e6 / max(1, len(took)),
    )  # fmt: skip
