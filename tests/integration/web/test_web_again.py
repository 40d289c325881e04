"""What a connection sends again is answered as if it were sent for the first time."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.web.app import create_app
from gateway.web.auth import GatewayAuthenticator
from gateway.web.keys import key_ring_of
from gateway.web.parts import Identity
from gateway.web.presented import Presented
from gateway.web.refusals import Unauthenticated
from gateway.web.whole import WholeCycle
from tests.integration.web.serving import (
    PARTNER_KEY,
    Backstage,
    app_of,
    logging_to,
    parts_of,
    port_of,
    running,
    settings_with,
)


@dataclasses.dataclass
class Line:
    """One connection to the server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, *pieces: bytes) -> tuple[int, bytes]:
        """Send a request in so many pieces; answer status and body."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)
        return await self.hear()

    async def hear(self) -> tuple[int, bytes]:
        """Answer status and body of the next answer."""
        async with asyncio.timeout(10):
            head = (await self.reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
            return int(head.split()[1]), await self.reader.readexactly(length)


@asynccontextmanager
async def connected(app: ASGIApp) -> AsyncIterator[Line]:
    async with running(app) as client, line_to(await port_of(client)) as line:
        yield line


@asynccontextmanager
async def line_to(port: int) -> AsyncIterator[Line]:
    line = Line(*await asyncio.open_connection("127.0.0.1", port))
    try:
        yield line
    finally:
        line.writer.close()


def seen_by(app: ASGIApp, cycles: list[bool]) -> ASGIApp:
    """Answer the same app, and note of each request of GraphQL whether its head was known."""

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/graphql":
            cycles.append(type(scope["trama.cycle"]) is WholeCycle)
        await app(scope, receive, send)

    return watched


def asking(name: str, *more: str) -> tuple[bytes, bytes]:
    """Answer head and body of a request that greets somebody."""
    body = b'{"query":"{greet(name:\\"%s\\")}"}' % name.encode()
    lines = [
        "POST /graphql HTTP/1.1", "Host: x", f"X-Api-Key: {PARTNER_KEY}",
        "Content-Type: application/json", f"Content-Length: {len(body)}", *more, "", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode(), body


def greeted(name: str) -> tuple[int, bytes]:
    return 200, b'{"data":{"greet":"hello %s"}}' % name.encode()


async def test_each_request_is_answered_by_its_own_body() -> None:
    cycles: list[bool] = []
    async with connected(seen_by(app_of(Backstage(), settings_with()), cycles)) as line:
        for name in ("ann", "bob", "eva", "anna", "theo", "ann"):
            assert await line.ask(b"".join(asking(name))) == greeted(name)
    assert cycles == [False, True, True, False, True, True]


async def test_what_comes_in_pieces_or_with_more_behind_it_is_told_apart() -> None:
    head, body = asking("ann")
    cycles: list[bool] = []
    async with connected(seen_by(app_of(Backstage(), settings_with()), cycles)) as line:
        assert await line.ask(head + body) == greeted("ann")
        assert await line.ask(head, asking("bob")[1]) == greeted("bob")
        assert await line.ask(head + body[:9], body[9:]) == greeted("ann")
        assert await line.ask(head[:9], head[9:] + body) == greeted("ann")
        assert await line.ask(b"\r\n" + head + body) == greeted("ann")
        assert await line.ask(head + body + b"".join(asking("eva"))) == greeted("ann")
        assert await line.hear() == greeted("eva")
        assert await line.ask(head + body) == greeted("ann")
    assert (cycles[0], cycles[-1]) == (False, True)


@pytest.mark.parametrize("seed", range(4))
async def test_however_chance_cuts_and_joins_requests_each_has_its_answer_in_turn(
    seed: int,
) -> None:
    chance, cycles = Random(seed), list[bool]()
    async with connected(seen_by(app_of(Backstage(), settings_with()), cycles)) as line:
        for _ in range(60):
            names = chance.choices(("ann", "bob", "theo", "POST /graphql"), k=chance.randint(1, 3))
            sent = b"".join(b"".join(asking(name)) for name in names)
            cuts = sorted(chance.sample(range(1, len(sent)), chance.choice((0, 0, 0, 1, 2))))
            for start, stop in zip((0, *cuts), (*cuts, len(sent)), strict=True):
                line.writer.write(sent[start:stop])
                await line.writer.drain()
                await asyncio.sleep(0)
            assert [await line.hear() for _ in names] == [greeted(name) for name in names]
    assert {True, False} == set(cycles)


async def test_a_request_that_comes_before_the_last_is_answered_waits_for_its_turn() -> None:
    backstage = Backstage()
    async with connected(app_of(backstage, settings_with())) as line:
        assert await line.ask(b"".join(asking("ann"))) == greeted("ann")
        backstage.hold = asyncio.Event()
        backstage.reached.clear()
        for name in ("bob", "eva"):
            line.writer.write(b"".join(asking(name)))
            await line.writer.drain()
            async with asyncio.timeout(10):
                await backstage.reached.wait()
        backstage.hold.set()
        assert [await line.hear(), await line.hear()] == [greeted("bob"), greeted("eva")]


async def test_a_silent_connection_is_closed_in_time_and_not_while_it_is_answered() -> None:
    backstage = Backstage()
    asked = b"".join(asking("ann"))
    async with running(app_of(backstage, settings_with()), keep_alive_seconds=1) as client:
        port = await port_of(client)
        async with line_to(port) as waiting, line_to(port) as silent, asyncio.timeout(30):
            assert await waiting.ask(asked) == greeted("ann")
            assert [await silent.ask(asked) for _ in range(3)] == [greeted("ann")] * 3
            backstage.hold = asyncio.Event()
            backstage.reached.clear()
            waiting.writer.write(asked)
            await backstage.reached.wait()
            assert await silent.reader.read() == b""
            backstage.hold.set()
            assert await waiting.hear() == greeted("ann")
            assert await waiting.reader.read() == b""


class Ring:
    """Keys that can be taken away."""

    known_origins: frozenset[str] = frozenset()

    def __init__(self, within: GatewayAuthenticator) -> None:
        self.within = within
        self.is_taken = False

    async def identify(self, presented: Presented) -> Identity:
        if self.is_taken:
            raise Unauthenticated("the credential is not accepted")
        return await self.within.identify(presented)


async def test_a_key_that_is_taken_away_is_refused_by_the_next_request() -> None:
    settings = settings_with()
    ring = Ring(GatewayAuthenticator(key_ring_of(settings.keys)))
    cycles: list[bool] = []
    app = create_app(dataclasses.replace(parts_of(Backstage(), settings), authenticator=ring))
    async with connected(seen_by(app, cycles)) as line:
        statuses = []
        for is_taken in (False, False, True, False):
            ring.is_taken = is_taken
            statuses.append((await line.ask(b"".join(asking("ann"))))[0])
    assert statuses == [200, 200, 401, 200]
    assert cycles == [False, True, True, True]


async def test_a_rate_counts_every_request() -> None:
    settings = settings_with(limits={"partner": {"requests_per_second": 0.5, "burst": 2}})
    async with connected(app_of(Backstage(), settings)) as line:
        statuses = [(await line.ask(b"".join(asking("ann"))))[0] for _ in range(4)]
    assert statuses == [200, 200, 429, 429]


async def test_a_credential_that_is_none_is_refused_each_time() -> None:
    head, body = asking("ann", "Authorization: Basic YTpi")
    async with connected(app_of(Backstage(), settings_with())) as line:
        assert [(await line.ask(head + body))[0] for _ in range(3)] == [401] * 3


async def test_whoever_puts_other_headers_in_their_place_is_heard() -> None:
    app = app_of(Backstage(), settings_with())

    async def anonymous(scope: Scope, receive: Receive, send: Send) -> None:
        told = [(name, value) for name, value in scope["headers"] if name != b"x-api-key"]
        await app({**scope, "headers": told}, receive, send)

    async with connected(anonymous) as line:
        assert [(await line.ask(b"".join(asking("ann"))))[0] for _ in range(3)] == [401] * 3


@pytest.mark.parametrize("fails", [True, False])
async def test_an_app_that_fails_or_says_nothing_is_an_error_of_the_server(fails: bool) -> None:
    asked: list[bytes] = []

    async def answer_once(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/graphql":
            asked.append((await receive())["body"])
            if len(asked) == 2:
                if fails:
                    raise RuntimeError("not today")
                return
        await _say_ok(send)

    with logging_to("json") as stream:
        async with connected(answer_once) as line:
            assert await line.ask(b"".join(asking("ann"))) == (200, b"ok")
            assert await line.ask(b"".join(asking("bob"))) == (500, b"Internal Server Error")
            assert await line.reader.read() == b""
    assert asked == [asking("ann")[1], asking("bob")[1]]
    told = [json.loads(each) for each in stream.getvalue().splitlines()]
    assert [each["logger"] for each in told] == ["uvicorn.error"]


async def test_by_messages_a_body_is_told_once_and_then_that_the_peer_has_gone() -> None:
    received: list[Message] = []
    gone = asyncio.Event()

    async def listen(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/graphql":
            received.append(await receive())
            if len(received) == 2:
                received.append(await receive())
                gone.set()
                return
        await _say_ok(send)

    async with connected(listen) as line:
        assert await line.ask(b"".join(asking("ann"))) == (200, b"ok")
        line.writer.write(b"".join(asking("bob")))
        await line.writer.drain()
        line.writer.close()
        async with asyncio.timeout(10):
            await gone.wait()
    whole = {"type": "http.request", "more_body": False}
    bodies = [{**whole, "body": asking(name)[1]} for name in ("ann", "bob")]
    assert received == [*bodies, {"type": "http.disconnect"}]


async def _say_ok(send: Send) -> None:
    length = [(b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": length})
    await send({"type": "http.response.body", "body": b"ok"})
