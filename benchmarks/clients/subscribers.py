"""Thousands of subscribers in one process, as light as can be: graphql-transport-ws by hand.

They are opened as the arguments say, `Opened` is printed once each has had its first answer, and
every event is noted with the moment it came at. How many are to come is told by standard input;
once they are there, or patience ends, the notes are written: events by their numbers, and times on
the machine's monotonic clock.
"""

import asyncio
import json
import struct
import sys
import time
from array import array
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import orjson

OPENED = "Opened"
AT_ONCE = 50
PATIENCE_SECONDS = 60.0
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


@dataclass
class Notes:
    """What all subscribers have received, and how many were opened."""

    numbers: "array[int]" = field(default_factory=lambda: array("q"))
    times: "array[float]" = field(default_factory=lambda: array("d"))
    open: int = 0
    wanted: int = sys.maxsize
    all_there: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, number: int, at: float) -> None:
        """Note an event."""
        self.numbers.append(number)
        self.times.append(at)
        if len(self.numbers) >= self.wanted:
            self.all_there.set()

    def expect(self, wanted: int) -> None:
        """From now on it is known how many there will be."""
        self.wanted = wanted
        if len(self.numbers) >= wanted:
            self.all_there.set()

    def write(self, path: Path) -> None:
        """Keep them."""
        with path.open("wb") as file:
            file.write(struct.pack("<q", len(self.numbers)))
            self.numbers.tofile(file)
            self.times.tofile(file)


def read_notes(path: Path) -> Notes:
    """Read back what was kept."""
    notes = Notes()
    with path.open("rb") as file:
        (count,) = struct.unpack("<q", file.read(8))
        notes.numbers.fromfile(file, count)
        notes.times.fromfile(file, count)
    return notes


def frame(opcode: int, payload: bytes) -> bytes:
    """Answer a client's frame (RFC 6455, section 5.2), masked by nought."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, 0x80 | size))
    else:
        head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
    return head + b"\0\0\0\0" + payload


class Subscriber(asyncio.Protocol):
    """One socket with one subscription."""

    __slots__ = ("_buffer", "_hello", "_notes", "_ready", "_subscribe", "_transport", "_upgraded")

    def __init__(
        self, hello: bytes, subscribe: bytes, notes: Notes, ready: "asyncio.Future[None]"
    ) -> None:
        self._hello = hello
        self._subscribe = subscribe
        self._notes = notes
        self._ready: asyncio.Future[None] | None = ready
        self._buffer = b""
        self._upgraded = False
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._transport.write(self._hello)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        if not self._upgraded:
            head, found, buffer = buffer.partition(b"\r\n\r\n")
            if not found:
                self._buffer = head
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self._fail(head[:200].decode("latin-1"))
                return
            self._upgraded = True
            self._say(b'{"type":"connection_init"}')
        self._buffer = self._take(buffer)

    def connection_lost(self, error: Exception | None) -> None:
        self._fail("the connection was closed")

    def _take(self, buffer: bytes) -> bytes:
        """Act on every whole frame; answer the rest."""
        place = 0
        while len(buffer) - place >= 2:
            size, start = buffer[place + 1], place + 2
            if size == 126:
                if len(buffer) < place + 4:
                    break
                size, start = int.from_bytes(buffer[place + 2 : place + 4]), place + 4
            if len(buffer) < start + size:
                break
            self._act(buffer[place] & 0x0F, buffer[start : start + size])
            place = start + size
        return buffer[place:]

    def _act(self, opcode: int, payload: bytes) -> None:
        if opcode == _PING and self._transport is not None:
            self._transport.write(frame(_PONG, payload))
        elif opcode == _CLOSE:
            self._fail(f"closed: {payload!r}")
        elif opcode == _TEXT:
            self._read(payload)

    def _read(self, payload: bytes) -> None:
        now = time.monotonic()
        told = orjson.loads(payload)
        match told["type"]:
            case "connection_ack":
                self._say(self._subscribe)
            case "next":
                self._note(told["payload"], now)
            case "error" | "complete":
                self._fail(payload.decode()[:300])

    def _note(self, answer: dict[str, Any], now: float) -> None:
        node = answer["data"]["orderEvents"]["node"]
        if node is not None:
            self._notes.add(node["version"], now)
        elif self._ready is not None:
            self._notes.open += 1
            self._ready.set_result(None)
            self._ready = None

    def _say(self, payload: bytes) -> None:
        if self._transport is not None:
            self._transport.write(frame(_TEXT, payload))

    def _fail(self, why: str) -> None:
        if self._ready is not None:
            self._ready.set_exception(ConnectionError(why))
            self._ready = None
        if self._transport is not None:
            self._transport.close()


def hello(url: str, key: str) -> bytes:
    """Answer the request that opens a socket."""
    split = urlsplit(url)
    return (
        f"GET {split.path} HTTP/1.1\r\nHost: {split.netloc}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n"
        f"Authorization: Bearer {key}\r\n\r\n"
    ).encode()


def subscribe_message(query: str) -> bytes:
    """Answer the message that subscribes."""
    return orjson.dumps({"id": "1", "type": "subscribe", "payload": {"query": query}})


async def _run(told: dict[str, str | list[str]], notes: Notes) -> None:
    url, split = str(told["url"]), urlsplit(str(told["url"]))
    message, loop = subscribe_message(str(told["query"])), asyncio.get_running_loop()
    turns = asyncio.Semaphore(AT_ONCE)

    async def open_one(key: str) -> None:
        async with turns:
            ready: asyncio.Future[None] = loop.create_future()
            await loop.create_connection(
                lambda: Subscriber(hello(url, key), message, notes, ready),
                split.hostname or "", split.port or 80,
            )  # fmt: skip
            await ready

    await asyncio.gather(*(open_one(key) for key in told["keys"]))
    print(OPENED, notes.open, flush=True)
    wanted = int(await loop.run_in_executor(None, sys.stdin.readline) or 0)
    notes.expect(wanted)
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await notes.all_there.wait()


def main() -> None:
    """Subscribe as told in a file; write what came to another."""
    import uvloop

    told, notes = json.loads(Path(sys.argv[1]).read_bytes()), Notes()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(told, notes))
        notes.write(Path(sys.argv[2]))


if __name__ == "__main__":
    main()
