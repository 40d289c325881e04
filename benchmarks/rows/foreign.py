"""FOREIGN: the engine on a schema that is not ours, beside Strawberry's own app."""

from collections.abc import Sequence
from contextlib import AsyncExitStack

from benchmarks.clients.load import Question
from benchmarks.contest import (
    FEWER_TURNS,
    Contestant,
    Result,
    bars_of,
    compare_all,
    note_of,
    table_of,
)
from benchmarks.engine import measure as measure_in_process
from benchmarks.engine import table_of as in_process_table
from benchmarks.findings import Finding, Findings, Goal
from benchmarks.library import BOOKS_PER_SHELF, QUERY
from benchmarks.peers.contestants import library
from benchmarks.processes import staying_on
from benchmarks.stage import Stage

ROWS = ("FOREIGN",)
ENGINE, STRAWBERRY = "Trama's engine", "Strawberry's own app, tuned"
# By shelves: as much better than Strawberry as the schema of ours has to be by P1 and P2.
GOALS = {1: Goal(8, text=">= 8, as P1"), 20: Goal(30, text=">= 30, as P2")}


async def measure(stage: Stage, rows: Sequence[str]) -> Findings:
    """Measure both over HTTP, and the engine beside graphql-core without it."""
    findings = Findings()
    async with AsyncExitStack() as stack:
        standing = [
            Contestant.peer(name, await stack.enter_async_context(library(stage, by)))
            for name, by in ((ENGINE, "engine"), (STRAWBERRY, "strawberry"))
        ]
        for shelves, goal in GOALS.items():
            question = question_of(shelves)
            found = await compare_all(stage, standing, question, FEWER_TURNS)
            note = f"{note_of(stage, question, FEWER_TURNS)}. All data are in the servers' memory."
            title = f"A schema that is not ours, {question.title}"
            findings.tables.append(table_of(title, found, note))
            findings.bars += bars_of(question, found)
            _judge(findings, question, found, goal)
    with staying_on(stage.cores.server):
        seconds = stage.seconds / 3
        told = [await measure_in_process(shelves, seconds) for shelves in GOALS]
    findings.tables.append(in_process_table(told))
    return findings


def question_of(shelves: int) -> Question:
    """Answer the question for so many shelves."""
    codes = [f"shelf {number}" for number in range(shelves)]
    title = f"{shelves} {'shelf' if shelves == 1 else 'shelves'} x {BOOKS_PER_SHELF} books"
    return Question(title, QUERY, ({"codes": codes},))


def _judge(findings: Findings, question: Question, found: Sequence[Result], goal: Goal) -> None:
    rates = {each.name: each.load.per_second for each in found}
    if not (rates[ENGINE] and rates[STRAWBERRY]):
        findings.missing.append(f"FOREIGN {question.title}: no answers to compare within a turn")
        return
    findings.found.append(
        Finding("FOREIGN", f"{question.title}: {ENGINE} / {STRAWBERRY}", goal,
                rates[ENGINE] / rates[STRAWBERRY], "x", "FOREIGN")
    )  # fmt: skip
