"""What a socket may cost: how many there are, how often it speaks, how long it waits or is read."""

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from websockets.exceptions import InvalidStatus

from gateway.bootstrap.observing import counting_requests, counting_sockets
from gateway.demo.issuer import make_demo_issuer
from gateway.settings import LiveLimits
from gateway.telemetry.meters import Meters
from gateway.web.app import create_app
from gateway.web.parts import GraphQLRequest, LiveAnswer, RequestContext
from gateway.web.subscribers import Transport
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
    running,
    settings_with,
)
from tests.integration.web.sockets import ACK, BEARER, TICKS, Raw, Socket, opened, raw_socket

SLOW = {"requests_per_second": 0.5, "burst": 2}
INIT = {"type": "connection_init", "payload": BEARER}


@asynccontextmanager
async def gateway(
    backstage: Backstage, server: dict[str, Any] | None = None, **limits: Any
) -> AsyncIterator[aiohttp.ClientSession]:
    settings = settings_with(limits=limits, server={"port": 0, **(server or {})})
    async with running(app_of(backstage, settings), live=settings.limits.live) as client:
        yield client


async def code_of(socket: Socket) -> str:
    """Answer the code of the operation's error that comes next."""
    told = await socket.hear()
    assert told["type"] == "error", told
    code: str = told["payload"][0]["extensions"]["code"]
    return code


async def test_a_caller_may_have_so_many_sockets() -> None:
    async with gateway(Backstage(), partner={"connections": 1}) as client:
        async with opened(client), opened(client, begins=False) as second:
            await second.say(INIT)
            reason = "this caller has 1 connections open already; close one, or come again later"
            assert await second.closed() == (1013, reason)
            async with opened(client, begins=False) as other:
                await other.begin({"apiKey": OPERATOR_KEY})
        async with opened(client):
            pass


async def test_a_gateway_may_have_so_many_sockets() -> None:
    async with gateway(Backstage(), live={"max_connections": 1}) as client:
        async with opened(client, begins=False):
            with pytest.raises(InvalidStatus) as refused:
                await opened(client).__aenter__()
            answer = refused.value.response
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
            told = json.loads(answer.body or b"")
            assert told["errors"][0]["extensions"] == {"code": "TOO_MANY_CONNECTIONS"}
        async with opened(client):
            pass


async def test_a_caller_may_have_so_many_subscriptions_on_all_its_sockets() -> None:
    backstage = Backstage()
    async with (
        gateway(backstage, partner={"subscriptions": 2}) as client,
        opened(client) as one,
        opened(client) as two,
    ):
        await one.subscribe("a")
        first = await backstage.opened.get()
        await two.subscribe("a")
        await backstage.opened.get()
        await two.subscribe("b")
        (error,) = (await two.hear())["payload"]
        assert error["extensions"] == {"code": "TOO_MANY_SUBSCRIPTIONS", "retryAfter": 10}
        refused = await backstage.opened.get()
        assert refused.closed.is_set(), "what is refused is given up"
        await one.say({"id": "a", "type": "complete"})
        await first.closed.wait()
        await two.subscribe("b")
        channel = await backstage.opened.get()
        channel.tick(1)
        assert (await two.hear())["payload"] == {"data": {"ticks": 1}}


async def test_a_subscribe_counts_as_a_request_of_its_caller() -> None:
    backstage = Backstage()
    async with gateway(backstage, partner=SLOW) as client, opened(client) as socket:
        for operation_id in ("a", "b"):
            await socket.subscribe(operation_id, "{ greet }")
            assert [(await socket.hear())["type"] for _ in range(2)] == ["next", "complete"]
        await socket.subscribe("c", "{ greet }")
        (error,) = (await socket.hear())["payload"]
        assert error["extensions"] == {"code": "RATE_LIMITED", "retryAfter": 2}
        async with client.post("/graphql", json={"query": "{greet}"}, headers=BEARER) as answer:
            assert answer.status == 429, "whatever the transport"
        backstage.clock.seconds += 2
        await socket.subscribe("d", "{ greet }")
        assert (await socket.hear())["type"] == "next"
    assert len(backstage.asked) == 3


