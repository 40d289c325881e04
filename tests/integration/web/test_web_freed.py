"""A connection that is gone is freed with all that was asked on it: no collection is waited for."""

import asyncio
import socket
from collections import Counter

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from gateway.web.frames import BoundedSocket
from gateway.web.protocol import BoundedHttp
from tests.collecting import left_of, uncollected
from tests.integration.web.serving import (
    PARTNER_KEY,
    Backstage,
    app_of,
    port_of,
    running,
    settings_with,
)
from tests.integration.web.sockets import opened

KEY = {"X-Api-Key": PARTNER_KEY}
ASKED = {"query": "{greet}"}
# More turns of the loop than the end of a connection takes.
TURNS = 50


KINDS = (BoundedHttp, BoundedSocket, RequestResponseCycle)


async def left(before: Counter[str]) -> list[str]:
    """Answer what there is of connections and requests, once those that ended are gone.

    What there was before is left out: other tests may still hold some.
    """
    for _ in range(TURNS):
        if not (found := Counter(left_of(*KINDS)) - before):
            break
        await asyncio.sleep(0)
    return sorted(found.elements())


async def test_of_requests_on_one_connection_the_last_one_is_there_until_it_is_closed() -> None:
    with uncollected():
        before = Counter(left_of(*KINDS))
        async with running(app_of(Backstage(), settings_with())) as client:
            for _ in range(3):
                async with client.post("/graphql", json=ASKED, headers=KEY) as response:
                    assert await response.json() == {"data": {"greet": "hello you"}}
            assert await left(before) == ["BoundedHttp", "RequestResponseCycle"]
            await client.close()
            assert await left(before) == []


async def test_nothing_is_left_of_who_left_in_the_middle() -> None:
    backstage = Backstage(hold=asyncio.Event())
    with uncollected():
        before = Counter(left_of(*KINDS))
        async with running(app_of(backstage, settings_with())) as client:
            with socket.create_connection(("127.0.0.1", await port_of(client))) as leaving:
                head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nX-Api-Key: {PARTNER_KEY}\r\n"
                kind = "Content-Type: application/json\r\nContent-Length: 19\r\n\r\n"
                leaving.sendall((head + kind + '{"query":"{greet}"}').encode())
                await asyncio.wait_for(backstage.reached.wait(), 10)
            assert backstage.hold is not None
            backstage.hold.set()
            backstage.contexts.clear()
            await client.close()
            assert await left(before) == []


async def test_nothing_is_left_of_a_socket() -> None:
    with uncollected():
        before = Counter(left_of(*KINDS))
        async with running(app_of(Backstage(), settings_with())) as client:
            async with opened(client) as asking:
                await asking.subscribe("1", "{greet}")
                assert (await asking.hear())["payload"] == {"data": {"greet": "hello you"}}
            del asking
            assert await left(before) == []
