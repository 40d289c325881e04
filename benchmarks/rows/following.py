"""P10: thousands of subscribers of order events in one process, and what an idle one costs."""

import asyncio
import itertools
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import psutil

from benchmarks.findings import Finding, Findings, Goal, Table
from benchmarks.gateway import Account, Partner, served
from benchmarks.loader import SOURCE
from benchmarks.processes import Running, running
from benchmarks.retail import Scale
from benchmarks.rows.crowds import MOST_OF_ONE_CHANNEL, Crowd, Delivered, Work, judge
from benchmarks.rows.listening import Listening, listening
from benchmarks.stage import Stage
from gateway.events.relay import Relay
from gateway.projection.database import open_pool, transaction
from gateway.projection.embedded import EmbeddedPostgres
from gateway.projection.log import Event, append_events
from gateway.projection.migrate import migrate

ROWS = ("P10",)
EVENTS_OF_ONE_COMMIT = 10
LESS = 8
TARGET_MS = 250.0
# Where the target's rate is too much, these shares of it are tried.
LOWER = (0.75, 0.5, 0.25)
OURS, BARE = "Trama", "bare sockets"

Append = Callable[[Sequence[Event]], Awaitable[float]]


@dataclass(frozen=True)
class Turn:
    """One rate with one crowd: what became of the events, and who has worked how much for it."""

    who: str
    crowd: Crowd
    idle: float
    told: Delivered
    work: Work

    @property
    def line(self) -> list[str]:
        """Answer its line of the table."""
        times, told, work = self.told.times, self.told, self.work
        shares = (work.server, work.client, work.postgres, work.appender)
        return [
            self.who, f"{self.crowd.size:,}", f"{told.events_per_second:,.0f}",
            f"{told.answers_per_second:,.0f}", f"{times.at(0.5):,.0f}", f"{times.at(0.99):,.0f}",
            f"{times.at(1):,.0f}", str(told.missing), str(told.doubled),
            f"{work.server * 1e6 / max(1, len(times.every)):,.0f}", f"{self.idle / 1e3:,.1f}",
            *(f"{each / told.seconds:.0%}" for each in shares),
        ]  # fmt: skip


@dataclass
class Lane:
    """A server with its crowd, and how events get there; they are numbered on from turn to turn."""

    who: str
    stage: Stage
    crowd: Crowd
    server: Running
    listening: Listening
    append: Append
    postgres: Callable[[], float]
    _events: Iterator[Event] = field(init=False)

    def __post_init__(self) -> None:
        self._events = self.crowd.events(0)

    async def turn(self, rate: int) -> Turn:
        """Append at an even rate for a while; answer what became of it."""
        committed: dict[int, float] = {}
        before = self._work()
        count, began = round(rate * self.stage.seconds * 2), time.monotonic()
        for number in range(0, count, EVENTS_OF_ONE_COMMIT):
            await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
            lot = list(itertools.islice(self._events, EVENTS_OF_ONE_COMMIT))
            now = await self.append(lot)
            committed.update((each.version, now) for each in lot)
        seconds, work = time.monotonic() - began, self._work().since(before)
        notes = await self.listening.received(sum(self.crowd.wanted(committed).values()))
        told = judge(notes, self.crowd, committed, seconds)
        self.stage.say(f"P10, {self.who}, {self.crowd.size:,} subscribers, {rate:,}/s: "
                       f"p99 {told.times.at(0.99):,.0f} ms")  # fmt: skip
        return Turn(self.who, self.crowd, self.listening.idle, told, work)

    def _work(self) -> Work:
        return Work(
            self.server.cpu_seconds, self.listening.cpu_seconds, self.postgres(),
            time.process_time(),
        )  # fmt: skip


async def measure(stage: Stage, rows: Sequence[str]) -> Findings:
    """Measure the row, over a Postgres cluster of its own: its horizon is nobody else's."""
    few, many = (Crowd(each) for each in stage.scale.subscribers)
    async with EmbeddedPostgres(stage.folder / "log-postgres") as postgres:
        async with _ours(stage, few, await postgres.create_database("bench_few")) as lane:
            turns = [await lane.turn(stage.scale.events_per_second)]
        async with _bare(stage, many) as lane:
            turns.append(bare := await lane.turn(stage.scale.events_per_second))
        async with _ours(stage, many, await postgres.create_database("bench_many")) as lane:
            found = [turn async for turn in _rates(lane, stage.scale)]
    return Findings(_found(found, bare, stage.scale), [_table([*turns, *found])])


