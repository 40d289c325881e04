"""Subscriptions over HTTP: what is written, how it ends, and what is refused before it begins."""

import asyncio
import contextlib
import dataclasses
import json
import re
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from starlette.types import Message, Receive, Scope, Send

from gateway.bootstrap.observing import counting_requests
from gateway.settings import LiveLimits
from gateway.telemetry.meters import Meters
from gateway.web.app import create_app
from gateway.web.auth import GatewayAuthenticator
from gateway.web.keys import key_ring_of
from gateway.web.parts import Identity, LiveAnswer
from gateway.web.presented import Presented
from gateway.web.server import serve
from tests.integration.web.serving import (
    OPERATOR_KEY,
    PARTNER_KEY,
    SHOP,
    STOREFRONT_KEY,
    Backstage,
    Channel,
    app_of,
    logging_to,
    parts_of,
    port_of,
    running,
    settings_with,
)

KEY = {"X-Api-Key": PARTNER_KEY}
EVENTS = {**KEY, "Accept": "text/event-stream"}
PARTS = {**KEY, "Accept": "multipart/mixed;subscriptionSpec=1.0, application/json"}
TICKS = "subscription Ticks($after: Int) { ticks(after: $after) }"
ASKED = {"query": TICKS}
OPENING = b"retry: 2000\n\n"
EXPIRED = '{"errors":[{"message":"no more","extensions":{"code":"CURSOR_EXPIRED"}}]}'
COMPLETE = b"event: complete\ndata:\n\n"


def ticked(number: int) -> bytes:
    return b'event: next\nid: c%d\ndata: {"data":{"ticks":%d}}\n\n' % (number, number)


async def opened(stage: Backstage) -> Channel:
    """Answer the subscription that was opened next."""
    return await asyncio.wait_for(stage.opened.get(), 60)


async def event(response: aiohttp.ClientResponse) -> bytes:
    """Answer the next event, or comment."""
    return await asyncio.wait_for(response.content.readuntil(b"\n\n"), 60)


@contextlib.asynccontextmanager
async def subscribed(
    client: aiohttp.ClientSession, headers: Mapping[str, str] = EVENTS
) -> AsyncIterator[aiohttp.ClientResponse]:
    """Answer a stream that is open."""
    async with client.post("/graphql", json=ASKED, headers=headers) as response:
        assert response.status == 200
        assert await event(response) == OPENING
        yield response


@pytest.fixture
async def stage() -> Backstage:
    return Backstage()


@pytest.fixture
async def client(stage: Backstage) -> AsyncIterator[aiohttp.ClientSession]:
    async with running(app_of(stage, settings_with())) as client:
        yield client


async def test_answers_are_events_and_a_reader_that_leaves_leaves_nothing(
    client: aiohttp.ClientSession, stage: Backstage
) -> None:
    async with subscribed(client) as response:
        assert response.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Accel-Buffering"] == "no"
        channel = await opened(stage)
        assert channel.request.query == TICKS
        assert (channel.request.reads_only, channel.request.resume_after) == (False, None)
        for number in (0, 1, 2):
            channel.tick(number)
            assert await event(response) == ticked(number)
        assert not channel.closed.is_set()
    await asyncio.wait_for(channel.closed.wait(), 60)


async def test_what_a_subscriber_had_last_goes_before_its_variables(
    client: aiohttp.ClientSession, stage: Backstage
) -> None:
    for told_last, expected in (("c7", "c7"), ("", None)):
        async with subscribed(client, {**EVENTS, "Last-Event-ID": told_last}):
            assert (await opened(stage)).request.resume_after == expected


