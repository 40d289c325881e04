"""Whatever is sent, the answer is never a 5xx."""

import asyncio
import dataclasses
import io
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yarl import URL

from gateway.web.app import create_app
from gateway.web.server import new_event_loop
from tests.integration.web.serving import (
    PARTNER_KEY,
    Backstage,
    logging_to,
    parts_of,
    running,
    settings_with,
)

MEDIA = ["application/json", "application/graphql-response+json", "*/*", "text/html"]
JSON_HEADERS = {"Content-Type": "application/json", "X-Api-Key": PARTNER_KEY}
HEADER_TEXTS = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f")
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("\x00\ud800")
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)
DOCUMENTS = st.sampled_from(
    [
        "{greet}",
        "query Q($n: String!) { greet(name: $n) }",
        'query Q { greet(name: "\\u0000") }',
        'query Q { greet(name: "\\ud800") }',
        "mutation { bump }",
        "subscription { x }",
        "fragment A on Query { ...A } { ...A }",
        "{" + "greet " * 500 + "}",
        "{a" * 500,
        "[" * 2000,
        "query Q($n: [[[[Int]]]] = [[[[9999999999999999999]]]]) { greet }",
    ]
)
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "query": DOCUMENTS | VALUES,
        "variables": st.dictionaries(st.just("n") | st.text(), VALUES) | VALUES,
        "operationName": st.just("Q") | VALUES,
        "extensions": VALUES,
    },
)
WITHOUT_HURRY = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow]
)


@dataclass(frozen=True)
class Gateway:
    """A running gateway that plain functions can ask."""

    runner: asyncio.Runner
    client: aiohttp.ClientSession

    def status(self, method: str, address: str | URL, **told: Any) -> int:
        return self.runner.run(self._status(method, address, **told))

    def exchange(self, raw: bytes) -> bytes:
        """Answer what the server says to raw bytes."""
        return self.runner.run(self._exchange(raw))

    async def _status(self, method: str, address: str | URL, **told: Any) -> int:
        async with self.client.request(method, address, **told) as response:
            await response.read()
            return response.status

    async def _exchange(self, raw: bytes) -> bytes:
        async with self.client.get("/healthz") as response:
            port = response.url.port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(raw)
            writer.write_eof()
            return await asyncio.wait_for(reader.read(), 60)
        finally:
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)


class NoTickets:
    """Knows no ticket."""

    async def keep(self, digest: bytes, content: bytes, **until: datetime) -> None:
        """Keep nothing."""

    async def use(self, digest: bytes, *, comes_back: bool) -> bytes | None:
        return None


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with asyncio.Runner(loop_factory=new_event_loop) as runner, logging_to("json", level="ERROR"):
        stack = AsyncExitStack()
        free = {"requests_per_second": 0}
        settings = settings_with(limits={"address": free, "partner": free})
        parts = dataclasses.replace(parts_of(Backstage(), settings), ticket_store=NoTickets())
        app = create_app(parts)
        client = runner.run(stack.enter_async_context(running(app)))
        yield Gateway(runner, client)
        runner.run(stack.aclose())


@WITHOUT_HURRY
@given(parameters=PARAMETERS, accept=st.sampled_from(MEDIA))
def test_no_request_makes_the_gateway_fail(
    gateway: Gateway, parameters: dict[str, Any], accept: str
) -> None:
    body = _json(parameters)
    headers = {**JSON_HEADERS, "Accept": accept}
    assert gateway.status("POST", "/graphql", data=io.BytesIO(body), headers=headers) < 500


@WITHOUT_HURRY
@given(parameters=PARAMETERS, variables=st.text(), extra=st.text())
def test_no_address_makes_the_gateway_fail(
    gateway: Gateway, parameters: dict[str, Any], variables: str, extra: str
) -> None:
    told = {name: value for name, value in parameters.items() if isinstance(value, str)}
    texts = {**told, "variables": variables, extra: extra}
    query = {name: text.encode("utf-8", "replace").decode() for name, text in texts.items()}
    address = URL("/graphql").with_query({_plain(name): text for name, text in query.items()})
    headers = {"X-Api-Key": PARTNER_KEY, "GraphQL-Require-Preflight": "1"}
    assert gateway.status("GET", address, headers=headers) < 500


