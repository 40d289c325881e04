"""A large answer is sent in pieces, as fast as its reader takes them, and keeps nobody waiting."""

import asyncio
import socket
from typing import Any

from gateway.web.large import large_response
from gateway.web.negotiation import MediaType
from gateway.web.parts import ExecutionOutcome
from tests.integration.web.serving import (
    PARTNER_KEY,
    Backstage,
    app_of,
    port_of,
    running,
    settings_with,
)

PIECES = (b'{"data":["', *(b"x" * 65_536 for _ in range(400)), b'"]}')
WHOLE = b"".join(PIECES)
ASKED = {"query": "{greet}"}


async def test_it_arrives_whole_with_its_length() -> None:
    backstage = Backstage(outcome=ExecutionOutcome(PIECES, True))
    async with running(app_of(backstage, settings_with())) as client:
        headers = {"X-Api-Key": PARTNER_KEY}
        async with client.post("/graphql", json=ASKED, headers=headers) as response:
            assert response.headers["Content-Length"] == str(len(WHOLE))
            assert response.content_type == "application/json"
            assert await response.read() == WHOLE


async def test_while_its_reader_dawdles_others_are_answered() -> None:
    backstage = Backstage(outcome=ExecutionOutcome(PIECES, True))
    async with running(app_of(backstage, settings_with())) as client:
        port = await port_of(client)
        with socket.create_connection(("127.0.0.1", port)) as dawdling:
            head = f"POST /graphql HTTP/1.1\r\nHost: x\r\nX-Api-Key: {PARTNER_KEY}\r\n"
            body = '{"query":"{greet}"}'
            kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            dawdling.sendall((head + kind + body).encode())
            await asyncio.wait_for(backstage.reached.wait(), 60)
            backstage.outcome = None
            headers = {"X-Api-Key": PARTNER_KEY}
            async with client.post("/graphql", json=ASKED, headers=headers) as response:
                assert await response.json() == {"data": {"greet": "hello you"}}
            loop = asyncio.get_running_loop()
            told = await loop.run_in_executor(None, _read, dawdling, len(WHOLE))
            assert told.endswith(WHOLE)


def _read(connection: socket.socket, least: int) -> bytes:
    told = b""
    while len(told.partition(b"\r\n\r\n")[2]) < least:
        told += connection.recv(1 << 20)
    return told


async def test_a_piece_is_taken_once_the_one_before_is_on_its_way() -> None:
    taken, sent = asyncio.Semaphore(0), list[dict[str, Any]]()

    async def send(message: Any) -> None:
        sent.append(message)
        await taken.acquire()

    response = large_response((b"a", b"bc", b"d"), 200, MediaType.JSON, {})
    sending = asyncio.create_task(response({"type": "http"}, _nothing, send))
    for count in (1, 2, 3, 4):
        await asyncio.sleep(0)
        assert len(sent) == count
        taken.release()
    await sending
    assert [(each["body"], each["more_body"]) for each in sent[1:]] == [
        (b"a", True), (b"bc", True), (b"d", False),
    ]  # fmt: skip


async def _nothing() -> Any:
    raise AssertionError("nothing is to be read")