async def test_operations_under_way_are_bounded() -> None:
    backstage = Backstage(hold=asyncio.Event())
    async with gateway(backstage, partner={"concurrency": 1}) as client:
        async with opened(client) as socket:
            await socket.subscribe("a", "{ greet }")
            await socket.subscribe("b", "{ greet }")
            assert await code_of(socket) == "TOO_MANY_AT_ONCE"
            assert backstage.hold is not None
            backstage.hold.set()
            assert (await socket.hear())["payload"] == {"data": {"greet": "hello you"}}


async def test_a_socket_may_speak_so_often() -> None:
    live = {"messages_per_second": 1, "message_burst": 3}
    backstage = Backstage()
    async with gateway(backstage, live=live) as client:
        async with opened(client) as other, opened(client) as socket:
            for _ in range(2):
                await socket.say({"type": "pong"})
            backstage.clock.seconds += 1
            for _ in range(2):
                await socket.say({"type": "pong"})
            assert await socket.closed() == (4429, "Too many messages")
            await other.say({"type": "ping"})
            assert await other.hear() == {"type": "pong"}


async def test_upgrades_of_one_address_are_counted() -> None:
    async with gateway(Backstage(), address=SLOW) as client:
        async with opened(client), opened(client):
            with pytest.raises(InvalidStatus) as refused:
                await opened(client).__aenter__()
            assert refused.value.response.status_code == 429


async def test_who_does_not_say_who_it_is_in_time_is_closed_with_4408() -> None:
    async with gateway(Backstage(), live={"init_seconds": 0.05}) as client:
        async with opened(client, begins=False) as socket:
            assert await socket.closed() == (4408, "Connection initialisation timeout")


async def test_a_socket_ends_with_its_token() -> None:
    backstage = Backstage()
    issuer = make_demo_issuer(backstage.clock)

    async def published(url: str) -> bytes:
        return issuer.jwks

    app = app_of(backstage, settings_with(), published)
    async with running(app) as client, opened(client) as lasting:
        token = issuer.issue("ana", {}, ttl_seconds=3600)
        backstage.clock.seconds += 3600 + 29.9  # a clock may be 30 s off
        async with opened(client, begins=False) as socket:
            await socket.begin({"Authorization": f"Bearer {token}"})
            await socket.subscribe("a")
            channel = await backstage.opened.get()
            channel.tick(1)
            assert (await socket.hear())["payload"] == {"data": {"ticks": 1}}
            assert await socket.closed() == (4403, "the token has ended")
            assert channel.closed.is_set()
        await lasting.say({"type": "ping"})
        assert await lasting.hear() == {"type": "pong"}, "a key does not end"


@pytest.mark.parametrize(
    ("key", "allowed"), [(STOREFRONT_KEY, True), (PARTNER_KEY, False)], ids=["its own", "another's"]
)
async def test_a_page_may_use_only_a_credential_that_allows_its_site(
    key: str, allowed: bool
) -> None:
    async with gateway(Backstage()) as client:
        async with opened(client, begins=False, origin=SHOP) as socket:
            await socket.say({"type": "connection_init", "payload": {"apiKey": key}})
            if allowed:
                assert await socket.hear() == ACK
                return
            reason = "pages of this site may not call with this credential"
            assert await socket.closed() == (4403, reason)


@pytest.mark.parametrize("origin", ["https://evil.example.com", "null", "https://["])
async def test_a_page_of_a_site_that_no_credential_allows_gets_no_socket(origin: str) -> None:
    async with gateway(Backstage()) as client:
        with pytest.raises(InvalidStatus) as refused:
            await opened(client, origin=origin).__aenter__()
        answer = refused.value.response
        assert answer.status_code == 403
        assert json.loads(answer.body or b"")["errors"][0]["extensions"] == {
            "code": "ORIGIN_NOT_ALLOWED"
        }
        async with opened(client, origin=str(client._base_url).rstrip("/")):
            pass


async def test_trusted_documents_hold_on_sockets(tmp_path: Path) -> None:
    text = TICKS
    digest = sha256(text.encode()).hexdigest()
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({digest: text}))
    documents = {"manifest_file": str(manifest), "required_for": ["partner"]}
    backstage = Backstage()
    app = app_of(backstage, settings_with(documents=documents))
    async with running(app) as client, opened(client) as socket:
        for number, payload in enumerate(
            (
                {"documentId": digest},
                {"documentId": f"sha256:{digest}"},
                {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}},
                {"query": text},
            )
        ):
            told = {"id": str(number), "type": "subscribe", "payload": payload}
            await socket.say(told)
            assert (await backstage.opened.get()).request.query == text
        await socket.subscribe("other", "subscription { ticks }")
        assert await code_of(socket) == "TRUSTED_DOCUMENT_REQUIRED"
        await socket.say({"id": "x", "type": "subscribe", "payload": {"documentId": "0" * 64}})
        assert await code_of(socket) == "PERSISTED_QUERY_NOT_FOUND"
    assert len(backstage.asked) == 4