@WITHOUT_HURRY
@given(body=st.binary(max_size=500), content_type=HEADER_TEXTS, accept=HEADER_TEXTS)
def test_no_body_and_no_header_makes_the_gateway_fail(
    gateway: Gateway, body: bytes, content_type: str, accept: str
) -> None:
    told = {"Accept": accept, "Content-Type": "application/json"}
    for headers in (told, {**told, "Content-Type": content_type}):
        status = gateway.status(
            "POST", "/graphql", data=body, headers={**headers, "X-Api-Key": PARTNER_KEY}
        )
        assert status < 500


STREAMS = ["text/event-stream", "multipart/mixed;subscriptionSpec=1.0", "text/event-stream;q="]


@WITHOUT_HURRY
@given(accept=st.sampled_from(STREAMS) | HEADER_TEXTS, last=HEADER_TEXTS)
def test_no_way_of_streaming_makes_the_gateway_fail(
    gateway: Gateway, accept: str, last: str
) -> None:
    headers = {**JSON_HEADERS, "Accept": accept, "Last-Event-ID": last}
    for query in ("{greet}", "{greet broken}", "{", "mutation { bump }"):
        status = gateway.status("POST", "/graphql", json={"query": query}, headers=headers)
        assert status in (200, 400, 406)


@WITHOUT_HURRY
@given(ticket=st.text() | st.text("abcABC019-_", min_size=43, max_size=43), last=HEADER_TEXTS,
       extra=st.text(max_size=3))  # fmt: skip
def test_no_ticket_makes_the_gateway_fail(
    gateway: Gateway, ticket: str, last: str, extra: str
) -> None:
    told = {"ticket": ticket.encode("utf-8", "replace").decode()}
    headers = {"Accept": "text/event-stream", "Last-Event-ID": last}
    assert gateway.status("GET", URL("/graphql").with_query(told), headers=headers) == 401
    beside = {**told, f"x{extra.encode('utf-8', 'replace').decode()}": "1"}
    assert gateway.status("GET", URL("/graphql").with_query(beside), headers=headers) == 400


@WITHOUT_HURRY
@given(parameters=PARAMETERS, key=st.text() | st.none())
def test_no_wish_for_a_ticket_makes_the_gateway_fail(
    gateway: Gateway, parameters: dict[str, Any], key: str | None
) -> None:
    body = io.BytesIO(_json({**parameters, "documentId": key}))
    status = gateway.status("POST", "/graphql/tickets", data=body, headers=JSON_HEADERS)
    assert status in (400, 403)


@WITHOUT_HURRY
@given(
    name=st.sampled_from(["Authorization", "X-Api-Key", "Origin", "X-Request-Id", "Host"]),
    text=HEADER_TEXTS,
    is_bearer=st.booleans(),
)
def test_no_credential_makes_the_gateway_fail(
    gateway: Gateway, name: str, text: str, is_bearer: bool
) -> None:
    value = f"Bearer {text}.{text}.{text}" if is_bearer else text
    status = gateway.status("POST", "/graphql", json={"query": "{greet}"}, headers={name: value})
    assert 400 <= status < 500


@WITHOUT_HURRY
@given(origin=HEADER_TEXTS | st.sampled_from(["http://[", "null", "http://]", "//", "a:b:c"]))
def test_no_site_makes_the_gateway_fail(gateway: Gateway, origin: str) -> None:
    headers = {"X-Api-Key": PARTNER_KEY, "Origin": origin}
    status = gateway.status("POST", "/graphql", json={"query": "{greet}"}, headers=headers)
    assert status in (200, 403)


@WITHOUT_HURRY
@given(path=st.binary(max_size=60), method=st.sampled_from([b"GET", b"POST", b"PUT", b"OPTIONS"]))
def test_no_path_makes_the_gateway_fail(gateway: Gateway, path: bytes, method: bytes) -> None:
    told = path.translate(None, b" \r\n")
    answer = gateway.exchange(
        method + b" /" + told + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    )
    assert answer == b"" or answer[:10] in {b"HTTP/1.1 2", b"HTTP/1.1 4"}


@WITHOUT_HURRY
@given(raw=st.binary(max_size=200))
def test_no_bytes_make_the_gateway_fail(gateway: Gateway, raw: bytes) -> None:
    answer = gateway.exchange(b"POST /graphql HTTP/1.1\r\nHost: a\r\n" + raw + b"\r\n\r\n")
    assert answer == b"" or answer[:10] == b"HTTP/1.1 4"


def _json(value: Any) -> bytes:
    """Answer JSON as a careless sender writes it: NaN and lone surrogates included."""
    return json.dumps(value).encode()


def _plain(text: str) -> str:
    return text or "empty"
