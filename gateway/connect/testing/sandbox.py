"""The frame of every vendor's sandbox: a small stateful server in a process of its own.

A sandbox is a stand-in for a vendor's system that cannot be had; it behaves as the vendor's
published documentation says, and says that it is one (header `X-Trama-Sandbox`, and on its page).
Beside the vendor's API it has control addresses for tests:

    GET  /_sandbox/traffic            requests by operation, peak concurrency and rate
    POST /_sandbox/traffic/reset
    POST /_sandbox/faults             a JSON list of `faults.Fault`; DELETE forgets them
    POST /_sandbox/pushes             {"mode": "normal|lose|duplicate|reorder"}; "flush": true
    POST /_sandbox/act                {"do": name, ...}: something happens at the vendor
"""

import argparse
import asyncio
import json
import signal
import sys
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from gateway.connect.testing.dataset import Dataset, read_dataset
from gateway.connect.testing.faults import Fault, Faults, answer_after, answer_before
from gateway.connect.testing.pushes import Pushes
from gateway.connect.testing.traffic import Traffic
from gateway.model.time import Clock, SystemClock

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """How a sandbox runs. `speed` multiplies rates and divides waits; it touches no timestamp."""

    dataset: Dataset
    speed: float = 1.0
    clock: Clock = field(default_factory=SystemClock)


class Sandbox(ABC):
    """A vendor's API as a server. A subclass adds routes, acts and the vendor's state."""

    title = "a sandbox"

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.clock = options.clock
        self.speed = options.speed
        self.faults = Faults()
        self.traffic = Traffic(options.clock)
        self.pushes = self.make_pushes()
        self.acts: dict[str, Callable[[dict[str, Any]], Awaitable[Any] | Any]] = {}
        self.seed(options.dataset)

    @abstractmethod
    def make_pushes(self) -> Pushes:
        """Answer the webhook sender with the vendor's retry rules."""

    def settings_for(self, url: str) -> dict[str, str]:
        """Answer the connector's settings that this sandbox accepts at its address."""
        return {"endpoint": url}

    @abstractmethod
    def seed(self, dataset: Dataset) -> None:
        """Make the vendor's records of the retail data."""

    @abstractmethod
    def add_routes(self, app: web.Application) -> None:
        """Add the vendor's API."""

    @abstractmethod
    async def operation_of(self, request: web.Request) -> str:
        """Answer the operation's name, as faults and counts know it."""

    def app(self) -> web.Application:
        """Answer the whole server."""
        app = web.Application(middlewares=[self._around], client_max_size=16 * 1024 * 1024)
        app.router.add_get("/_sandbox/traffic", self._show_traffic)
        app.router.add_post("/_sandbox/traffic/reset", self._reset_traffic)
        app.router.add_post("/_sandbox/faults", self._plan_faults)
        app.router.add_delete("/_sandbox/faults", self._clear_faults)
        app.router.add_post("/_sandbox/pushes", self._set_pushes)
        app.router.add_post("/_sandbox/act", self._act)
        self.add_routes(app)
        app.on_shutdown.append(self._close)
        return app

    @web.middleware
    async def _around(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/_sandbox/"):
            return await handler(request)
        operation = await self.operation_of(request)
        self.traffic.enter(operation)
        try:
            response = await self._with_faults(operation, request, handler)
        finally:
            self.traffic.leave()
        if not response.prepared:
            response.headers["X-Trama-Sandbox"] = self.title
        return response

    async def _with_faults(
        self, operation: str, request: web.Request, handler: Handler
    ) -> web.StreamResponse:
        fault = self.faults.take(operation)
        if fault is None:
            return await handler(request)
        early = await answer_before(fault, request)
        if early is not None:
            return early
        response = await handler(request)
        answer_after(fault, request)
        return response

    async def _show_traffic(self, request: web.Request) -> web.Response:
        return web.json_response(self.traffic.report())

    async def _reset_traffic(self, request: web.Request) -> web.Response:
        self.traffic.reset()
        return web.json_response({})

    async def _plan_faults(self, request: web.Request) -> web.Response:
        self.faults.plan(msgspec.json.decode(await request.read(), type=list[Fault]))
        return web.json_response({})

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self.faults.clear()
        return web.json_response({})

    async def _set_pushes(self, request: web.Request) -> web.Response:
        told = await request.json()
        self.pushes.mode = told.get("mode", self.pushes.mode)
        if told.get("flush"):
            self.pushes.flush()
            await self.pushes.settle()
        return web.json_response({"delivered": self.pushes.delivered, "failed": self.pushes.failed})

    async def _act(self, request: web.Request) -> web.Response:
        told = await request.json()
        name = told.pop("do", None)
        if name not in self.acts:
            raise web.HTTPBadRequest(text=f"acts: {', '.join(sorted(self.acts))}")
        result = self.acts[name](told)
        return web.json_response(await result if isinstance(result, Awaitable) else result)

    async def _close(self, app: web.Application) -> None:
        await self.pushes.close()


async def serve_sandbox(sandbox: Sandbox, port: int = 0) -> tuple[web.AppRunner, str]:
    """Start a sandbox on loopback; answer its runner (call `cleanup`) and its address."""
    runner = web.AppRunner(
        sandbox.app(), access_log=None, shutdown_timeout=0.5, handler_cancellation=True
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    host, bound = runner.addresses[0][:2]
    return runner, f"http://{host}:{bound}"


def main(make: Callable[[SandboxOptions], Sandbox]) -> None:
    """Run a sandbox as a command; prints `{"url", "settings"}`, ends when stdin closes."""
    parser = argparse.ArgumentParser(description=make.__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=Path, help="retail data as JSON lines")
    parser.add_argument("--speed", type=float, default=1.0, help="times faster than life")
    told = parser.parse_args()
    dataset = read_dataset(told.seed) if told.seed else Dataset()
    asyncio.run(_serve_until_eof(make(SandboxOptions(dataset, told.speed)), told.port))


async def _serve_until_eof(sandbox: Sandbox, port: int) -> None:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    runner, url = await serve_sandbox(sandbox, port)
    ready = {"url": url, "settings": sandbox.settings_for(url)}
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    watch = asyncio.ensure_future(_end_of(reader, over))
    await over.wait()
    watch.cancel()
    await runner.cleanup()


async def _end_of(reader: asyncio.StreamReader, over: asyncio.Event) -> None:
    while await reader.read(4096):
        pass
    over.set()