class Endless(Channel):
    """A subscription that always has another large answer."""

    async def __aiter__(self) -> AsyncIterator[LiveAnswer]:
        while True:
            self.taken += 1
            yield LiveAnswer(b'{"data":{"ticks":"%s"}}' % (b"x" * 8192))
            await asyncio.sleep(0)


async def test_a_reader_that_does_not_read_costs_little_and_is_cut_off() -> None:
    backstage = Backstage()
    channel = Endless(GraphQLRequest(TICKS))

    async def open_live(request: GraphQLRequest, context: RequestContext) -> Channel:
        return channel

    settings = settings_with(limits={"live": {"stalled_seconds": 0.2}})
    parts = dataclasses.replace(parts_of(backstage, settings), open_live=open_live)
    async with running(create_app(parts), live=settings.limits.live) as client:
        async with raw_socket(client) as stalled:
            await stalled.say(INIT)
            await stalled.say({"id": "a", "type": "subscribe", "payload": {"query": TICKS}})
            await asyncio.wait_for(channel.closed.wait(), 60)
    assert channel.taken * 8192 < 1_000_000, "what the kernels of both sides hold, and little more"


async def test_a_reader_that_pauses_is_told_everything_in_order() -> None:
    backstage = Backstage()
    async with gateway(backstage) as client, raw_socket(client) as socket:
        await socket.say(INIT)
        assert json.loads(await socket.hear()) == ACK
        await socket.say({"id": "a", "type": "subscribe", "payload": {"query": TICKS}})
        channel = await backstage.opened.get()
        for number in range(300):
            channel.give(LiveAnswer(b'{"data":{"n":%d,"x":"%s"}}' % (number, b"x" * 8192)))
        async with opened(client) as other:
            for _ in range(20):
                await other.say({"type": "ping"})
                await other.hear()
        assert channel.taken < 300, "the rest is still where it comes from"
        told = [json.loads(await socket.hear())["payload"]["data"]["n"] for _ in range(300)]
    assert told == list(range(300))


async def test_nothing_is_handed_over_to_a_reader_whose_line_is_full() -> None:
    backstage = Backstage()

    def answer(number: int) -> LiveAnswer:
        return LiveAnswer(b'{"data":{"n":%d,"x":"%s"}}' % (number, b"x" * 8192))

    async with gateway(backstage) as client, raw_socket(client) as socket:
        await socket.say(INIT)
        assert json.loads(await socket.hear()) == ACK
        await socket.say({"id": "a", "type": "subscribe", "payload": {"query": TICKS}})
        channel = await backstage.opened.get()
        channel.give(answer(0))
        numbers = [json.loads(await socket.hear())["payload"]["data"]["n"]]
        handed = 1
        while handed < 1_000 and channel.hand(answer(handed)):
            handed += 1
        assert handed * 8192 < 1_000_000, "what the kernels of both sides hold, and little more"
        channel.give(answer(handed))
        numbers += [json.loads(await socket.hear())["payload"]["data"]["n"] for _ in range(handed)]
    assert numbers == list(range(handed + 1))


async def test_a_flood_of_pings_is_closed_with_1008() -> None:
    async with gateway(Backstage()) as client, raw_socket(client) as socket:
        for _ in range(101):
            await socket.frame(Raw.PING, b"?")
        assert await socket.closed() == 1008


async def test_a_message_of_endless_fragments_is_closed_with_1009() -> None:
    async with gateway(Backstage()) as client, raw_socket(client) as socket:
        await socket.say(INIT)
        await socket.hear()
        await socket.frame(Raw.TEXT, b"{", final=False)
        for _ in range(1001):
            await socket.frame(Raw.CONTINUATION, b"", final=False)
        assert await socket.closed() == 1009


