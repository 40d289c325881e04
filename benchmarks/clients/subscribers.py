"""Thousands of subscribers in one process, as light as can be: graphql-transport-ws by hand.

They are opened as the arguments say, and `Opened` is printed once each has had its first answer.
From then on what comes is kept as it is read, with the moment of the reading: this process shares
its core with Postgres and with whoever appends, so nothing is made of it meanwhile. How many events
are to come is told by a line of standard input; once they are there, or patience ends, the notes
are written and `Read` is printed, and the next ones are read. Notes are events by their numbers,
and times on the machine's monotonic clock.
"""

import gc
import json
import os
import select
import socket
import struct
import sys
import time
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import orjson

OPENED, READ = "Opened", "Read"
AT_ONCE = 50
OPENING_SECONDS = 60.0
PATIENCE_SECONDS = 60.0
QUIET_SECONDS = 0.25
LARGEST_READ = 16_384
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
# Our server's pings have four bytes; no text in JSON has the first of these two.
_PING_HEAD = bytes((0x80 | _PING, 4))
_INIT = b'{"type":"connection_init"}'
_STDIN = 0


@dataclass
class Notes:
    """What all subscribers have received."""

    numbers: "array[int]" = field(default_factory=lambda: array("q"))
    times: "array[float]" = field(default_factory=lambda: array("d"))

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


def next_frame(buffer: bytes, place: int) -> tuple[int, bytes, int] | None:
    """Answer a server's frame at a place, and where the next one begins; None if it is not whole.

    Nobody here is told more than 64 KiB at once.
    """
    if len(buffer) - place < 2:
        return None
    size, start = buffer[place + 1], place + 2
    if size == 126:
        size, start = int.from_bytes(buffer[start : start + 2]), start + 2
    if len(buffer) < start + size or start > len(buffer):
        return None
    return buffer[place] & 0x0F, buffer[start : start + size], start + size


@dataclass
class Subscriber:
    """One socket with one subscription; `came` is what was read, each piece with its moment."""

    line: socket.socket
    came: list[tuple[float, bytes]] = field(default_factory=list)
    _rest: bytes = b""

    def read_head(self) -> None:
        """Take the answer to the upgrade; raises ConnectionError."""
        while b"\r\n\r\n" not in self._rest:
            self._rest += self._read()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101"):
            raise ConnectionError(head[:200].decode("latin-1"))

    def read_one(self, kind: str) -> None:
        """Take one message, of this type; raises ConnectionError."""
        while (found := next_frame(self._rest, 0)) is None:
            self._rest += self._read()
        opcode, payload, end = found
        self._rest = self._rest[end:]
        if opcode != _TEXT or orjson.loads(payload)["type"] != kind:
            raise ConnectionError(repr(payload[:300]))

    def events(self) -> Iterator[tuple[int, float]]:
        """Answer the number of every event that has come by now, and when, each of them once.

        raises: ConnectionError.
        """
        came, self.came = self.came, []
        for at, data in came:
            buffer, place = self._rest + data, 0
            while (found := next_frame(buffer, place)) is not None:
                opcode, payload, place = found
                number = _number(opcode, payload)
                if number is not None:
                    yield number, at
            self._rest = buffer[place:]

    def _read(self) -> bytes:
        data = self.line.recv(LARGEST_READ)
        if not data:
            raise ConnectionError("the connection was closed")
        return data


def _number(opcode: int, payload: bytes) -> int | None:
    """Answer the version of an event's order: what the benchmark numbers them by."""
    if opcode == _CLOSE:
        raise ConnectionError(f"closed: {payload!r}")
    if opcode != _TEXT:
        return None
    told = orjson.loads(payload)
    if told["type"] != "next":
        raise ConnectionError(payload.decode()[:300])
    node = told["payload"]["data"]["orderEvents"]["node"]
    return None if node is None else int(node["version"])


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


def opened(url: str, query: str, keys: Sequence[str]) -> list[Subscriber]:
    """Answer a subscriber for each key, a few at a time; raises OSError."""
    split = urlsplit(url)
    address, subscribe = (split.hostname or "", split.port or 80), subscribe_message(query)
    every: list[Subscriber] = []
    for start in range(0, len(keys), AT_ONCE):
        lot = []
        for key in keys[start : start + AT_ONCE]:
            line = socket.create_connection(address, OPENING_SECONDS)
            line.sendall(hello(url, key))
            lot.append(Subscriber(line))
        for each in lot:
            each.read_head()
            each.line.sendall(frame(_TEXT, _INIT))
        for each in lot:
            each.read_one("connection_ack")
            each.line.sendall(frame(_TEXT, subscribe))
        for each in lot:
            each.read_one("next")
        every += lot
    return every


class Reading:
    """Reads what comes to all of them."""

    def __init__(self, every: Sequence[Subscriber]) -> None:
        self._every = {each.line.fileno(): each for each in every}
        self._waiting = select.epoll()
        for place in (*self._every, _STDIN):
            self._waiting.register(place, select.EPOLLIN)

    def notes(self) -> Notes | None:
        """Answer what has come once it is as much as is told to be, or patience has ended.

        None where nothing more is wanted. raises: ConnectionError.
        """
        notes, wanted, end = Notes(), sys.maxsize, float("inf")
        while time.monotonic() < end:
            ready = self._waiting.poll(QUIET_SECONDS)
            told = self._read([place for place, _ in ready])
            if told == b"":
                return None
            if told is not None:
                wanted, end = int(told), time.monotonic() + PATIENCE_SECONDS
            if not ready and wanted < sys.maxsize:
                self._note(notes)
                if len(notes.numbers) >= wanted:
                    return notes
        self._note(notes)
        return notes

    def _read(self, ready: Sequence[int]) -> bytes | None:
        """Keep what can be read; answer what was said by standard input, if anything was."""
        read, now, told = os.read, time.monotonic, None
        for place in ready:
            data = read(place, LARGEST_READ)
            if place == _STDIN:
                told = data
                continue
            subscriber = self._every[place]
            subscriber.came.append((now(), data))
            if not data:
                raise ConnectionError("the connection was closed")
            if _PING_HEAD in data:
                _answer_ping(subscriber.line, data)
        return told

    def _note(self, notes: Notes) -> None:
        for each in self._every.values():
            for number, at in each.events():
                notes.numbers.append(number)
                notes.times.append(at)


def _answer_ping(line: socket.socket, data: bytes) -> None:
    start = data.index(_PING_HEAD) + len(_PING_HEAD)
    line.sendall(frame(_PONG, data[start : start + 4]))


def main() -> None:
    """Subscribe as told in a file; write what came to another, as often as it is asked for."""
    told = json.loads(Path(sys.argv[1]).read_bytes())
    gc.disable()
    every = opened(str(told["url"]), str(told["query"]), told["keys"])
    print(OPENED, len(every), flush=True)
    reading = Reading(every)
    while (notes := reading.notes()) is not None:
        notes.write(Path(sys.argv[2]))
        print(READ, len(notes.numbers), flush=True)


if __name__ == "__main__":
    main()
