"""An answer that is written in one piece keeps HTTP's rules, whatever way its request comes."""

import asyncio

from starlette.types import Message, Receive, Scope, Send

from tests.integration.web.serving import (
    PARTNER_KEY,
    Backstage,
    app_of,
    port_of,
    running,
    settings_with,
)

BODY = b'{"query":"{greet}"}'
TOLD = b'{"data":{"greet":"hello you"}}'


def post(*more: str, version: str = "1.1", body: bytes = BODY) -> bytes:
    """Answer a request's bytes."""
    lines = [
        f"POST /graphql HTTP/{version}", "Host: x", f"X-Api-Key: {PARTNER_KEY}",
        "Content-Type: application/json", f"Content-Length: {len(body)}", *more, "", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode() + body


async def told(*parts: bytes, answers: int) -> bytes:
    """Answer all that a connection is told for parts that come one after another."""
    async with running(app_of(Backstage(), settings_with())) as client:
        reader, writer = await asyncio.open_connection("127.0.0.1", await port_of(client))
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        said = b""
        async with asyncio.timeout(60):
            while said.count(TOLD) < answers:
                said += await reader.readexactly(1)
        writer.write_eof()
        said += await reader.read()
        writer.close()
        return said


def answers_of(said: bytes) -> list[tuple[bytes, bytes]]:
    """Answer head and body of each answer, told apart by their lengths alone."""
    found = []
    while said:
        head, _, rest = said.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        found.append((head, rest[:length]))
        said = rest[length:]
    return found


async def test_requests_that_come_at_once_are_answered_one_after_another() -> None:
    ids = [f"request-{n:04}" for n in range(5)]
    said = await told(b"".join(post(f"X-Request-Id: {each}") for each in ids), answers=5)
    found = answers_of(said)
    assert [body for _, body in found] == [TOLD] * 5
    assert [head.split(b"x-request-id: ")[1].split(b"\r\n")[0].decode() for head, _ in found] == ids


async def test_a_request_may_come_in_pieces() -> None:
    whole = post()
    pieces = [whole[at : at + 7] for at in range(0, len(whole), 7)]
    assert [body for _, body in answers_of(await told(*pieces, answers=1))] == [TOLD]


async def test_a_body_that_waits_for_leave_is_asked_for() -> None:
    head, _, body = post("Expect: 100-continue").partition(BODY)
    said = await told(head, BODY + body, answers=1)
    assert said.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert said.count(b"HTTP/1.1 200 OK") == said.count(TOLD) == 1


async def test_a_connection_that_is_to_end_is_told_so_and_ends() -> None:
    for asked in (post("Connection: close"), post(version="1.0")):
        ((head, body),) = answers_of(await told(asked + post(), answers=1))
        assert (b"connection: close" in head, body) == (True, TOLD)


async def test_written_whole_or_by_messages_an_answer_says_the_same() -> None:
    app = app_of(Backstage(), settings_with())
    seen: list[str] = []

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        async def tell(message: Message) -> None:
            seen.append(message["type"])
            await send(message)

        await app(scope, receive, tell)

    heads = []
    for each in (app, watched):
        async with (
            running(each) as client,
            client.post(
                "/graphql",
                data=BODY,
                headers={
                    "X-Api-Key": PARTNER_KEY,
                    "Content-Type": "application/json",
                    "X-Request-Id": "the-request",
                },
            ) as response,
        ):
            assert await response.read() == TOLD
            heads.append(
                sorted((k.lower(), v) for k, v in response.headers.items() if k.lower() != "date")
            )
    assert heads[0] == heads[1]
    assert seen == ["http.response.start", "http.response.body"]
