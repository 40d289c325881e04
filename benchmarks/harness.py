"""Starts what is measured, and asks it over loopback from many connections at once."""

import asyncio
import json
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

CONNECTIONS = 16
START_SECONDS = 180.0
_BARE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
body = sys.stdin.buffer.read()
async def answer(request):
    await request.body()
    return Response(body, media_type="application/json")
app = Starlette(routes=[Route("/graphql", answer, methods=["POST"])])
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
"""


@dataclass(frozen=True)
class Measured:
    """Answers a second, and the median and the 99th percentile of their times in ms."""

    per_second: float
    p50: float
    p99: float


@dataclass
class Server:
    """Something that answers GraphQL."""

    url: str
    key: str

    async def answer(self, query: str, variables: dict[str, Any]) -> bytes:
        """Answer one response's bytes; fails on errors."""
        async with aiohttp.ClientSession() as client:
            body = await self._ask(client, self._body(query, variables))
        if b'"errors"' in body:
            raise RuntimeError(body.decode())
        return body

    async def load(self, query: str, variables: dict[str, Any], seconds: float) -> Measured:
        """Ask from all connections for a while."""
        body, times = self._body(query, variables), []
        end = time.perf_counter() + seconds

        async def asker(client: aiohttp.ClientSession) -> None:
            while (began := time.perf_counter()) < end:
                await self._ask(client, body)
                times.append(time.perf_counter() - began)

        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        async with aiohttp.ClientSession(connector=connector) as client:
            await asyncio.gather(*(asker(client) for _ in range(CONNECTIONS)))
        times.sort()
        return Measured(
            len(times) / seconds, times[len(times) // 2] * 1e3, times[len(times) * 99 // 100] * 1e3
        )

    def _body(self, query: str, variables: dict[str, Any]) -> bytes:
        return json.dumps({"query": query, "variables": variables}).encode()

    async def _ask(self, client: aiohttp.ClientSession, body: bytes) -> bytes:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"}
        async with client.post(self.url, data=body, headers=headers) as answer:
            return await answer.read()


@asynccontextmanager
async def served_demo(folder: Path) -> AsyncIterator[Server]:
    """Start the demo on its sample."""
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", "demo", "--port", "0", "--data-dir", str(folder / "demo"),
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        told = await _told(folder / "demo" / "demo.json")
        yield Server(told["url"], told["keys"]["operator"])
    finally:
        running.send_signal(signal.SIGTERM)
        await running.wait()


@asynccontextmanager
async def served_bare(body: bytes) -> AsyncIterator[Server]:
    """Start a bare Starlette that answers these bytes to everything."""
    port = _free_port()
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _BARE, str(port), stdin=asyncio.subprocess.PIPE
    )
    if running.stdin is None:
        raise RuntimeError("no pipe to the peer")
    running.stdin.write(body)
    running.stdin.close()
    try:
        await _listening(port)
        yield Server(f"http://127.0.0.1:{port}/graphql", "none")
    finally:
        running.send_signal(signal.SIGTERM)
        await running.wait()


def _free_port() -> int:
    import socket

    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


async def _listening(port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise TimeoutError("the peer does not listen")


async def _told(path: Path) -> dict[str, Any]:
    end = time.monotonic() + START_SECONDS
    while (told := _read(path)) is None:
        if time.monotonic() > end:
            raise TimeoutError("the demo is not ready")
        await asyncio.sleep(0.1)
    return told


def _read(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    told: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return told
