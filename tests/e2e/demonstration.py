"""The demo as a person starts it: a process of its own, in a folder of its own."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psutil

from .processes import ROOT, Process

DEMO = (sys.executable, "-m", "gateway", "demo", "--port", "0")


@dataclass
class Demo:
    """A running demo: its address, its keys, and what it has printed."""

    process: Process
    url: str
    keys: dict[str, str]
    folder: Path

    @property
    def family(self) -> list[psutil.Process]:
        """The processes that it has started and that have not ended."""
        return psutil.Process(self.process.running.pid).children(recursive=True)

    async def interrupt(self) -> None:
        """End it as Ctrl-C does: every process of its terminal is told."""
        os.killpg(self.process.running.pid, signal.SIGINT)
        await self.process.ended()

    @property
    def printed(self) -> str:
        """Everything that it has printed so far."""
        return (self.folder / "printed.txt").read_text("utf-8")

    async def ask(
        self, query: str, variables: Mapping[str, Any] | None = None, kind: str = "operator"
    ) -> dict[str, Any]:
        """Answer the whole response of a query."""
        async with aiohttp.ClientSession() as client:
            return await ask(client, self, query, variables, kind)

    async def first_of(
        self, query: str, variables: Mapping[str, Any] | None = None, kind: str = "operator"
    ) -> dict[str, Any]:
        """Answer the first response of a subscription, by server-sent events."""
        body = {"query": query, "variables": dict(variables or {})}
        headers = {"Authorization": f"Bearer {self.keys[kind]}", "Accept": "text/event-stream"}
        async with (
            aiohttp.ClientSession() as client,
            client.post(self.url, json=body, headers=headers) as answer,
        ):
            async for line in answer.content:
                if line.startswith(b"data: {"):
                    found: dict[str, Any] = json.loads(line.removeprefix(b"data: "))
                    return found
        raise AssertionError("the stream has ended")


async def ask(
    client: aiohttp.ClientSession,
    demo: Demo,
    query: str,
    variables: Mapping[str, Any] | None = None,
    kind: str = "operator",
) -> dict[str, Any]:
    """Answer the whole response of a query, on a connection that is kept."""
    body = {"query": query, "variables": dict(variables or {})}
    headers = {"Authorization": f"Bearer {demo.keys[kind]}"}
    async with client.post(demo.url, json=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        found: dict[str, Any] = await answer.json()
        return found


@asynccontextmanager
async def demonstration(
    folder: Path, *command: str, seconds: float = 120, ends_with: int | None = 0
) -> AsyncIterator[Demo]:
    """Start a demo by `command`, wait until it says that it is ready, and end it with SIGTERM.

    `ends_with` is the exit code that it must end with; make has one of its own.
    """
    data_dir = folder / "demo"
    (data_dir / "demo.json").unlink(missing_ok=True)
    started = command or (*DEMO, "--data-dir", "{data_dir}")
    with (folder / "printed.txt").open("wb") as printed:
        running = await asyncio.create_subprocess_exec(
            *[part.replace("{data_dir}", str(data_dir)) for part in started],
            stdout=printed, stderr=asyncio.subprocess.STDOUT, cwd=ROOT, env=os.environ,
            start_new_session=True,
        )  # fmt: skip
    process = Process(running)
    try:
        told = await _ready(process, data_dir / "demo.json", folder / "printed.txt", seconds)
        yield Demo(process, told["url"], told["keys"], folder)
    finally:
        code = await process.stop()
    assert ends_with in (None, code)


async def _ready(process: Process, path: Path, printed: Path, seconds: float) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while (told := _told(path)) is None:
        assert process.running.returncode is None, _text(printed)
        assert loop.time() < end, _text(printed)
        await asyncio.sleep(0.1)
    return told


def _told(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return told


def are_gone(family: Sequence[psutil.Process]) -> bool:
    """Answer whether all of these processes have ended."""
    return not any(each.is_running() and _is_alive(each) for each in family)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _text(path: Path) -> str:
    return path.read_text("utf-8")
