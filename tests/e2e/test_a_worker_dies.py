"""A worker killed at any moment: each event arrives under one id, each order's in order."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.integration.webhooks.receiver import Answer, answering
from tests.integration.webhooks.stage import Stage, environ_of, shown, staged, tree_of

from .processes import ROOT, Process, toml, until

ORDERS, VERSIONS = 5, 4
PATIENT = {"timeout_seconds": 0.5, "retry_seconds": [0.2] * 30, "concurrency": 3}
Kill = Callable[[], Awaitable[None]]


@asynccontextmanager
async def worker(dsn: str, folder: Path) -> AsyncIterator[Process]:
    """Start `trama worker`; it is killed at the end, if it is not by then."""
    path = folder / "worker.toml"
    path.write_text(toml(tree_of(**PATIENT)), "utf-8")
    with (folder / "worker.log").open("ab") as log:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "gateway", "worker", "-c", str(path),
            stdout=log, stderr=log, env={**os.environ, **environ_of(dsn)}, cwd=ROOT,
        )  # fmt: skip
    process = Process(running)
    try:
        yield process
    finally:
        if running.returncode is None:
            await process.kill()


def killing(kill: Kill, *, after_answer: bool, at: int) -> list[Answer]:
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
    async with staged(database, **PATIENT) as stage:
        made = await stage.create()
        hold: Any = "UPDATE webhook_endpoint SET held_until = now() + $1::interval"
        await stage.gateway.pool.execute(hold.replace("$1", "'1 hour'"))
        for version in range(1, VERSIONS + 1):
            await stage.happen(*((order, version) for order in range(ORDERS)))
        async with worker(database, tmp_path) as first:  # read from the log, and not sent
            await until("everything is pumped", lambda: _pumped(stage))
            await first.kill()
        assert stage.receiver.received == []
        await stage.gateway.pool.execute(hold.replace("$1", "'-1 hour'"))
        for after_answer, at in ((False, 1), (True, 3), (False, 4)):
            async with worker(database, tmp_path) as mortal:
                stage.receiver.answers = killing(mortal.kill, after_answer=after_answer, at=at)
                await mortal.ended()
        stage.receiver.answers = []
        async with worker(database, tmp_path), worker(database, tmp_path):
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
