"""A connector on a socket: its sandbox, a proxy between them, and a receiver of its pushes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
from aiohttp import web

from gateway.connect.credentials import MemoryCredentials
from gateway.connect.deadline import Deadline
from gateway.connect.definition import ConnectContext
from gateway.connect.errors import Unsupported
from gateway.connect.http import Call
from gateway.connect.manifest import Limits
from gateway.connect.protocols import Connector, WebhookSource
from gateway.connect.records import RawDelivery
from gateway.connect.testing.dataset import Dataset
from gateway.connect.testing.faults import Fault
from gateway.connect.testing.kit.proxy import Proxy
from gateway.connect.testing.kit.subject import Subject
from gateway.connect.testing.sandbox import Sandbox, SandboxOptions, serve_sandbox
from gateway.model.time import Clock, SystemClock

FAST = 1000.0


@dataclass
class World:
    """Everything that a rule needs; `calls` are all that the connectors' observer is told of."""

    subject: Subject
    sandbox: Sandbox
    proxy: Proxy
    url: str
    clock: Clock
    limits: Limits
    connector: Connector
    calls: list[Call]
    deliveries: list[RawDelivery] = field(default_factory=list)
    credentials: MemoryCredentials = field(default_factory=MemoryCredentials)
    _others: list[Connector] = field(default_factory=list)

    @property
    def soon(self) -> Deadline:
        """A deadline that an honest answer keeps."""
        return Deadline.after(30, self.clock)

    def settings(self, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Answer settings that lead to the sandbox by the proxy."""
        told = self.sandbox.settings_for(self.url)
        return {**told, **self.subject.settings, **(changes or {})}

    def another(self, changes: Mapping[str, Any] | None = None) -> Connector:
        """Answer a second connector, as after a restart; with other settings nothing is kept."""
        kept = MemoryCredentials() if changes else self.credentials
        context = ConnectContext(
            "kit", self.clock, self.limits, self.calls.append, credentials=kept
        )
        made = self.subject.definition.connect(self.settings(changes), context)
        self._others.append(made)
        return made

    def fail(self, *faults: Fault) -> None:
        """Plan faults, afresh."""
        self.sandbox.faults.clear()
        self.sandbox.faults.plan([msgspec.structs.replace(each) for each in faults])

    async def act(self, name: str, **told: Any) -> None:
        """Let something happen at the vendor."""
        result = self.sandbox.acts[name](msgspec.to_builtins(told))
        if hasattr(result, "__await__"):
            await result

    async def close(self) -> None:
        """Release every connection."""
        for each in (self.connector, *self._others):
            await each.close()


@asynccontextmanager
async def world(
    subject: Subject,
    dataset: Dataset,
    *,
    clock: Clock | None = None,
    speed: float = FAST,
    settings: Mapping[str, Any] | None = None,
    credentials: MemoryCredentials | None = None,
) -> AsyncIterator[World]:
    """Start a sandbox with the data, a proxy before it, and a connector that speaks to it.

    At speed 1 the connector keeps the vendor's limits; above it, both are raised alike.
    """
    time = clock or SystemClock()
    sandbox = subject.sandbox(SandboxOptions(dataset, speed=speed, clock=time))
    runner, target = await serve_sandbox(sandbox)
    proxy = Proxy(target)
    front, url = await _serve(proxy.app())
    limits = _raised(subject.definition.manifest.limits, speed)
    told = {**sandbox.settings_for(url), **subject.settings, **(settings or {})}
    calls: list[Call] = []
    kept = credentials or MemoryCredentials()
    context = ConnectContext("kit", time, limits, calls.append, credentials=kept)
    connector = subject.definition.connect(told, context)
    made = World(subject, sandbox, proxy, url, time, limits, connector, calls, credentials=kept)
    try:
        yield made
    finally:
        await made.close()
        await front.cleanup()
        await runner.cleanup()


async def subscribe(made: World, hooks: WebhookSource, url: str) -> None:
    """Have the vendor push to an address, by its page (act `subscribe`) where no call does it."""
    try:
        await hooks.subscribe(url, deadline=made.soon)
    except Unsupported:
        if "subscribe" not in made.sandbox.acts:
            raise
        await made.act("subscribe", url=url)


@asynccontextmanager
async def receiving(made: World) -> AsyncIterator[str]:
    """Start a receiver of the vendor's pushes, which keeps them raw; answer its address."""

    async def take(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.read()
        made.deliveries.append(RawDelivery(headers, body, str(request.url), datetime.now(UTC)))
        return web.json_response({"code": "200", "Status": "Success"})

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    runner, url = await _serve(app)
    try:
        yield f"{url}/hooks/kit"
    finally:
        await runner.cleanup()


async def _serve(app: web.Application) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address: Sequence[Any] = runner.addresses[0]
    return runner, f"http://127.0.0.1:{address[1]}"


def _raised(limits: Limits, speed: float) -> Limits:
    if speed == 1:
        return limits
    rate, burst = limits.requests_per_second * speed, int(limits.burst * min(speed, 100))
    return msgspec.structs.replace(limits, requests_per_second=rate, burst=burst)
