"""A client of `graphql-transport-ws` that says exactly what a test tells it to."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
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

    async def ended(self) -> int | None:
        """Read on, and answer by which code it was closed."""
        with suppress(ConnectionClosed):
            async for _ in self.connection:
                continue
        return self.connection.close_code


@asynccontextmanager
async def opened(
    client: aiohttp.ClientSession, begins: bool = True, **options: Any
) -> AsyncIterator[Socket]:
    """Answer a socket, acknowledged if it begins."""
    url = str(client._base_url).replace("http", "ws", 1).rstrip("/") + "/graphql"
    told = {"subprotocols": [SUBPROTOCOL], "compression": None, **options}
    async with connect(url, **told) as connection:
        opening = Socket(connection)
        if begins:
            await opening.begin()
        yield opening


class Raw:
    """A socket whose peer does only what it is told to: no pong, and nothing read by itself."""

    CONTINUATION, TEXT, CLOSE, PING = 0x0, 0x1, 0x8, 0x9

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, message: object) -> None:
        """Send a message as JSON."""
        await self.say_at_once(message)

    async def say_at_once(self, *messages: object) -> None:
        """Send messages as JSON in one piece."""
        frames = [frame_of(self.TEXT, json.dumps(message).encode()) for message in messages]
        self.writer.write(b"".join(frames))
        await self.writer.drain()

    async def frame(self, opcode: int, data: bytes, final: bool = True) -> None:
        """Send a frame."""
        self.writer.write(frame_of(opcode, data, final))
        await self.writer.drain()

    async def hear(self) -> bytes:
        """Answer the next message."""
        while (frame := await self.read()) is not None:
            if frame[0] == self.TEXT:
                return frame[1]
        raise AssertionError("the line was cut")

    async def hear_frame(self) -> tuple[int, int] | None:
        """Answer the next frame's kind and length, None where the line is cut."""
        frame = await self.read()
        return None if frame is None else (frame[0], len(frame[1]))

    async def closed(self) -> int:
        """Answer the code of the close frame that comes."""
        while (frame := await self.read()) is not None:
            if frame[0] == self.CLOSE:
                return int.from_bytes(frame[1][:2])
        raise AssertionError("the line was cut")

    async def read(self) -> tuple[int, bytes] | None:
        """Answer the next frame's kind and what it holds."""
        try:
            first, size = await self.reader.readexactly(2)
            if size >= 126:
                size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8))
            return first & 0xF, await self.reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None


def frame_of(opcode: int, data: bytes, final: bool = True) -> bytes:
    """Answer a client's frame, masked with zeros."""
    size = len(data)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2)
    return bytes([opcode | (0x80 if final else 0)]) + length + b"\0\0\0\0" + data


@asynccontextmanager
async def raw_socket(client: aiohttp.ClientSession) -> AsyncIterator[Raw]:
    """Answer an upgraded connection whose kernel buffer is small."""
    async with client.get("/healthz") as alive:
        port = alive.url.port
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    line.connect(("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=line, limit=16_384)
    writer.write(
        b"GET /graphql HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
    )
    try:
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        yield Raw(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
