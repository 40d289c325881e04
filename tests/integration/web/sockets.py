"""A client of `graphql-transport-ws` that says exactly what a test tells it to."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.integration.web.serving import PARTNER_KEY

SUBPROTOCOL = "graphql-transport-ws"
BEARER = {"Authorization": f"Bearer {PARTNER_KEY}"}
ACK = {"type": "connection_ack"}
TICKS = "subscription Ticks { ticks }"


class Socket:
    """One socket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, message: object) -> None:
        """Send a message as JSON; a text or bytes as they are."""
        is_raw = isinstance(message, str | bytes)
        await self.connection.send(message if is_raw else json.dumps(message))

    async def hear(self) -> Any:
        """Answer the next message."""
        return json.loads(await self.connection.recv())

    async def begin(self, payload: Mapping[str, Any] = BEARER) -> None:
        """Say who is there."""
        await self.say({"type": "connection_init", "payload": payload})
        assert await self.hear() == ACK

    async def subscribe(self, operation_id: str, query: str = TICKS, **payload: Any) -> None:
        """Ask for an operation."""
        told = {"query": query, **payload}
        await self.say({"id": operation_id, "type": "subscribe", "payload": told})

    async def closed(self) -> tuple[int, str]:
        """Answer by which code and why it was closed, with nothing said before."""
        with pytest.raises(ConnectionClosed) as closed:
            await self.connection.recv()
        assert closed.value.rcvd is not None, "the line was cut"
        return closed.value.rcvd.code, closed.value.rcvd.reason


@asynccontextmanager
async def opened(
    client: aiohttp.ClientSession, begins: bool = True, **options: Any
) -> AsyncIterator[Socket]:
    """Answer a socket, acknowledged if it begins."""
    url = str(client._base_url).replace("http", "ws", 1).rstrip("/") + "/graphql"
    told = {"subprotocols": [SUBPROTOCOL], "compression": None, **options}
    async with connect(url, **told) as connection:
        socket = Socket(connection)
        if begins:
            await socket.begin()
        yield socket