async def test_a_get_needs_what_a_querys_get_needs(
    client: aiohttp.ClientSession, stage: Backstage
) -> None:
    async with client.get("/graphql", params=ASKED, headers=EVENTS) as response:
        answer = await response.json()
        assert (response.status, answer["errors"][0]["extensions"]["code"]) == (
            400,
            "PREFLIGHT_REQUIRED",
        )
    asking = {**EVENTS, "GraphQL-Require-Preflight": "1"}
    async with client.get("/graphql", params=ASKED, headers=asking) as response:
        assert await event(response) == OPENING
        assert (await opened(stage)).request.reads_only


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ("{greet}", '{"data":{"greet":"hello you"}}'),
        ("mutation { bump }", '{"data":{"bump":1}}'),
        ("{greet broken}",
         '{"data":{"greet":"hello you","broken":null},"errors":[{"message":"not today",'
         '"locations":[{"line":1,"column":8}],"path":["broken"]}]}'),
        ("{nothing}",
         '{"errors":[{"message":"Cannot query field \'nothing\' on type \'Query\'.",'
         '"locations":[{"line":1,"column":2}]}]}'),
    ],
)  # fmt: skip
async def test_whatever_else_is_asked_is_one_event(
    client: aiohttp.ClientSession, query: str, data: str
) -> None:
    async with client.post("/graphql", json={"query": query}, headers=EVENTS) as response:
        assert response.status == 200
        written = OPENING + f"event: next\ndata: {data}\n\n".encode() + COMPLETE
        assert await response.read() == written
    both = {**KEY, "Accept": "application/json, text/event-stream"}
    async with client.post("/graphql", json={"query": query}, headers=both) as response:
        assert response.headers["Content-Type"] == "application/json; charset=utf-8"
        assert await response.text() == data


@pytest.mark.parametrize("headers", [EVENTS, PARTS])
async def test_what_is_refused_before_it_begins_is_refused_as_ever(
    client: aiohttp.ClientSession, stage: Backstage, headers: dict[str, str]
) -> None:
    nobody = {**headers, "X-Api-Key": "a-wrong-key-0123456"}
    elsewhere = {**headers, "Origin": "https://evil.example.com"}
    statuses = []
    for each in (nobody, elsewhere):
        async with client.post("/graphql", json=ASKED, headers=each) as response:
            assert response.headers["Content-Type"] == "application/json; charset=utf-8"
            answer = await response.json()
            statuses.append((response.status, answer["errors"][0]["extensions"]["code"]))
    assert statuses == [(401, "UNAUTHENTICATED"), (403, "ORIGIN_NOT_ALLOWED")]
    assert stage.opened.empty()


async def test_a_page_of_the_shop_may_read_the_stream(client: aiohttp.ClientSession) -> None:
    headers = {**EVENTS, "X-Api-Key": STOREFRONT_KEY, "Origin": SHOP}
    async with subscribed(client, headers) as response:
        assert response.headers["Access-Control-Allow-Origin"] == SHOP


async def test_an_error_that_ends_it_is_told_and_then_it_is_complete(
    client: aiohttp.ClientSession, stage: Backstage
) -> None:
    async with subscribed(client) as response:
        channel = await opened(stage)
        channel.give(LiveAnswer(EXPIRED.encode()))
        channel.give(None)
        assert await response.read() == f"event: next\ndata: {EXPIRED}\n\n".encode() + COMPLETE
    assert channel.closed.is_set()


async def test_a_silent_stream_is_kept_alive(stage: Backstage) -> None:
    async with running(
        app_of(stage, settings_with(limits={"live": {"ping_seconds": 0.01}}))
    ) as client:
        async with subscribed(client) as response:
            assert [await event(response) for _ in range(3)] == [b":\n\n"] * 3
        async with client.post("/graphql", json=ASKED, headers=PARTS) as response:
            part = b"\r\nContent-Type: application/json\r\n\r\n{}\r\n--graphql"
            expected = b"\r\n--graphql" + part * 3
            assert await response.content.readexactly(len(expected)) == expected


