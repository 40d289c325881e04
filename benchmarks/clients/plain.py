"""The client where wrk is not to be had: prepared bytes over bare asyncio connections on uvloop.

It runs in a process of its own. It reads heads for `Content-Length` only and decodes no body.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from benchmarks.clients.load import ClientFailed, Load, Target, keep_bodies

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Plain:
    """A client of our own."""

    folder: Path
    name: str = "a client of bare asyncio connections (no wrk here)"

    async def load(
        self, target: Target, bodies: Sequence[bytes], seconds: float, connections: int
    ) -> Load:
        """Ask the bodies in turns; raises ClientFailed."""
        told = {"url": target.url, "headers": dict(target.headers), "seconds": seconds,
                "connections": connections, "is_traced": target.is_traced}  # fmt: skip
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.clients.plain", json.dumps(told),
            str(keep_bodies(bodies, self.folder)),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said, errors = await running.communicate()
        if running.returncode != 0:
            raise ClientFailed(errors.decode("utf-8", "replace")[-500:])
        return Load(**json.loads(said))


class _Asker(asyncio.Protocol):
    """One connection: the next request goes out when an answer has come in whole."""

    def __init__(self, run: "_Run") -> None:
        self._run = run
        self._got = b""
        self._missing = -1
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        if self._missing < 0:
            self._got += data
            end = self._got.find(b"\r\n\r\n")
            if end < 0:
                return
            length = _LENGTH.search(self._got, 0, end)
            self._missing = (int(length[1]) if length else 0) - (len(self._got) - end - 4)
            self._run.failed += not self._got.startswith(b"HTTP/1.1 200")
        else:
            self._missing -= len(data)
        if self._missing <= 0:
            self._run.times.append(time.perf_counter() - self._began)
            self._ask()

    def connection_lost(self, error: Exception | None) -> None:
        self._run.failed += not self._run.is_over

    def _ask(self) -> None:
        if self._transport is None or self._run.is_over:
            return
        self._got, self._missing, self._began = b"", -1, time.perf_counter()
        self._transport.write(self._run.next())


class _Run:
    """All connections of one measurement."""

    def __init__(self, requests: Sequence[bytes], *, is_traced: bool) -> None:
        self._requests = requests
        self._place = -1
        self._traces = count(1) if is_traced else None
        self.times: list[float] = []
        self.failed = 0
        self.is_over = False

    def next(self) -> bytes:
        self._place = (self._place + 1) % len(self._requests)
        request = self._requests[self._place]
        if self._traces is None:
            return request
        trace = next(self._traces)
        told = b"\r\ntraceparent: 00-%032x-%016x-00\r\n" % (trace, trace)
        return request.replace(b"\r\n", told, 1)


def _request(url: str, headers: dict[str, str], body: bytes) -> bytes:
    split = urlsplit(url)
    told = {"Host": split.netloc, "Content-Type": "application/json",
            "Content-Length": str(len(body)), **headers}  # fmt: skip
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    return f"POST {split.path} HTTP/1.1\r\n{head}\r\n".encode() + body


async def _measure(told: dict[str, object], bodies: Sequence[bytes]) -> Load:
    url, headers = str(told["url"]), told["headers"]
    if not isinstance(headers, dict):
        raise TypeError("headers is a map")
    seconds, connections = float(str(told["seconds"])), int(str(told["connections"]))
    requests, split = [_request(url, headers, body) for body in bodies], urlsplit(url)
    run = _Run(requests, is_traced=bool(told["is_traced"]))
    loop, began = asyncio.get_running_loop(), time.perf_counter()
    made = [
        await loop.create_connection(lambda: _Asker(run), split.hostname or "", split.port or 80)
        for _ in range(connections)
    ]
    await asyncio.sleep(seconds)
    run.is_over, took = True, time.perf_counter() - began
    for transport, _ in made:
        transport.close()
    times = sorted(run.times) or [0.0]
    p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
    return Load(len(run.times) / took, p50 * 1e3, p99 * 1e3, run.failed)


def main() -> None:
    """Measure as told, and tell it as JSON."""
    import uvloop

    told, bodies = json.loads(sys.argv[1]), Path(sys.argv[2]).read_bytes().splitlines()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(_measure(told, bodies))
    print(json.dumps(found.__dict__))


if __name__ == "__main__":
    main()
