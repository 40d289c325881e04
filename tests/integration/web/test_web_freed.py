"""A connection that is gone is freed with all that was asked on it: no collection is waited for."""

import asyncio
import socket

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from gateway.web.frames import BoundedSocket
from gateway.web.protocol import BoundedHttp
from tests.collecting import uncollected
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
KINDS = (BoundedHttp, BoundedSocket, RequestResponseCycle)
KEPT = ["BoundedHttp", "WholeCycle"]


async def test_of_requests_on_one_connection_the_last_one_is_there_until_it_is_closed() -> None:
    with uncollected(*KINDS) as left:
        async with running(app_of(Backstage(), settings_with())) as client:
            for _ in range(3):
                async with client.post("/graphql", json=ASKED, headers=KEY) as response:
                    assert await response.json() == {"data": {"greet": "hello you"}}
            assert await left.soon(*KEPT) == KEPT
            await client.close()
            assert await left.soon() == []


async def test_nothing_is_left_of_who_left_in_the_middle() -> None:
    backstage = Backstage(hold=asyncio.Event())
    with uncollected(*KINDS) as left:
        async with running(app_of(backstage, settings_with())) as client:
            with socket.create_connection(("127.0.0.1", await port_of(client))) as leaving:
                head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nX-Api-Key: {PARTNER_KEY}\r\n"
                kind = "Content-Type: application/json\r\nContent-Length: 19\r\n\r\n"
                leaving.sendall((head + kind + '{"query":"{greet}"}').encode())
                await asyncio.wait_for(backstage.reached.wait(), 60)
            assert backstage.hold is not None
            backstage.hold.set()
            backstage.contexts.clear()
            await client.close()
            assert await left.soon() == []


async def test_nothing_is_left_of_a_socket() -> None:
    with uncollected(*KINDS) as left:
        async with running(app_of(Backstage(), settings_with())) as client:
            async with opened(client) as asking:
                await asking.subscribe("1", "{greet}")
                assert (await asking.hear())["payload"] == {"data": {"greet": "hello you"}}
            del asking
            assert await left.soon() == []
