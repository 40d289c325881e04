"""LIMIT: what a request costs beside the least that it could: its bytes, a row, its JSON."""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from benchmarks.clients.load import Question
from benchmarks.contest import Contestant, checked, measured
from benchmarks.findings import LIMITS, Findings, Table
from benchmarks.gateway import configuration, environ_of, write_configuration
from benchmarks.inside import Inside
from benchmarks.loader import ACCOUNTS
from benchmarks.peers.contestants import bare
from benchmarks.processes import staying_on
from benchmarks.rows.reading import OURS, OURS_UNCACHED, hot_set, one_by_one, reading_gateway
from benchmarks.stage import Stage

ROWS = ("LIMIT",)
LEAST_SHARE = 0.01
STEPS = 5


async def measure(stage: Stage, rows: Sequence[str]) -> Findings:
    """Measure P1's question: at the socket, and in a process of its own without one."""
    dsn = await stage.database("bench_limits", is_loaded=True)
    question = one_by_one(hot_set(stage.scale))
    cpu = await _over_http(stage, dsn, question)
    inside = await _inside(stage, dsn, question)
    await stage.postgres.drop_database("bench_limits")
    stage.say(f"LIMIT: {inside.app:,.0f} us in process, {cpu[OURS]:,.0f} us over HTTP")
    return Findings(tables=[_limits(cpu, inside, question), _rooms(inside)])


async def _over_http(stage: Stage, dsn: str, question: Question) -> dict[str, float]:
    """Answer the CPU of the server's process for an answer, in us, by who answers."""
    found: dict[str, float] = {}
    for name, is_cached in ((OURS, True), (OURS_UNCACHED, False)):
        async with reading_gateway(stage, "limits", dsn, is_cached=is_cached) as gateway:
            ours = Contestant.gateway(name, gateway)
            body = await checked([ours], question)
            async with bare(stage, body) as process:
                asked = [(ours, question), (Contestant.peer("bare", process), question)]
                for each in await measured(stage, asked, turns=1):
                    found[each.name] = each.cpu_ms * 1000
    return found


async def _inside(stage: Stage, dsn: str, question: Question) -> Inside:
    """Answer what a process of its own found; raises RuntimeError with its last words."""
    path = write_configuration(stage.folder / "inside", configuration(dsn, ACCOUNTS))
    log = path.with_name("log")
    command = [sys.executable, "-m", "benchmarks.inside", str(path), f"{stage.seconds / STEPS:g}"]
    with log.open("wb") as errors, staying_on(stage.cores.server):
        process = await asyncio.create_subprocess_exec(
            *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=errors, env={**os.environ, **environ_of(stage.folder)},
        )  # fmt: skip
    said, _ = await process.communicate(question.bodies[0])
    if process.returncode != 0:
        raise RuntimeError(_last_words(log))
    return msgspec.json.decode(said, type=Inside)


def _last_words(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-5:])


def _limits(cpu: dict[str, float], inside: Inside, question: Question) -> Table:
    least = cpu["bare"] + inside.row + inside.encoding
    lines = [
        (f"the {inside.answer_bytes:,} bytes at the socket: a bare Starlette", cpu["bare"]),
        ("one row from Postgres through asyncpg", inside.row),
        ("orjson.dumps of the answer's dict", inside.encoding),
        ("these three together: about the least that it could be", least),
        ("the graph alone, rows cached: no HTTP", inside.graph),
        ("the whole app, rows cached: no socket", inside.app),
        ("Trama over HTTP, rows cached", cpu[OURS]),
        ("Trama over HTTP, no cache", cpu[OURS_UNCACHED]),
    ]
    return Table(
        f"What answering costs: {question.title}",
        ("what", "CPU us", "of a bare Starlette"),
        [[what, f"{us:,.1f}", f"{us / cpu['bare']:.2f} x"] for what, us in lines],
        "CPU of the answering process for one answer: without a socket the best of batches of one "
        "request after the other, over HTTP the mean of a turn. The row's CPU is asyncpg's; until "
        f"it is there {inside.row_wait:,.0f} us pass.",
        LIMITS,
    )


def _rooms(inside: Inside) -> Table:
    shown = {room: share for room, share in inside.shares.items() if share >= LEAST_SHARE}
    rest = 1 - sum(shown.values())
    lines = [*shown.items(), ("all others", rest)]
    return Table(
        "Where a request's time goes, rows cached, no socket",
        ("room", "share", "about us"),
        [[room, f"{share:.0%}", f"{share * inside.app:,.1f}"] for room, share in lines],
        "Shares by cProfile, which makes calls dearer than they are; what is built into Python "
        "counts for who calls it.",
        LIMITS,
    )
