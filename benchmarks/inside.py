"""What a request costs within the gateway's process, part by part, and which room spends it.

python -m benchmarks.inside TOML SECONDS < BODY: opens a gateway as `trama serve` does, asks it
without any socket, and writes what was found as JSON.
"""

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import orjson
from starlette.types import ASGIApp, Message

from benchmarks.gateway import KEY
from benchmarks.profiling import profiled
from gateway.bootstrap import Gateway, open_gateway
from gateway.settings import load_settings
from gateway.telemetry.tracing import tracing
from gateway.web import server
from gateway.web.logs import configure_logs
from gateway.web.parts import ExecutionOutcome, GraphQLRequest, RequestContext
from gateway.web.presented import Presented

BATCH = 50
PROFILED = 400
ONE_ROW = "SELECT on_hand FROM position WHERE sku = $1 LIMIT 1"
Ask = Callable[[], Awaitable[Any]]


@dataclass(frozen=True)
class Inside:
    """Least CPU of this process, in us; of the statement also what it waits for; and the rooms'
    shares of a request, by name."""

    app: float
    graph: float
    encoding: float
    row: float
    row_wait: float
    answer_bytes: int
    shares: dict[str, float] = field(default_factory=dict)


async def least(ask: Ask, seconds: float, clock: Callable[[], float] = time.process_time) -> float:
    """Answer the us of one of a batch, in the best batch; warm after the first."""
    best, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end or best == float("inf"):
        began = clock()
        for _ in range(BATCH):
            await ask()
        best = min(best, (clock() - began) / BATCH)
    return best * 1e6


class Caller:
    """Asks an ASGI app as a server does, with one body over and over."""

    def __init__(self, app: ASGIApp, body: bytes) -> None:
        self._app, self._body = app, body
        self._scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
            "scheme": "http", "path": "/graphql", "raw_path": b"/graphql", "query_string": b"",
            "root_path": "", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
            "headers": [
                (b"host", b"127.0.0.1"), (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
                (b"authorization", f"Bearer {KEY}".encode()),
            ],
        }  # fmt: skip

    async def ask(self) -> bytes:
        """Answer the bytes; raises RuntimeError where they are refused."""
        said: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": self._body, "more_body": False}

        async def send(message: Message) -> None:
            said.append(message)

        await self._app({**self._scope, "state": {}}, receive, send)
        if said[0]["status"] != 200:
            raise RuntimeError(f"answered {said[0]['status']}")
        return b"".join(each.get("body", b"") for each in said)


async def measure(
    gateway: Gateway, body: bytes, seconds: float, *, profiled_calls: int = PROFILED
) -> Inside:
    """Answer what an open gateway spends on a body."""
    caller = Caller(gateway.app, body)
    answer = await caller.ask()
    asked = orjson.loads(body)
    graph = await _graph(gateway, asked)
    answered = orjson.loads(answer)
    sku = asked["variables"]["skus"][0]

    async def encode() -> bytes:
        return orjson.dumps(answered)

    async with gateway.pool.acquire() as connection:
        row = await connection.prepare(ONE_ROW)
        row_cpu = await least(lambda: row.fetchrow(sku), seconds)
        row_wait = await least(lambda: row.fetchrow(sku), seconds, time.perf_counter)
    return Inside(
        app=await least(caller.ask, seconds),
        graph=await least(graph, seconds),
        encoding=await least(encode, seconds / 4),
        row=row_cpu,
        row_wait=row_wait,
        answer_bytes=len(answer),
        shares=await profiled(caller.ask, profiled_calls),
    )


async def _graph(gateway: Gateway, asked: dict[str, Any]) -> Ask:
    """Answer what executes a request that is read, admitted and found to be somebody's."""
    identity = await gateway.parts.authenticator.identify(Presented(KEY, may_be_token=True))
    request = GraphQLRequest(asked["query"], None, asked["variables"])
    context = RequestContext(identity.principal, "request", "127.0.0.1", time.monotonic())

    async def ask() -> None:
        begun = gateway.parts.execute(request, context)
        if not isinstance(begun, ExecutionOutcome):
            await begun

    return ask


async def _run(path: Path, body: bytes, seconds: float) -> Inside:
    settings = load_settings(path, os.environ)
    configure_logs(settings.log, secrets=settings.secret_texts())
    with tracing(settings.tracing):
        async with open_gateway(settings) as gateway:
            server.settle_memory()
            return await measure(gateway, body, seconds)


def main() -> None:
    """Measure as told."""
    path, seconds = sys.argv[1:]
    with asyncio.Runner(loop_factory=server.new_event_loop) as runner:
        found = runner.run(_run(Path(path), sys.stdin.buffer.read(), float(seconds)))
    sys.stdout.buffer.write(msgspec.json.encode(found))


if __name__ == "__main__":
    main()
