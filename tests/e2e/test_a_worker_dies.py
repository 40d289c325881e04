"""A worker killed at any moment: each event arrives under one id, each order's in order."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.integration.webhooks.receiver import Answer, answering
from tests.integration.webhooks.stage import Stage, environ_of, shown, staged, tree_of

from .processes import PATIENCE_SECONDS, ROOT, toml, until

ORDERS, VERSIONS = 5, 4
PATIENT = {"timeout_seconds": 1, "retry_seconds": [0.2] * 30, "concurrency": 3}


@dataclass
class Nursery:
    """Where workers come from; each is a process of its own."""

    process: asyncio.subprocess.Process
    alive: set[int] = field(default_factory=set)

    async def start(self) -> int:
        """Start a worker; answer its pid."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(b"one more\n")
        async with asyncio.timeout(PATIENCE_SECONDS):
            pid = int(await self.process.stdout.readline())
        self.alive.add(pid)
        return pid

    async def kill(self, pid: int) -> None:
        """End a worker as a crash would, and wait until it is gone."""
        os.kill(pid, signal.SIGKILL)
        self.alive.discard(pid)
        await until("it is gone", lambda: not _is_there(pid))


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@asynccontextmanager
async def nursery(dsn: str, folder: Path) -> AsyncIterator[Nursery]:
    """Answer where workers come from; those that are left at the end are killed."""
    path = folder / "worker.toml"
    path.write_text(toml(tree_of(**PATIENT)), "utf-8")
    with (folder / "worker.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.e2e.nursery", str(path), stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=log, cwd=ROOT,
            env={**os.environ, **environ_of(dsn)},
        )  # fmt: skip
    made = Nursery(process)
    try:
        yield made
    finally:
        for pid in tuple(made.alive):
            await made.kill(pid)
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


def killing(kill: Callable[[], Awaitable[None]], *, after_answer: bool, at: int) -> list[Answer]:
    """Answer as a good server would, and end the worker at one of the requests."""

    async def die(request: web.Request) -> web.StreamResponse:
        response = web.Response(status=204)
        if after_answer:
            await response.prepare(request)
            await response.write_eof()
        await kill()
        return response

    return [*(answering(204) for _ in range(at - 1)), die]


async def _pumped(stage: Stage) -> bool:
    count = await stage.gateway.pool.fetchval("SELECT count(*) FROM webhook_delivery")
    return bool(count == ORDERS * VERSIONS)


async def test_killed_at_any_moment_nothing_is_lost_and_each_order_is_in_order(
    database: str, tmp_path: Path
) -> None:
    async with staged(database, **PATIENT) as stage, nursery(database, tmp_path) as workers:
        made = await stage.create()
        hold: Any = "UPDATE webhook_endpoint SET held_until = now() + $1::interval"
        await stage.gateway.pool.execute(hold.replace("$1", "'1 hour'"))
        for version in range(1, VERSIONS + 1):
            await stage.happen(*((order, version) for order in range(ORDERS)))
        first = await workers.start()  # read from the log, and not sent
        await until("everything is pumped", lambda: _pumped(stage))
        await workers.kill(first)
        assert stage.receiver.received == []
        await stage.gateway.pool.execute(hold.replace("$1", "'-1 hour'"))
        for after_answer, at in ((False, 1), (True, 3), (False, 4)):
            mortal = await workers.start()
            kill = partial(workers.kill, mortal)
            stage.receiver.answers = killing(kill, after_answer=after_answer, at=at)
            await until("it has died", lambda pid=mortal: pid not in workers.alive)
        stage.receiver.answers = []
        for _ in range(2):
            await workers.start()
        await until("all is delivered", lambda: _delivered(stage, made))
        assert stage.receiver.versions == {
            shown(order): list(range(1, VERSIONS + 1)) for order in range(ORDERS)
        }
        ids = {(each.order, each.version): each.id for each in stage.receiver.received}
        assert len(set(ids.values())) == ORDERS * VERSIONS
        assert all(each.id == ids[each.order, each.version] for each in stage.receiver.received)
        assert {each.message_id for each in await stage.deliveries(made)} == set(ids.values())
        assert len(stage.receiver.received) > ORDERS * VERSIONS  # what was cut off came again


async def _delivered(stage: Stage, made: Any) -> bool:
    return await stage.states(made) == ["DELIVERED"] * (ORDERS * VERSIONS)
