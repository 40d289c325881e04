"""GraphQL over HTTP: every status, media type and refusal."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest

from gateway.web.parts import ExecutionOutcome
from tests.integration.web.serving import (
    PARTNER_KEY,
    Backstage,
    app_of,
    running,
    settings_with,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = {"X-Api-Key": PARTNER_KEY}
JSON = "application/json; charset=utf-8"
GRAPHQL = "application/graphql-response+json; charset=utf-8"
WANTS_GRAPHQL = {**KEY, "Accept": "application/graphql-response+json"}
PREFLIGHT = {**KEY, "GraphQL-Require-Preflight": "1"}


async def code_of(response: aiohttp.ClientResponse) -> str:
    answer = await response.json(content_type=None)
    return str(answer["errors"][0]["extensions"]["code"])


async def test_a_query_is_answered(client: aiohttp.ClientSession) -> None:
    asked = {"query": "query Q($n: String!) { greet(name: $n) }", "variables": {"n": "Ana"}}
    async with client.post("/graphql", json=asked, headers=KEY) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == JSON
        assert await response.json() == {"data": {"greet": "hello Ana"}}


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("application/graphql-response+json", GRAPHQL),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL),
        ("application/graphql-response+json;q=0.8, application/json;q=0.9", JSON),
        ("application/json, application/graphql-response+json", JSON),
        ("application/graphql-response+json;q=0, */*", JSON),
        ("application/json;q=0, */*;q=0.1", GRAPHQL),
        ("text/html, application/graphql-response+json; charset=utf-8", GRAPHQL),
        ("APPLICATION/JSON", JSON),
    ],
)
async def test_the_media_type_is_the_one_that_is_wanted_most(
    client: aiohttp.ClientSession, accept: str | None, expected: str
) -> None:
    headers = {**KEY, **({"Accept": accept} if accept else {})}
    skipped = () if accept else ("Accept",)
    async with client.post(
        "/graphql", json={"query": "{greet}"}, headers=headers, skip_auto_headers=skipped
    ) as response:
        assert (response.status, response.headers["Content-Type"]) == (200, expected)


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "image/*", ";;q=x"])
async def test_an_unknown_media_type_is_not_acceptable(
    client: aiohttp.ClientSession, backstage: Backstage, accept: str
) -> None:
    headers = {**KEY, "Accept": accept}
    async with client.post("/graphql", json={"query": "{greet}"}, headers=headers) as response:
        assert (response.status, await code_of(response)) == (406, "NOT_ACCEPTABLE")
    assert backstage.asked == []


FAULTY_DOCUMENTS = [
    {"query": "{"},
    {"query": "{ nothing }"},
    {"query": "query A {greet} query B {greet}"},
    {"query": "query A {greet}", "operationName": "C"},
    {"query": "query ($id: ID!) { __typename }", "variables": {"id": None}},
]


@pytest.mark.parametrize("asked", FAULTY_DOCUMENTS)
async def test_a_faulty_document_is_400_where_the_media_type_tells_whose_answer_it_is(
    client: aiohttp.ClientSession, asked: dict[str, Any]
) -> None:
    async with client.post("/graphql", json=asked, headers=WANTS_GRAPHQL) as response:
        answer = await response.json(content_type=None)
        assert (response.status, response.headers["Content-Type"]) == (400, GRAPHQL)
        assert "data" not in answer
        assert len(answer["errors"]) >= 1


@pytest.mark.parametrize("asked", FAULTY_DOCUMENTS)
async def test_a_faulty_document_is_200_in_plain_json(
    client: aiohttp.ClientSession, asked: dict[str, Any]
) -> None:
    async with client.post("/graphql", json=asked, headers=KEY) as response:
        assert (response.status, response.headers["Content-Type"]) == (200, JSON)
        assert "data" not in await response.json()


@pytest.mark.parametrize("headers", [KEY, WANTS_GRAPHQL])
async def test_partial_data_is_200(client: aiohttp.ClientSession, headers: dict[str, str]) -> None:
    asked = {"query": "{ greet broken }"}
    async with client.post("/graphql", json=asked, headers=headers) as response:
        answer = await response.json(content_type=None)
        assert response.status == 200
        assert answer["data"] == {"greet": "hello you", "broken": None}
        assert answer["errors"][0]["message"] == "not today"


@pytest.mark.parametrize("headers", [KEY, WANTS_GRAPHQL])
async def test_an_executor_may_answer_with_a_status_of_its_own(
    client: aiohttp.ClientSession, backstage: Backstage, headers: dict[str, str]
) -> None:
    backstage.outcome = ExecutionOutcome(b'{"errors":[]}', False, 429, {"Retry-After": "7"})
    async with client.post("/graphql", json={"query": "{greet}"}, headers=headers) as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "7")
        assert await response.read() == b'{"errors":[]}'


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "BAD_JSON"),
        (b"{", "BAD_JSON"),
        (b'{"query": "\xff"}', "BAD_JSON"),
        (b'{"query": "{greet}", "variables": {"n": NaN}}', "BAD_JSON"),
        (b'{"query": "{greet}", "variables": {"n": 1e999}}', "BAD_JSON"),
        (b'{"query": "{greet}", "variables": {"n": "\\ud800"}}', "BAD_JSON"),
        (b'{"query": ' + b"[" * 5000 + b"]" * 5000 + b"}", "BAD_JSON"),
        (b"null", "BAD_REQUEST"),
        (b'"{greet}"', "BAD_REQUEST"),
        (b"{}", "BAD_REQUEST"),
        (b'{"query": null}', "BAD_REQUEST"),
        (b'{"query": ""}', "BAD_REQUEST"),
        (b'{"query": 7}', "BAD_REQUEST"),
        (b'{"query": {"a": 1}}', "BAD_REQUEST"),
        (b'{"query": ["{greet}"]}', "BAD_REQUEST"),
        (b'{"query": "{greet}", "variables": [1]}', "BAD_REQUEST"),
        (b'{"query": "{greet}", "variables": "{}"}', "BAD_REQUEST"),
        (b'{"query": "{greet}", "extensions": 0}', "BAD_REQUEST"),
        (b'{"query": "{greet}", "operationName": false}', "BAD_REQUEST"),
        (b'{"documentId": 7}', "BAD_REQUEST"),
        (b'{"extensions": {"persistedQuery": 7}}', "BAD_REQUEST"),
        (b'{"extensions": {"persistedQuery": {"sha256Hash": 7}}}', "BAD_REQUEST"),
        (b'{"extensions": {"persistedQuery": {"version": 1}}}', "BAD_REQUEST"),
        (b'{"query": "{greet}", "variables": {"n": "a\\u0000"}}', "BAD_REQUEST"),
        (b'{"query": "{greet}", "variables": {"a\\u0000": 1}}', "BAD_REQUEST"),
        (b'{"query": "{greet}\\u0000"}', "BAD_REQUEST"),
        (b'{"query": "{greet(name: \\"\\\\u0000\\")}"}', "BAD_REQUEST"),
        (b'{"query": "{greet(name: \\"\\\\u{00}\\")}"}', "BAD_REQUEST"),
        (
            b'{"query": "{greet}", "variables": {"n": ' + b"[" * 32 + b"]" * 32 + b"}}",
            "TOO_DEEP",
        ),
        (b'{"query": "{greet}", "variables": {"n": [' + b"1," * 1000 + b"1]}}", "LIST_TOO_LONG"),
        (b'[{"query": "{greet}"}]', "BATCHING_UNSUPPORTED"),
        (b"[]", "BATCHING_UNSUPPORTED"),
    ],
)
async def test_what_is_no_request_is_400_and_never_executed(
    client: aiohttp.ClientSession, backstage: Backstage, body: bytes, code: str
) -> None:
    for accept in ("application/json", "application/graphql-response+json"):
        headers = {**KEY, "Accept": accept, "Content-Type": "application/json"}
        async with client.post("/graphql", data=body, headers=headers) as response:
            assert (response.status, await code_of(response)) == (400, code)
            assert response.headers["Content-Type"] == f"{accept}; charset=utf-8"
    assert backstage.asked == []


async def test_null_parameters_are_as_none_and_unknown_keys_are_ignored(
    client: aiohttp.ClientSession, backstage: Backstage
) -> None:
    asked = {"query": "{greet}", "variables": None, "extensions": None, "operationName": None}
    async with client.post("/graphql", json={**asked, "new": 1}, headers=KEY) as response:
        assert await response.json() == {"data": {"greet": "hello you"}}
    assert backstage.asked[0].variables is None


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "text/plain",
        "text/plain; charset=utf-8",
        "multipart/form-data; boundary=x",
        "application/json; charset=iso-8859-1",
        "application/graphql",
        "",
    ],
)
async def test_only_json_in_utf8_is_read(
    client: aiohttp.ClientSession, backstage: Backstage, content_type: str
) -> None:
    headers = {**KEY, "Content-Type": content_type}
    async with client.post("/graphql", data=b'{"query":"{greet}"}', headers=headers) as response:
        assert (response.status, await code_of(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert backstage.asked == []


async def test_a_body_without_content_type_is_refused(client: aiohttp.ClientSession) -> None:
    async with client.post(
        "/graphql", data=b"{}", headers=KEY, skip_auto_headers=["Content-Type"]
    ) as response:
        assert response.status == 415


async def test_a_compressed_body_is_refused(client: aiohttp.ClientSession) -> None:
    headers = {**KEY, "Content-Type": "application/json", "Content-Encoding": "gzip"}
    async with client.post("/graphql", data=b"{}", headers=headers) as response:
        assert response.status == 415


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_a_large_body_is_refused_whether_or_not_it_tells_its_length(
    client: aiohttp.ClientSession, backstage: Backstage, is_chunked: bool
) -> None:
    async def chunks() -> Any:
        for _ in range(5):
            yield b" " * 65_536

    headers = {**KEY, "Content-Type": "application/json"}
    data = chunks() if is_chunked else b" " * 262_145
    async with client.post("/graphql", data=data, headers=headers) as response:
        assert (response.status, await code_of(response)) == (413, "BODY_TOO_LARGE")
    assert backstage.asked == []


async def test_a_body_of_exactly_the_limit_is_read(client: aiohttp.ClientSession) -> None:
    body = b'{"query":"{greet}"}'.ljust(262_144)
    headers = {**KEY, "Content-Type": "application/json"}
    async with client.post("/graphql", data=body, headers=headers) as response:
        assert response.status == 200


async def test_a_body_that_never_ends_is_given_up(backstage: Backstage) -> None:
    async def chunks() -> Any:
        yield b"{"
        while not backstage.asked:
            yield b" "
            await client_is_slow.wait()

    client_is_slow = asyncio.Event()
    settings = settings_with(server={"body_timeout_seconds": 0.05})
    headers = {**KEY, "Content-Type": "application/json"}
    async with running(app_of(backstage, settings), shutdown_seconds=1) as client:
        async with client.post("/graphql", data=chunks(), headers=headers) as response:
            assert (response.status, await code_of(response)) == (408, "BODY_TOO_SLOW")
        client_is_slow.set()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
async def test_other_methods_are_not_allowed(client: aiohttp.ClientSession, method: str) -> None:
    async with client.request(method, "/graphql", headers=KEY) as response:
        assert (response.status, response.headers["Allow"]) == (405, "GET, POST, OPTIONS")


async def test_a_query_by_get_is_answered(
    client: aiohttp.ClientSession, backstage: Backstage
) -> None:
    parameters = {
        "query": "query Q($n: String!) { greet(name: $n) }",
        "operationName": "Q",
        "variables": json.dumps({"n": "Ana"}),
        "extensions": "",
    }
    async with client.get("/graphql", params=parameters, headers=PREFLIGHT) as response:
        assert (response.status, await response.json()) == (200, {"data": {"greet": "hello Ana"}})
    assert backstage.asked[0].reads_only is True


@pytest.mark.parametrize("name", ["Apollo-Require-Preflight", "X-Apollo-Operation-Name"])
async def test_a_get_with_what_apollos_clients_send_is_answered(
    client: aiohttp.ClientSession, name: str
) -> None:
    headers = {**KEY, name: "Greeting"}
    async with client.get("/graphql", params={"query": "{greet}"}, headers=headers) as response:
        assert (response.status, await response.json()) == (200, {"data": {"greet": "hello you"}})


@pytest.mark.parametrize("value", [None, ""])
async def test_a_bare_get_is_refused(
    client: aiohttp.ClientSession, backstage: Backstage, value: str | None
) -> None:
    headers = KEY if value is None else {**KEY, "GraphQL-Require-Preflight": value}
    async with client.get("/graphql", params={"query": "{greet}"}, headers=headers) as response:
        assert (response.status, await code_of(response)) == (400, "PREFLIGHT_REQUIRED")
    assert backstage.asked == []


async def test_a_bare_get_is_answered_where_the_settings_allow_it(backstage: Backstage) -> None:
    settings = settings_with(server={"require_preflight_header_for_get": False})
    async with (
        running(app_of(backstage, settings)) as client,
        client.get("/graphql", params={"query": "{greet}"}, headers=KEY) as response,
    ):
        assert response.status == 200


@pytest.mark.parametrize(
    ("query_string", "status", "code"),
    [
        ("", 400, "BAD_REQUEST"),
        ("query=", 400, "BAD_REQUEST"),
        ("query={greet}&query={greet}", 400, "BAD_REQUEST"),
        ("query={greet}&variables=[1]", 400, "BAD_REQUEST"),
        ("query={greet}&variables={", 400, "BAD_JSON"),
        ("&".join(f"a{i}=1" for i in range(50)), 400, "BAD_REQUEST"),
        ("query=" + "x" * 16_400, 414, "URL_TOO_LONG"),
    ],
)
async def test_a_faulty_address_is_refused(
    client: aiohttp.ClientSession, query_string: str, status: int, code: str
) -> None:
    async with client.get(f"/graphql?{query_string}", headers=PREFLIGHT) as response:
        assert (response.status, await code_of(response)) == (status, code)