async def test_apollos_clients_get_parts(client: aiohttp.ClientSession, stage: Backstage) -> None:
    async with client.post("/graphql", json=ASKED, headers=PARTS) as response:
        assert response.headers["Content-Type"] == (
            'multipart/mixed;boundary="graphql";subscriptionSpec=1.0'
        )
        channel = await opened(stage)
        channel.tick(1)
        channel.give(LiveAnswer(EXPIRED.encode()))
        channel.give(None)
        assert (await response.text()).split("\r\n") == [
            *("", "--graphql", "Content-Type: application/json", ""),
            '{"payload":{"data":{"ticks":1}}}',
            *("--graphql", "Content-Type: application/json", ""),
            f'{{"payload":{EXPIRED}}}',
            *("--graphql--", ""),
        ]


@pytest.mark.parametrize(("headers", "end"), [(EVENTS, b""), (PARTS, b"\r\n--graphql")])
async def test_a_server_that_ends_breaks_off_so_that_clients_come_again(
    stage: Backstage, headers: dict[str, str], end: bytes
) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    ready: asyncio.Future[int] = loop.create_future()
    app = app_of(stage, settings_with())
    serving = asyncio.create_task(
        serve(app, "127.0.0.1", 0, on_ready=ready.set_result, stop=stop, shutdown_seconds=3600)
    )
    async with (
        aiohttp.ClientSession(f"http://127.0.0.1:{await ready}") as client,
        client.post("/graphql", json=ASKED, headers=headers) as response,
    ):
        channel = await opened(stage)
        stop.set()
        read = await response.read()
    assert read == (OPENING if headers is EVENTS else end)
    assert not channel.hand(numbered(1))
    await asyncio.wait_for(serving, 60)
    assert channel.closed.is_set()


@dataclasses.dataclass
class Expiring:
    """Everybody's credential ends after a minute."""

    stage: Backstage
    within: GatewayAuthenticator
    known_origins: frozenset[str] = frozenset()

    async def identify(self, presented: Presented) -> Identity:
        identity = await self.within.identify(presented)
        ends = self.stage.clock.now() + timedelta(seconds=60)
        return dataclasses.replace(identity, expires_at=ends)


@contextlib.asynccontextmanager
async def expiring(stage: Backstage, ping_seconds: float) -> AsyncIterator[aiohttp.ClientSession]:
    settings = settings_with(limits={"live": {"ping_seconds": ping_seconds}})
    parts = dataclasses.replace(
        parts_of(stage, settings),
        open_live=stage.open_live,
        authenticator=Expiring(stage, GatewayAuthenticator(key_ring_of(settings.keys))),
    )
    async with running(create_app(parts)) as client:
        yield client


async def test_a_stream_ends_with_its_callers_credential(stage: Backstage) -> None:
    message = "the credential has ended; come again with a new one"
    error = f'"errors":[{{"message":"{message}","extensions":{{"code":"UNAUTHENTICATED"}}}}]'
    async with expiring(stage, ping_seconds=0.01) as client:
        async with subscribed(client) as response:
            assert await event(response) == b":\n\n"
            stage.clock.seconds += 60
            rest = await response.read()
            assert (
                rest[rest.index(b"event") :]
                == f"event: next\ndata: {{{error}}}\n\n".encode() + COMPLETE
            )
        async with client.post("/graphql", json=ASKED, headers=PARTS) as response:
            stage.clock.seconds += 60
            last = (await response.read()).split(b"\r\n")[-3:]
            assert last == [f'{{"payload":null,{error}}}'.encode(), b"--graphql--", b""]


async def test_nothing_is_told_once_the_credential_has_ended(stage: Backstage) -> None:
    async with expiring(stage, ping_seconds=3600) as client, subscribed(client) as response:
        channel = await opened(stage)
        channel.tick(1)
        assert await event(response) == ticked(1)
        stage.clock.seconds += 60
        channel.tick(2)
        rest = await response.read()
    assert b"ticks" not in rest
    assert rest.startswith(b'event: next\ndata: {"errors":')
    assert rest.endswith(COMPLETE)