async def _rates(lane: Lane, scale: Scale) -> AsyncIterator[Turn]:
    """Answer a turn at a low rate, one at the target's, and lower ones until one is in time."""
    rate = scale.events_per_second
    yield await lane.turn(rate // LESS)
    for share in (1.0, *LOWER):
        turn = await lane.turn(round(rate * share))
        yield turn
        if turn.told.times.at(0.99) <= TARGET_MS:
            return


def _found(turns: Sequence[Turn], bare: Turn, scale: Scale) -> list[Finding]:
    """Answer the findings of a low rate, the target's, and those that were tried then."""
    asked, most = turns[1], f"{bare.crowd.size:,} subscribers"
    in_time = [
        each.told.events_per_second for each in turns if each.told.times.at(0.99) <= TARGET_MS
    ]
    rate = scale.events_per_second
    return [
        Finding("P10", f"commit to client, p99, {most}, {rate:,} events/s",
                Goal(TARGET_MS, False, "<= 250 ms"), asked.told.times.at(0.99), "ms", "P10 events"),
        Finding("P10", f"events/s of which p99 is within 250 ms, {most}",
                Goal(rate * 0.99, True, f"{rate:,}"), max(in_time, default=0.0), "", "P10 rate"),
        Finding("P10", f"memory per idle subscriber / a bare Starlette socket, {most}",
                Goal(2, False, "<= 2"), asked.idle / bare.idle, "x", "P10 memory"),
    ]  # fmt: skip


def _table(turns: Sequence[Turn]) -> Table:
    return Table(
        "Order events over WebSocket",
        ("who", "subscribers", "events/s", "answers/s", "p50 ms", "p99 ms", "longest ms", "lost",
         "doubled", "CPU us each", "kB idle", "server", "client", "Postgres", "appender"),
        [each.line for each in turns],
        f"Partners with a channel each; 1 to {MOST_OF_ONE_CHANNEL} sockets of a partner, so each "
        "event is for as many. Time is from before its commit to its being read from the socket; "
        f"{EVENTS_OF_ONE_COMMIT} events a commit, after which gateways are woken as every writer "
        "does. Bare sockets are told texts of the same length by Starlette, posted instead of "
        "committed: no log, no database, no GraphQL. The last four are shares of a core: the "
        "server has one, the others share the second.",
    )  # fmt: skip


@asynccontextmanager
async def _bare(stage: Stage, crowd: Crowd) -> AsyncIterator[Lane]:
    command, name = [sys.executable, "-m", "benchmarks.peers.bare_sockets"], "bare-sockets"
    async with (
        running(name, command, cores=stage.cores.server, log=stage.log(name)) as peer,
        listening(stage, peer, crowd, name) as opened,
        aiohttp.ClientSession() as client,
    ):

        async def append(lot: Sequence[Event]) -> float:
            now = time.monotonic()
            told = [(f"Bearer {Partner(x.audience['channel']).key}", x.version) for x in lot]
            async with client.post(peer.url, json=told) as answer:
                answer.raise_for_status()
            return now

        yield Lane(BARE, stage, crowd, peer, opened, append, lambda: 0.0)


@asynccontextmanager
async def _ours(stage: Stage, crowd: Crowd, dsn: str) -> AsyncIterator[Lane]:
    await migrate(dsn)
    account = Account(SOURCE, "http://127.0.0.1:1", "WMS", ("stock",))
    name, partners = f"following-{crowd.size}", [Partner(channel) for channel in crowd.channels]
    async with (
        served(
            name, dsn, [account], folder=stage.folder, cores=stage.cores.server, reads=False,
            partners=partners,
        ) as gateway,
        listening(stage, gateway.running, crowd, name) as opened,
        _waking(dsn) as nudge,
    ):  # fmt: skip
        pool = await open_pool(dsn, maximum=2)

        async def append(lot: Sequence[Event]) -> float:
            async with transaction(pool) as connection:
                await append_events(connection, lot)
                now = time.monotonic()
            nudge()
            return now

        try:
            worked = await _postgres_work(pool)
            yield Lane(OURS, stage, crowd, gateway.running, opened, append, worked)
        finally:
            await pool.close()


async def _postgres_work(pool: Any) -> Callable[[], float]:
    """Answer what tells the CPU seconds of the server behind a pool, all of its processes'."""
    backend = psutil.Process(await pool.fetchval("SELECT pg_backend_pid()"))
    top = backend.parent() or backend

    def worked() -> float:
        times = [each.cpu_times() for each in (top, *top.children(recursive=True))]
        return float(sum(each.user + each.system for each in times))

    return worked


@asynccontextmanager
async def _waking(dsn: str) -> AsyncIterator[Callable[[], None]]:
    """Answer what wakes gateways up after a commit, as whoever writes to the log does."""
    relay = Relay(dsn, lambda: None, retry_seconds=1)
    telling = asyncio.create_task(relay.run())
    try:
        yield relay.nudge
    finally:
        telling.cancel()
        await asyncio.wait([telling])
