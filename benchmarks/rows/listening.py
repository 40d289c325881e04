"""A crowd of subscribers in a process of its own: opened once, and asked what came, again and
again."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.clients.subscribers import OPENED, READ, Notes, read_notes
from benchmarks.gateway import Partner
from benchmarks.processes import NotStarted, Running
from benchmarks.questions import ORDER_EVENTS
from benchmarks.rows.crowds import Crowd
from benchmarks.stage import Stage

OPENING_SECONDS = 180.0
READING_SECONDS = 120.0


@dataclass(frozen=True)
class Listening:
    """The crowd's process; `idle` is how many bytes each subscriber takes at the server."""

    idle: float
    _process: asyncio.subprocess.Process
    _notes: Path

    @property
    def cpu_seconds(self) -> float:
        """What it has worked so far."""
        told = psutil.Process(self._process.pid).cpu_times()
        worked: float = told.user + told.system
        return worked

    async def received(self, wanted: int) -> Notes:
        """Answer what has come, once it is so much, or patience has ended; raises NotStarted."""
        if self._process.stdin is None:
            raise NotStarted("no pipe to the subscribers")
        self._process.stdin.write(f"{wanted}\n".encode())
        await _said(self._process, READ, READING_SECONDS)
        return read_notes(self._notes)


@asynccontextmanager
async def listening(
    stage: Stage, server: Running, crowd: Crowd, name: str
) -> AsyncIterator[Listening]:
    """Open the crowd at a server, and end it."""
    keys = [Partner(c).key for c, count in crowd.channels.items() for _ in range(count)]
    told, notes = stage.folder / f"{name}.json", stage.folder / f"{name}.notes"
    told.write_text(json.dumps({"url": server.url, "query": ORDER_EVENTS, "keys": keys}), "utf-8")
    before = server.memory_mb
    client = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.clients.subscribers", str(told), str(notes),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        await _said(client, OPENED, OPENING_SECONDS)
        yield Listening((server.memory_mb - before) * 1e6 / crowd.size, client, notes)
    finally:
        if client.returncode is None:
            client.kill()
            await client.wait()


async def _said(client: asyncio.subprocess.Process, word: str, seconds: float) -> None:
    """Wait until it says so; raises NotStarted with its last words."""
    if client.stdout is None or client.stderr is None:
        raise NotStarted("no pipes to the subscribers")
    async with asyncio.timeout(seconds):
        line = await client.stdout.readline()
        if not line.startswith(word.encode()):
            errors = await client.stderr.read()
            raise NotStarted(errors.decode("utf-8", "replace")[-500:])