async def test_streams_are_counted_and_give_their_places_back(stage: Backstage) -> None:
    limits = {"partner": {"connections": 2, "concurrency": 1}, "live": {"max_connections": 3}}
    async with running(app_of(stage, settings_with(limits=limits))) as client:
        async with subscribed(client), subscribed(client) as second:
            _, channel = await opened(stage), await opened(stage)
            refused = await _refusal(client, PARTS)
            assert refused == (429, "TOO_MANY_CONNECTIONS", "10")
            assert (await opened(stage)).closed.is_set()
            async with client.post("/graphql", json={"query": "{greet}"}, headers=KEY) as one:
                assert await one.json() == {"data": {"greet": "hello you"}}
            other = {**EVENTS, "X-Api-Key": OPERATOR_KEY}
            async with subscribed(client, other):
                assert await _refusal(client, other) == (503, "TOO_MANY_CONNECTIONS", "10")
            second.close()
            await asyncio.wait_for(channel.closed.wait(), 60)
            async with subscribed(client):
                pass


async def _refusal(client: aiohttp.ClientSession, headers: dict[str, str]) -> tuple[Any, ...]:
    async with client.post("/graphql", json=ASKED, headers=headers) as response:
        code = (await response.json())["errors"][0]["extensions"]["code"]
        return response.status, code, response.headers["Retry-After"]


COUNT, LARGE = 1_000, LiveAnswer(b'{"data":"%s"}' % (b"x" * 65_536))


@contextlib.contextmanager
def stalling(port: int) -> Iterator[None]:
    """Subscribe, and read nothing."""
    body = json.dumps(ASKED)
    told = {**EVENTS, "Host": "a", "Content-Type": "application/json", "Content-Length": len(body)}
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    with socket.socket() as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8_192)
        peer.connect(("127.0.0.1", port))
        peer.sendall(f"POST /graphql HTTP/1.1\r\n{head}\r\n{body}".encode())
        yield


async def test_a_reader_that_stalls_costs_little_and_is_cut_off(stage: Backstage) -> None:
    live = LiveLimits(stalled_seconds=0.2)
    async with running(app_of(stage, settings_with()), live=live) as client:
        with stalling(await port_of(client)):
            channel = await opened(stage)
            for _ in range(COUNT):
                channel.give(LARGE)
            await asyncio.wait_for(channel.closed.wait(), 60)
    assert 0 < channel.taken < COUNT / 4


async def test_a_server_that_ends_does_not_wait_for_a_reader_that_stalls(stage: Backstage) -> None:
    app, patient = app_of(stage, settings_with()), LiveLimits(stalled_seconds=3600)
    with contextlib.ExitStack() as stack:
        async with running(app, live=patient, shutdown_seconds=3600) as client:
            stack.enter_context(stalling(await port_of(client)))
            channel = await opened(stage)
            for _ in range(COUNT):
                channel.give(LARGE)
            taken = -1
            while taken != channel.taken:
                taken = channel.taken
                await port_of(client)
    assert channel.closed.is_set()


def numbered(number: int) -> LiveAnswer:
    return LiveAnswer(b'{"data":{"ticks":%d}}' % number, f"c{number}")


@pytest.mark.parametrize("headers", [EVENTS, PARTS])
async def test_an_answer_that_is_handed_over_is_written_past_who_waits_for_one(
    client: aiohttp.ClientSession, stage: Backstage, headers: dict[str, str]
) -> None:
    async with client.post("/graphql", json=ASKED, headers=headers) as response:
        channel = await opened(stage)
        channel.tick(0)
        read = b""
        while b'"ticks":0' not in read:
            read += await response.content.readany()
        assert [channel.hand(numbered(1)), channel.hand(numbered(2))] == [True, True]
        channel.tick(3)
        channel.give(None)
        read += await response.read()
    assert [int(each) for each in re.findall(rb'"ticks":(\d)', read)] == [0, 1, 2, 3]
    assert channel.taken == 2
    if headers is EVENTS:
        assert read == OPENING + b"".join(map(ticked, range(4))) + COMPLETE
    assert not channel.hand(numbered(4)), "it is complete"


