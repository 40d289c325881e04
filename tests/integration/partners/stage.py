"""A partner's client, as the docs show it, beside a gateway in a process of its own."""

import asyncio
import re
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from gateway.web.server import serve
from tests.e2e.processes import PATIENCE_SECONDS
from tests.integration.graph.stage import KEYS, NOWHERE
from tests.node import installed, start_node
from tests.snippets import snippets

NODE = Path(__file__).parent / "node"
SNIPPETS = snippets("partners.md")
PARTNER = {
    "id": "partner", "kind": "partner", "key": {"env": "PARTNER"}, "channels": ["marketplace"],
}  # fmt: skip
_EVENT = re.compile(r"^EVENT (\S+) (\S+) (\S+)$")


def configuration(port: int) -> dict[str, Any]:
    """Answer the configuration of a gateway that reads no source; secrets by environment."""
    return {
        "server": {"port": port, "shutdown_seconds": 5},
        "metrics": {"enabled": False},
        "database": {"dsn": {"env": "DSN"}},
        "events": {"poll_seconds": 0.1},
        "sources": {
            "market": {
                "connector": "vtex",
                "streams": ["orders"],
                "options": {
                    "account": "a", "app_key": "k", "app_token": {"env": "TOKEN"},
                    "endpoint": NOWHERE,
                },
            }
        },
        "channels": {"marketplace": {"name": "Marketplace", "source": "market"}},
        "keys": [PARTNER],
    }  # fmt: skip


def environment(dsn: str) -> dict[str, str]:
    """Answer the secrets of that configuration."""
    return {"DSN": dsn, "TOKEN": "a-token-of-the-test", "PARTNER": KEYS["partner"]}


class Follower:
    """A client that prints each event; what it has printed is read as it comes."""

    def __init__(self, running: asyncio.subprocess.Process) -> None:
        self.events: list[tuple[str, str, int]] = []
        self.said: list[str] = []
        self._running = running
        self._more = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    async def heard(self, count: int) -> list[tuple[str, str, int]]:
        """Answer what it has printed once that is so many events."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while len(self.events) < count and not self._reading.done():
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            pass
        assert len(self.events) >= count, self.said
        return self.events

    async def close(self) -> None:
        """End it."""
        if self._running.returncode is None:
            self._running.kill()
        await self._running.wait()
        await self._reading

    async def _read(self) -> None:
        assert self._running.stdout is not None
        try:
            while raw := await self._running.stdout.readline():
                line = raw.decode().strip()
                self.said.append(line)
                told = _EVENT.match(line)
                if told is not None:
                    self.events.append((told[1], told[2], int(told[3])))
                    self._more.set()
        finally:
            self._more.set()


@asynccontextmanager
async def following(
    snippet: str, folder: Path, environ: Mapping[str, str]
) -> AsyncIterator[Follower]:
    """Run a snippet of the docs word for word."""
    (folder / snippet).write_text(SNIPPETS[snippet], "utf-8")
    if snippet.endswith(".mjs"):
        modules = folder / "node_modules"
        if not modules.exists():
            modules.symlink_to(installed(NODE) / "node_modules")
        running = await start_node(folder, environ, snippet)
    else:
        running = await asyncio.create_subprocess_exec(
            sys.executable, snippet, cwd=folder, env=dict(environ),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
    follower = Follower(running)
    try:
        yield follower
    finally:
        await follower.close()


def free_port() -> int:
    """Answer a port that nobody has."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@asynccontextmanager
async def served_at(app: ASGIApp, port: int) -> AsyncIterator[str]:
    """Serve an app where another has been before; answer its address."""
    stop, listening = asyncio.Event(), asyncio.Event()
    serving = asyncio.create_task(
        serve(app, "127.0.0.1", port, on_ready=lambda _: listening.set(), stop=stop)
    )
    serving.add_done_callback(lambda _: listening.set())
    try:
        await listening.wait()
        if serving.done():
            serving.result()
        yield f"http://127.0.0.1:{port}"
    finally:
        stop.set()
        await serving
