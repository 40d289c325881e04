"""Who answers a question how fast: contestants in turns, one at a time on the server's core."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import aiohttp

from benchmarks.answers import difference
from benchmarks.clients.load import CONNECTIONS, Load, Question, Target, middle
from benchmarks.findings import Bar, Table
from benchmarks.gateway import Gateway, ask, ask_bytes
from benchmarks.peers.contestants import bare
from benchmarks.processes import Running
from benchmarks.stage import Stage

TURNS, FEWER_TURNS = 3, 2
WARM_SECONDS = 1
MOST_FAILED = 0.001
BARE = "bare Starlette, same bytes"
COLUMNS = ("who", "answers/s", "p50 ms", "p99 ms", "CPU ms each", "memory MB", "failed")


@dataclass(frozen=True)
class Contestant:
    """Somebody who answers the question."""

    name: str
    process: Running
    target: Target

    @classmethod
    def gateway(cls, name: str, gateway: Gateway) -> "Contestant":
        """Answer a gateway that is asked with its key."""
        return cls(name, gateway.running, gateway.target)

    @classmethod
    def peer(cls, name: str, process: Running) -> "Contestant":
        """Answer somebody who is asked without a key."""
        return cls(name, process, Target(process.url, {}))


@dataclass(frozen=True)
class Result:
    """What was measured of a contestant."""

    name: str
    load: Load
    cpu_ms: float
    memory_mb: float


async def compare_all(
    stage: Stage, standing: Sequence[Contestant], question: Question, turns: int = TURNS
) -> list[Result]:
    """Measure every contestant, and a bare Starlette that answers the first one's bytes.

    raises: RuntimeError where, before or after, one does not answer as the first one does.
    """
    body = await checked(standing, question)
    async with bare(stage, body) as process:
        every = [standing[0], Contestant.peer(BARE, process), *standing[1:]]
        await _same_bytes(every[1], question, body)
        results = await measured(stage, [(each, question) for each in every], turns)
        await checked(standing, question)
        return results


async def measured(
    stage: Stage, asked: Sequence[tuple[Contestant, Question]], turns: int = TURNS
) -> list[Result]:
    """Measure contestants in turns, each warm and with its own question."""
    for who, question in asked:
        await warm(stage, who, question)
    found: list[list[Load]] = [[] for _ in asked]
    worked = [0.0 for _ in asked]
    for number in range(turns):
        for place, (who, question) in enumerate(asked):
            before = who.process.cpu_seconds
            part = question.turned((number + 1) / (turns + 1))
            turn = await load(stage, who, part, stage.seconds)
            worked[place] += who.process.cpu_seconds - before
            found[place].append(turn)
            stage.say(f"{question.title}, {who.name}: {turn.per_second:,.0f}/s")
    return [
        _result(who, found[place], worked[place], stage) for place, (who, _) in enumerate(asked)
    ]


def _result(who: Contestant, turns: Sequence[Load], worked: float, stage: Stage) -> Result:
    answers = sum(turn.per_second for turn in turns) * stage.seconds
    cpu_ms = worked * 1000 / answers if answers else 0.0
    return Result(who.name, middle(turns), cpu_ms, who.process.memory_mb)


async def warm(
    stage: Stage, who: Contestant, question: Question, connections: int = CONNECTIONS
) -> None:
    """Let what is prepared or kept at the first answers be so."""
    await load(stage, who, question, min(WARM_SECONDS, stage.seconds), connections)


async def load(
    stage: Stage,
    who: Contestant,
    question: Question,
    seconds: float,
    connections: int = CONNECTIONS,
) -> Load:
    """Answer a turn; raises RuntimeError where answers fail, since such are quick to give."""
    turn = await stage.client.load(who.target, question.bodies, seconds, connections)
    if turn.failed > MOST_FAILED * turn.per_second * seconds:
        raise RuntimeError(f"{turn.failed} answers of {who.name} failed")
    return turn


async def checked(standing: Sequence[Contestant], question: Question) -> bytes:
    """Answer the first one's bytes; raises RuntimeError where another says something else."""
    variables = question.variables[0]
    async with aiohttp.ClientSession() as client:
        said = [await ask(client, each.target, question.query, variables) for each in standing]
        for who, data in zip(standing, said, strict=True):
            wrong = difference(said[0], data)
            if wrong is not None:
                raise RuntimeError(
                    f"{who.name} does not answer as {standing[0].name} does: {wrong}"
                )
        return await ask_bytes(client, standing[0].target, question.bodies[0])


async def _same_bytes(who: Contestant, question: Question, body: bytes) -> None:
    async with aiohttp.ClientSession() as client:
        if await ask_bytes(client, who.target, question.bodies[0]) != body:
            raise RuntimeError(f"{who.name} does not answer the same bytes")


def table_of(title: str, results: Iterable[Result], note: str) -> Table:
    """Answer the absolute figures."""
    lines = [
        [
            each.name,
            f"{each.load.per_second:,.0f}",
            f"{each.load.p50_ms:,.1f}",
            f"{each.load.p99_ms:,.1f}",
            f"{each.cpu_ms:,.3f}",
            f"{each.memory_mb:,.0f}",
            str(each.load.failed),
        ]
        for each in results
    ]
    return Table(title, COLUMNS, lines, note)


def note_of(stage: Stage, question: Question, turns: int = TURNS) -> str:
    """Answer how a question was asked."""
    return (
        f"{CONNECTIONS} connections, the median of {turns} turns of {stage.seconds:g} s, "
        f"{len(question.variables):,} requests in turns"
    )


def bars_of(question: Question, results: Iterable[Result]) -> list[Bar]:
    """Answer the rates for the plot."""
    return [Bar(question.title, each.name, each.load.per_second) for each in results]
