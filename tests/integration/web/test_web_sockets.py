"""GraphQL over WebSocket, message by message and close code by close code."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from gateway.web.parts import LiveAnswer
from tests.integration.web.serving import OPERATOR_KEY, PARTNER_KEY, Backstage
from tests.integration.web.sockets import ACK, BEARER, TICKS, opened, raw_socket

pytestmark = pytest.mark.asyncio(loop_scope="module")


def next_of(operation_id: str, data: Any) -> dict[str, Any]:
    return {"id": operation_id, "type": "next", "payload": {"data": data}}


def complete_of(operation_id: str) -> dict[str, Any]:
    return {"id": operation_id, "type": "complete"}


async def test_a_subscription_is_told_each_answer_until_it_wants_no_more(
    client: aiohttp.ClientSession, backstage: Backstage
) -> None:
    async with opened(client) as socket:
        assert socket.connection.subprotocol == "graphql-transport-ws"
        await socket.subscribe("a")
        channel = await backstage.opened.get()
        for number in (1, 2):
            channel.tick(number)
            assert await socket.hear() == next_of("a", {"ticks": number})
        await socket.say(complete_of("a"))
        await channel.closed.wait()
        await socket.subscribe("a")
        again = await backstage.opened.get()
        again.tick(3)
        assert await socket.hear() == next_of("a", {"ticks": 3})
    await again.closed.wait()


@pytest.mark.parametrize("size", [125, 126, 65_535, 65_536])
async def test_an_answer_that_is_handed_over_is_told_past_who_waits_for_one(
    client: aiohttp.ClientSession, backstage: Backstage, size: int
) -> None:
    async with opened(client) as socket:
        await socket.subscribe("a")
        channel = await backstage.opened.get()
        channel.tick(0)
        assert await socket.hear() == next_of("a", {"ticks": 0})
        rest = size - len('{"id":"a","type":"next","payload":{"data":""}}')
        assert channel.hand(LiveAnswer(b'{"data":"%s"}' % (b"x" * rest)))
        told = await socket.connection.recv()
        assert (len(told), json.loads(told)) == (size, next_of("a", "x" * rest))
        channel.tick(1)
        assert await socket.hear() == next_of("a", {"ticks": 1})
        assert channel.taken == 2
    await channel.closed.wait()
    assert not channel.hand(LiveAnswer(b"{}")), "there is nobody any more"


async def test_what_is_completed_before_it_has_begun_is_not_asked(
    client: aiohttp.ClientSession, backstage: Backstage
) -> None:
    async with raw_socket(client) as socket:
        subscribe = {"id": "a", "type": "subscribe", "payload": {"query": TICKS}}
        said = [{"type": "connection_init", "payload": BEARER}]
        for _ in range(3):
            said += [subscribe, complete_of("a")]
        await socket.say_at_once(*said, subscribe)
        assert json.loads(await socket.hear()) == ACK
        channel = await asyncio.wait_for(backstage.opened.get(), 60)
        channel.tick(1)
        assert json.loads(await socket.hear()) == next_of("a", {"ticks": 1})
    assert len(backstage.asked) == 1


async def test_a_subscription_that_ends_says_so(
    client: aiohttp.ClientSession, backstage: Backstage
) -> None:
    async with opened(client) as socket:
        await socket.subscribe("a")
        channel = await backstage.opened.get()
        ended = {"errors": [{"message": "gone", "extensions": {"code": "CURSOR_EXPIRED"}}]}
        channel.give(LiveAnswer(json.dumps(ended).encode()))
        channel.give(None)
        assert await socket.hear() == {"id": "a", "type": "next", "payload": ended}
        assert await socket.hear() == complete_of("a")
        assert channel.closed.is_set()


@pytest.mark.parametrize(
    ("query", "data"), [("{ greet }", {"greet": "hello you"}), ("mutation { bump }", {"bump": 1})]
)
async def test_queries_and_mutations_are_answered_once(
    client: aiohttp.ClientSession, backstage: Backstage, query: str, data: Any
) -> None:
    async with opened(client) as socket:
        await socket.subscribe("q", query)
        assert await socket.hear() == next_of("q", data)
        assert await socket.hear() == complete_of("q")


async def test_what_is_asked_arrives_whole(
    client: aiohttp.ClientSession, backstage: Backstage
) -> None:
    query = "query A { greet } query B($n: String) { greet(name: $n) }"
    async with opened(client) as socket:
        await socket.subscribe("q", query, operationName="B", variables={"n": "Ana"})
        assert await socket.hear() == next_of("q", {"greet": "hello Ana"})
    assert backstage.principal.id == "key:seller"


async def test_a_document_that_cannot_be_executed_is_an_error_of_its_operation(
    client: aiohttp.ClientSession, backstage: Backstage
) -> None:
    async with opened(client) as socket:
        await socket.subscribe("q", "{ unknown }")
        told = await socket.hear()
        assert (told["id"], told["type"]) == ("q", "error")
        assert told["payload"][0]["message"] == "Cannot query field 'unknown' on type 'Query'."
        await socket.subscribe("q", "{ greet }")
        assert await socket.hear() == next_of("q", {"greet": "hello you"})


async def test_several_operations_are_told_apart(
    client: aiohttp.ClientSession, backstage: Backstage
) -> None:
    async with opened(client) as socket:
        await socket.subscribe("a")
        await socket.subscribe("b")
        channels = [await backstage.opened.get() for _ in range(2)]
        channels[1].tick(1)
        assert await socket.hear() == next_of("b", {"ticks": 1})
        channels[0].tick(2)
        assert await socket.hear() == next_of("a", {"ticks": 2})


@pytest.mark.parametrize("begins", [True, False])
async def test_a_ping_is_answered_with_its_payload(
    client: aiohttp.ClientSession, begins: bool
) -> None:
    async with opened(client, begins) as socket:
        await socket.say({"type": "ping"})
        assert await socket.hear() == {"type": "pong"}
        await socket.say({"type": "pong", "payload": {"a": 1}})
        await socket.say({"type": "ping", "payload": {"sent": [1]}})
        assert await socket.hear() == {"type": "pong", "payload": {"sent": [1]}}


async def test_what_is_not_known_is_completed_in_silence(client: aiohttp.ClientSession) -> None:
    async with opened(client) as socket:
        await socket.say(complete_of("never"))
        await socket.say({"type": "ping"})
        assert await socket.hear() == {"type": "pong"}


DEEP = "[" * 40 + "]" * 40
MALFORMED = {
    "not JSON": "{",
    "empty": "",
    "a list": "[]",
    "null": "null",
    "a text": '"subscribe"',
    "a number": "1",
    "too deep for a parser": "[" * 30_000,
    "binary": b'{"type":"ping"}',
    "no type": "{}",
    "type is no text": '{"type":["ping"]}',
    "an unknown type": '{"type":"start"}',
    "a server's type": '{"type":"connection_ack"}',
    "a server's result": '{"type":"next","id":"a","payload":{}}',
    "payload is a text": '{"type":"connection_init","payload":"x"}',
    "payload is a list": '{"type":"ping","payload":[]}',
    "a credential that is no text": '{"type":"connection_init","payload":{"apiKey":1}}',
    "a deep ping": f'{{"type":"ping","payload":{{"a":{DEEP}}}}}',
    "complete without id": '{"type":"complete"}',
}
ASKED = {"query": "{greet}"}
SUBSCRIBES: dict[str, dict[str, Any]] = {
    "no payload": {"id": "a"},
    "payload is a text": {"id": "a", "payload": "{greet}"},
    "no id": {"payload": ASKED},
    "id is a number": {"id": 1, "payload": ASKED},
    "id is a list": {"id": ["a"], "payload": ASKED},
    "id is empty": {"id": "", "payload": ASKED},
    "id is long": {"id": "a" * 257, "payload": ASKED},
    "NUL in the id": {"id": "a\x00", "payload": ASKED},
    "no query": {"id": "a", "payload": {}},
    "query is a number": {"id": "a", "payload": {"query": 1}},
    "NUL in the query": {"id": "a", "payload": {"query": "{greet\x00}"}},
    "variables are a list": {"id": "a", "payload": {**ASKED, "variables": []}},
    "variables are a text": {"id": "a", "payload": {**ASKED, "variables": "x"}},
    "NUL in a variable": {"id": "a", "payload": {**ASKED, "variables": {"n": "\x00"}}},
    "a lone surrogate": {"id": "a", "payload": {**ASKED, "variables": {"n": "\ud800"}}},
    "deep variables": {"id": "a", "payload": {**ASKED, "variables": {"n": json.loads(DEEP)}}},
    "a long list": {"id": "a", "payload": {**ASKED, "variables": {"n": [0] * 1001}}},
    "operationName is a number": {"id": "a", "payload": {**ASKED, "operationName": 1}},
    "extensions are a list": {"id": "a", "payload": {**ASKED, "extensions": []}},
}


@pytest.mark.parametrize("frame", MALFORMED.values(), ids=MALFORMED)
@pytest.mark.parametrize("begins", [True, False])
async def test_a_malformed_message_closes_the_socket_with_4400(
    client: aiohttp.ClientSession, backstage: Backstage, frame: str | bytes, begins: bool
) -> None:
    async with opened(client, begins) as socket:
        await socket.say(frame)
        code, reason = await socket.closed()
        assert code == 4400
        assert reason
    assert backstage.asked == []


@pytest.mark.parametrize("fields", SUBSCRIBES.values(), ids=SUBSCRIBES)
async def test_a_malformed_request_closes_the_socket_with_4400(
    client: aiohttp.ClientSession, backstage: Backstage, fields: dict[str, Any]
) -> None:
    async with opened(client) as socket:
        await socket.say({"type": "subscribe", **fields})
        code, reason = await socket.closed()
        assert code == 4400
        assert reason
    assert backstage.asked == []
    async with client.get("/healthz") as alive:
        assert alive.status == 200


async def test_who_subscribes_before_the_acknowledgement_is_closed_with_4401(
    client: aiohttp.ClientSession, backstage: Backstage
) -> None:
    async with opened(client, begins=False) as socket:
        await socket.subscribe("a")
        assert await socket.closed() == (4401, "Unauthorized")
    assert backstage.asked == []


async def test_a_second_init_is_closed_with_4429(client: aiohttp.ClientSession) -> None:
    async with opened(client) as socket:
        await socket.say({"type": "connection_init", "payload": BEARER})
        assert await socket.closed() == (4429, "Too many initialisation requests")


async def test_an_id_that_is_open_is_closed_with_4409(
    client: aiohttp.ClientSession, backstage: Backstage
) -> None:
    async with opened(client) as socket:
        await socket.subscribe("a")
        channel = await backstage.opened.get()
        await socket.subscribe("a")
        assert await socket.closed() == (4409, "Subscriber for a already exists")
    assert channel.closed.is_set()


@pytest.mark.parametrize("offered", [None, ["graphql-ws"], ["soap"]])
async def test_another_subprotocol_is_closed_with_4406(
    client: aiohttp.ClientSession, offered: list[str] | None
) -> None:
    async with opened(client, begins=False, subprotocols=offered) as socket:
        assert await socket.closed() == (4406, "Subprotocol not acceptable")


async def test_a_message_that_is_too_large_is_closed_with_1009(
    client: aiohttp.ClientSession, backstage: Backstage
) -> None:
    async with opened(client) as socket:
        await socket.subscribe("a", "#" * 65_536)
        code, _ = await socket.closed()
        assert code == 1009
    async with client.ws_connect("/graphql", protocols=["graphql-transport-ws"]) as other:
        await other.send_str("x" * 4_000_000)
        told = await other.receive()
        assert (told.type, told.data) == (aiohttp.WSMsgType.CLOSE, 1009), "though more was coming"
    assert backstage.asked == []


async def test_a_text_that_is_not_utf8_is_closed_with_1007(client: aiohttp.ClientSession) -> None:
    async with opened(client) as socket:
        await socket.connection.send(b"\xff\xfe", text=True)
        assert (await socket.closed())[0] == 1007


@pytest.mark.parametrize(
    ("payload", "headers"),
    [
        ({"Authorization": f"Bearer {PARTNER_KEY}"}, {}),
        ({"authorization": f"bearer {PARTNER_KEY}"}, {}),
        ({"apiKey": PARTNER_KEY}, {}),
        ({"X-Api-Key": PARTNER_KEY}, {}),
        ({}, {"Authorization": f"Bearer {PARTNER_KEY}"}),
        (None, {"X-Api-Key": PARTNER_KEY}),
        ({"theme": "dark"}, {"X-Api-Key": PARTNER_KEY}),
    ],
)
async def test_the_credential_is_in_the_message_or_in_the_upgrade(
    client: aiohttp.ClientSession, backstage: Backstage, payload: Any, headers: dict[str, str]
) -> None:
    async with opened(client, begins=False, additional_headers=headers) as socket:
        await socket.say({"type": "connection_init", "payload": payload})
        assert await socket.hear() == ACK
        await socket.subscribe("q", "{ greet }")
        await socket.hear()
    assert backstage.principal.id == "key:seller"


@pytest.mark.parametrize(
    ("payload", "headers"),
    [
        (None, {}),
        ({"apiKey": "wrong"}, {}),
        ({"apiKey": ""}, {}),
        ({"Authorization": PARTNER_KEY}, {}),
        ({"Authorization": "Basic x"}, {}),
        ({"apiKey": PARTNER_KEY, "Authorization": f"Bearer {PARTNER_KEY}"}, {}),
        ({"apiKey": PARTNER_KEY}, {"X-Api-Key": PARTNER_KEY}),
        ({"apiKey": PARTNER_KEY}, {"X-Api-Key": OPERATOR_KEY}),
    ],
)
async def test_no_or_two_credentials_are_closed_with_4403(
    client: aiohttp.ClientSession, payload: Any, headers: dict[str, str]
) -> None:
    async with opened(client, begins=False, additional_headers=headers) as socket:
        await socket.say({"type": "connection_init", "payload": payload})
        code, reason = await socket.closed()
        assert code == 4403
        assert PARTNER_KEY not in reason


async def test_an_unforeseen_fault_is_an_id_that_is_in_the_log(
    client: aiohttp.ClientSession, backstage: Backstage, lines: Any
) -> None:
    async with opened(client) as socket:
        backstage.failure = RuntimeError("the cellar is flooded")
        await socket.subscribe("a")
        told = await socket.hear()
        backstage.failure = None
        await socket.subscribe("b")
        channel = await backstage.opened.get()
        channel.give(RuntimeError("the attic is flooded"))
        later = await socket.hear()
    for operation_id, answer in (("a", told), ("b", later)):
        (error,) = answer["payload"]
        assert (answer["id"], answer["type"]) == (operation_id, "error")
        assert error["message"] == "Internal error"
        assert error["extensions"]["code"] == "INTERNAL"
        assert f'"error_id":"{error["extensions"]["id"]}"' in lines.getvalue()
    assert channel.closed.is_set()


async def test_what_is_open_ends_with_its_socket(
    client: aiohttp.ClientSession, backstage: Backstage
) -> None:
    async with opened(client) as socket:
        await socket.subscribe("a")
        await socket.subscribe("b")
        channels = [await backstage.opened.get() for _ in range(2)]
    for channel in channels:
        await asyncio.wait_for(channel.closed.wait(), 60)
    assert TICKS in {request.query for request in backstage.asked}