async def test_a_peer_that_is_not_there_is_cut_off() -> None:
    live = {"ping_seconds": 0.1, "stalled_seconds": 0.1}
    async with gateway(Backstage(), live=live) as client:
        async with raw_socket(client) as silent:
            assert await silent.hear_frame() == (Raw.PING, 4)
            assert await silent.hear_frame() is None, "cut, with no code that keeps it away"


async def test_every_socket_is_told_1012_when_the_server_ends() -> None:
    backstage = Backstage()
    endless = Endless(GraphQLRequest(TICKS))
    settings = settings_with()
    channels = iter([Channel(GraphQLRequest(TICKS)), endless])

    async def open_live(request: GraphQLRequest, context: RequestContext) -> Channel:
        return next(channels)

    app = create_app(dataclasses.replace(parts_of(backstage, settings), open_live=open_live))
    with logging_to("json", level="ERROR") as faults:
        async with AsyncExitStack() as stack:
            context = running(app, shutdown_seconds=60)
            client = await context.__aenter__()
            idle = await stack.enter_async_context(opened(client, begins=False))
            waiting = await stack.enter_async_context(opened(client))
            await waiting.subscribe("a")
            busy = await stack.enter_async_context(opened(client))
            await busy.subscribe("a")
            await busy.hear()
            ending = asyncio.create_task(context.__aexit__(None, None, None))
            assert (await idle.closed())[0] == 1012
            assert (await waiting.closed())[0] == 1012
            assert await busy.ended() == 1012
            await endless.closed.wait()
            await ending
    assert faults.getvalue() == ""


async def test_a_reader_that_does_not_read_does_not_hold_up_the_server_s_end() -> None:
    backstage = Backstage()
    channel = Endless(GraphQLRequest(TICKS))

    async def open_live(request: GraphQLRequest, context: RequestContext) -> Channel:
        return channel

    parts = dataclasses.replace(parts_of(backstage, settings_with()), open_live=open_live)
    async with AsyncExitStack() as stack:
        context = running(create_app(parts), shutdown_seconds=60)
        client = await context.__aenter__()
        stalled = await stack.enter_async_context(raw_socket(client))
        await stalled.say(INIT)
        await stalled.say({"id": "a", "type": "subscribe", "payload": {"query": TICKS}})
        assert json.loads(await stalled.hear()) == ACK
        await context.__aexit__(None, None, None)
        assert channel.closed.is_set()


async def test_what_becomes_of_a_socket_is_told_once() -> None:
    backstage, meters = Backstage(), Meters()
    settings = settings_with()
    parts = dataclasses.replace(
        parts_of(backstage, settings),
        on_request=counting_requests(meters),
        on_socket=counting_sockets(meters),
    )
    with logging_to("json") as stream:
        async with running(create_app(parts), live=LiveLimits()) as client:
            headers = {"X-Request-Id": "socket-of-a-test"}
            async with opened(client, additional_headers=headers) as socket:
                assert socket.connection.response is not None
                assert socket.connection.response.headers["X-Request-Id"] == "socket-of-a-test"
                assert parts.subscribers.connections == {Transport.WEBSOCKET: 1}
                await socket.subscribe("a", operationName="Ticks")
                (await backstage.opened.get()).tick(1)
                await socket.hear()
                await socket.subscribe("b", "query Named { greet }")
                await socket.hear()
                await socket.hear()
                await socket.say("[]")
                await socket.closed()
    assert parts.subscribers.connections[Transport.WEBSOCKET] == 0
    assert sum(parts.subscribers.subscriptions.values()) == 0
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [each["event"] for each in told] == ["operation", "operation", "socket.closed"]
    assert {each["request_id"] for each in told} == {"socket-of-a-test"}
    subscribed, asked, closed = told
    assert (subscribed["kind"], subscribed["operation"]) == ("subscription", "Ticks")
    assert asked["principal"] == "key:seller"
    counted = {"code": 4400, "ending": "BAD_REQUEST", "operations": 2, "messages_in": 4,
               "messages_out": 4, "reason": "a message must be a map"}  # fmt: skip
    assert {name: closed[name] for name in counted} == counted
    assert PARTNER_KEY not in stream.getvalue()
    text = meters.exposition("")[0].decode()
    assert 'trama_sockets_total{ending="BAD_REQUEST",principal="PARTNER"} 1.0' in text
    one = 'operation="subscription",outcome="OK",principal="PARTNER"} 1.0'
    assert f"trama_graphql_requests_total{{{one}" in text
