"""A partner's server: takes what is sent, or does what it is told to."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web
from standardwebhooks import Webhook

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Received:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.body)
        return found

    @property
    def order(self) -> str:
        return str(self.told["data"]["orderId"])

    @property
    def version(self) -> int:
        return int(self.told["data"]["version"])

    def verified(self, secret: str) -> Any:
        """Answer the body if it is signed; raises WebhookVerificationError."""
        return Webhook(secret).verify(self.body, self.headers)


def answering(status: int, body: bytes = b"", **headers: str) -> Answer:
    """Answer who answers so."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers=named)

    return answer


@dataclass
class Receiver:
    """Everything that arrived; `answers` are given one by one, then always `then`."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    then: Answer = field(default_factory=lambda: answering(204))
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.read()
        async with self.arrived:
            self.received.append(Received(request.path, headers, body))
            self.arrived.notify_all()
        answer = self.answers.pop(0) if self.answers else self.then
        return await answer(request)

    async def until(self, count: int, seconds: float = 60) -> list[Received]:
        """Wait for so many requests."""
        async with asyncio.timeout(seconds), self.arrived:
            await self.arrived.wait_for(lambda: len(self.received) >= count)
        return self.received

    @property
    def versions(self) -> dict[str, list[int]]:
        """The versions of each order, each as it first arrived."""
        found: dict[str, list[int]] = defaultdict(list)
        seen: set[str] = set()
        for each in self.received:
            if each.id not in seen:
                seen.add(each.id)
                found[each.order].append(each.version)
        return dict(found)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Serve a partner's server on a free port."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield receiver
    finally:
        await runner.cleanup()
