"""Partners of a long story: each reads the log in its way, loses its connection, and goes on."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from .processes import KEYS

EVENTS = """subscription($after: EventCursor) {
  orderEvents(after: $after) { cursor node { orderId version } }
}"""
PAGE = """query($after: EventCursor) {
  orderEvents(after: $after, first: 100) {
    edges { cursor node { orderId version } } pageInfo { endCursor hasNextPage }
  }
}"""
AGAIN_SECONDS = 0.1
LOST = (OSError, TimeoutError, aiohttp.ClientError, WebSocketException)
Seen = tuple[str, int]


@dataclass
class Follower:
    """A reader with its cursor, and what it has had: a list for each of its connections."""

    url: str
    chance: random.Random
    cursor: str | None = None
    connections: list[list[Seen]] = field(default_factory=list)
    began: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def seen(self) -> list[Seen]:
        """Everything, in the order in which it came."""
        return [each for connection in self.connections for each in connection]

    @property
    def doubled(self) -> list[Seen]:
        """What came more than once within one connection."""
        return [
            each
            for connection in self.connections
            for each, count in Counter(connection).items()
            if count > 1
        ]

    @property
    def turned_back(self) -> list[Seen]:
        """What came first only after a later event of the same order had come."""
        latest: dict[str, int] = {}
        found: list[Seen] = []
        for order, version in dict.fromkeys(self.seen):
            if version < latest.get(order, 0):
                found.append((order, version))
            latest[order] = max(version, latest.get(order, 0))
        return found

    async def run(self) -> None:
        """Read until cancelled, in connections that last for a moment each."""
        while True:
            self.connections.append([])
            with suppress(*LOST):
                async with asyncio.timeout(self.chance.uniform(0.5, 4)):
                    await self._read(self.connections[-1])
            await asyncio.sleep(AGAIN_SECONDS)

    async def _read(self, into: list[Seen]) -> None:
        raise NotImplementedError

    def _take(self, edge: dict[str, Any], into: list[Seen]) -> None:
        if edge["node"] is not None:
            into.append((edge["node"]["orderId"], edge["node"]["version"]))
        self.cursor = edge["cursor"]
        self.began.set()


class OverWebSocket(Follower):
    """graphql-transport-ws."""

    async def _read(self, into: list[Seen]) -> None:
        url = self.url.replace("http", "ws", 1) + "/graphql"
        headers = {"Authorization": f"Bearer {KEYS['partner']}"}
        protocols = [Subprotocol("graphql-transport-ws")]
        async with connect(url, subprotocols=protocols, additional_headers=headers) as socket:
            await socket.send('{"type": "connection_init"}')
            payload = {"query": EVENTS, "variables": {"after": self.cursor}}
            await socket.recv()
            await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "next":
                    self._take(message["payload"]["data"]["orderEvents"], into)
                elif message["type"] == "ping":
                    await socket.send('{"type": "pong"}')


class OverServerSentEvents(Follower):
    """graphql-sse, distinct connections; it goes on by `Last-Event-ID`."""

    async def _read(self, into: list[Seen]) -> None:
        headers = {"Authorization": f"Bearer {KEYS['partner']}", "Accept": "text/event-stream"}
        if self.cursor is not None:
            headers["Last-Event-ID"] = self.cursor
        async with (
            aiohttp.ClientSession() as client,
            client.post(f"{self.url}/graphql", json={"query": EVENTS}, headers=headers) as answer,
        ):
            answer.raise_for_status()
            async for line in answer.content:
                name, _, value = line.decode().strip().partition(": ")
                if name == "data" and value:
                    self._take(json.loads(value)["data"]["orderEvents"], into)


class ByPull(Follower):
    """The connection, page after page."""

    async def _read(self, into: list[Seen]) -> None:
        headers = {"Authorization": f"Bearer {KEYS['partner']}"}
        async with aiohttp.ClientSession(headers=headers) as client:
            while True:
                body = {"query": PAGE, "variables": {"after": self.cursor}}
                async with client.post(f"{self.url}/graphql", json=body) as answer:
                    answer.raise_for_status()
                    page = (await answer.json())["data"]["orderEvents"]
                for edge in page["edges"]:
                    self._take(edge, into)
                self.cursor = page["pageInfo"]["endCursor"]
                self.began.set()
                if not page["pageInfo"]["hasNextPage"]:
                    await asyncio.sleep(AGAIN_SECONDS)


@dataclass
class Receiver:
    """A partner's endpoint of webhooks, which now and then does not answer well."""

    chance: random.Random
    ids: dict[Seen, set[str]] = field(default_factory=dict)
    order: list[Seen] = field(default_factory=list)

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        """Answer where it listens."""
        app = web.Application()
        app.router.add_post("/events", self._take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, port = runner.addresses[0][:2]
            yield f"http://{host}:{port}/events"
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        if self.chance.random() < 0.1:
            return web.Response(status=503)
        told = await request.json()
        seen = (told["data"]["orderId"], told["data"]["version"])
        self.ids.setdefault(seen, set()).add(request.headers["webhook-id"])
        self.order.append(seen)
        return web.Response(status=503 if self.chance.random() < 0.05 else 204)