async def test_nothing_is_handed_over_to_a_reader_that_stalls(stage: Backstage) -> None:
    app = app_of(stage, settings_with())
    async with running(app) as client:
        with stalling(await port_of(client)):
            channel = await opened(stage)
            channel.give(LARGE)
            while not channel.taken:
                await port_of(client)
            handed = 0
            while handed < COUNT and channel.hand(LARGE):
                handed += 1
        await asyncio.wait_for(channel.closed.wait(), 30)
    assert handed < COUNT / 4
    assert not channel.hand(LARGE), "there is nobody any more"


async def test_nothing_is_handed_over_once_the_credential_has_ended(stage: Backstage) -> None:
    async with expiring(stage, ping_seconds=3600) as client, subscribed(client) as response:
        channel = await opened(stage)
        channel.tick(0)
        assert await event(response) == ticked(0)
        assert channel.hand(numbered(1))
        stage.clock.seconds += 60
        assert not channel.hand(numbered(2))
        channel.tick(2)
        assert b'"ticks":2' not in await response.read()


async def test_whoever_stands_between_sees_every_answer(stage: Backstage) -> None:
    within, seen = app_of(stage, settings_with()), bytearray()

    async def around(scope: Scope, receive: Receive, send: Send) -> None:
        async def watched(message: Message) -> None:
            seen.extend(message.get("body", b""))
            await send(message)

        await within(scope, receive, watched)

    async with running(around) as client, subscribed(client) as response:
        channel = await opened(stage)
        channel.tick(0)
        assert await event(response) == ticked(0)
        assert not channel.hand(numbered(1))
        channel.tick(1)
        assert await event(response) == ticked(1)
    assert seen.startswith(OPENING + ticked(0) + ticked(1))


async def test_an_unforeseen_error_breaks_it_off_and_is_in_the_log(stage: Backstage) -> None:
    with logging_to("json") as lines:
        async with (
            running(app_of(stage, settings_with())) as client,
            subscribed(client) as response,
        ):
            channel = await opened(stage)
            channel.give(RuntimeError("the table is locked"))
            with pytest.raises(aiohttp.ClientPayloadError):
                await response.read()
            await asyncio.wait_for(channel.closed.wait(), 60)
    logged = [json.loads(line) for line in lines.getvalue().splitlines()]
    (error,) = [each for each in logged if each["event"] == "unforeseen error"]
    assert error["exception"].endswith("RuntimeError: the table is locked")


async def test_the_log_says_how_long_a_stream_lived_and_why_it_ended(stage: Backstage) -> None:
    meters = Meters()
    parts = parts_of(stage, settings_with())
    app = create_app(dataclasses.replace(parts, on_request=counting_requests(meters)))
    with logging_to("json") as lines:
        async with running(app) as client:
            async with subscribed(client) as response:
                channel = await opened(stage)
                stage.clock.seconds += 90
                channel.give(None)
                await response.read()
            async with subscribed(client):
                channel = await opened(stage)
            await asyncio.wait_for(channel.closed.wait(), 60)
    logged = [json.loads(line) for line in lines.getvalue().splitlines()]
    lived = [
        (each["status"], each["duration_ms"], each["ended"], each["principal"])
        for each in logged
        if each["event"] == "request"
    ]
    assert lived == [
        (200, 90_000.0, "ANSWERS", "key:seller"),
        (200, 0.0, "LEFT", "key:seller"),
    ]
    text = meters.exposition("")[0].decode()
    for ending in ("ANSWERS", "LEFT"):
        assert f'trama_event_streams_total{{ending="{ending}",principal="PARTNER"}} 1.0' in text
    assert "trama_graphql_request_seconds_count" not in text, "a life is no time of answering"
