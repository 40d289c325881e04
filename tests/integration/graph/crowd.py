"""Subscribers of order events over both transports, who come again when a gateway is gone."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from .stage import KEYS

PLAIN = """subscription($after: EventCursor, $filter: OrderEventFilter) {
  orderEvents(after: $after, filter: $filter) { cursor node { type orderId version } } }"""
LOADING = """subscription($after: EventCursor, $filter: OrderEventFilter) {
  orderEvents(after: $after, filter: $filter) {
    cursor node { type orderId version order { number lines { sku } } } } }"""
GONE = (OSError, aiohttp.ClientError)
# What an event is told as: its order, its version, its type, and the order's number if it is asked.
Seen = tuple[str, int, str, str | None]


@dataclass
class Place:
    """Where gateways are: at one address after the other, and now and then nowhere."""

    url: str | None = None
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    def move(self, url: str | None) -> None:
        """Be at an address, or nowhere."""
        self.url, moved = url, self._moved
        self._moved = asyncio.Event()
        moved.set()

    async def other_than(self, known: str | None) -> str:
        """Answer where it is once that is not what was known."""
        while self.url is None or self.url == known:
            await self._moved.wait()
        return self.url


@dataclass
class Subscriber:
    """One who follows what it wishes for until it has seen its last event; `seen` is all it had."""

    kind: str
    query: str
    wish: Mapping[str, Any]
    last: tuple[str, int]
    seen: list[Seen] = field(default_factory=list)
    began: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    _cursor: str | None = None

    async def follow(self, place: Place) -> None:
        """Follow until the last event has come, wherever gateways are."""
        url = None
        while not self.ended.is_set():
            url = await place.other_than(url)
            with suppress(*GONE):
                async with aclosing(self._answers(url)) as answers:
                    async for answer in answers:
                        self._take(answer)
                        if self.ended.is_set():
                            return

    @property
    def _asked(self) -> dict[str, Any]:
        return {"query": self.query, "variables": {"after": self._cursor, "filter": self.wish}}

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {KEYS[self.kind]}"}

    def _take(self, answer: dict[str, Any]) -> None:
        assert "errors" not in answer, answer["errors"]
        edge = answer["data"]["orderEvents"]
        self._cursor, node = edge["cursor"], edge["node"]
        self.began.set()
        if node is not None:
            order = node.get("order") or {}
            told = (node["orderId"], node["version"], node["type"], order.get("number"))
            self.seen.append(told)
            if told[:2] == self.last:
                self.ended.set()

    def _answers(self, url: str) -> AsyncGenerator[dict[str, Any], None]:
        raise NotImplementedError


class OnSocket(Subscriber):
    """By graphql-transport-ws."""

    async def _answers(self, url: str) -> AsyncGenerator[dict[str, Any], None]:
        async with (
            aiohttp.ClientSession(headers=self._headers) as client,
            client.ws_connect(f"{url}/graphql", protocols=["graphql-transport-ws"]) as socket,
        ):
            await socket.send_json({"type": "connection_init"})
            await socket.receive()
            await socket.send_json({"id": "a", "type": "subscribe", "payload": self._asked})
            async for told in socket:
                message = json.loads(told.data)
                assert message["type"] == "next", message
                yield message["payload"]


class OnStream(Subscriber):
    """By graphql-sse."""

    async def _answers(self, url: str) -> AsyncGenerator[dict[str, Any], None]:
        headers = {**self._headers, "Accept": "text/event-stream"}
        async with (
            aiohttp.ClientSession(headers=headers) as client,
            client.post(f"{url}/graphql", json=self._asked) as response,
        ):
            async for line in response.content:
                if line.startswith(b"data: "):
                    yield json.loads(line.removeprefix(b"data: "))
