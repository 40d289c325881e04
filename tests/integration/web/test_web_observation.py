"""Request ids, one line a request, masked errors, and no secret in any of them."""

import io
import json
from typing import Any

import aiohttp
import pytest

from gateway.demo.issuer import make_demo_issuer
from gateway.web.parts import random_id
from tests.integration.web.serving import (
    PARTNER_KEY,
    Backstage,
    app_of,
    running,
    settings_with,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
KEY = {"X-Api-Key": PARTNER_KEY}
ASKED = {"query": "query Q { greet }", "operationName": "Q"}


def records(lines: io.StringIO, event: str) -> list[dict[str, Any]]:
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    return [record for record in told if record["event"] == event]


async def test_a_request_is_one_line(client: aiohttp.ClientSession, lines: io.StringIO) -> None:
    async with client.post("/graphql?x=1", json=ASKED, headers=KEY) as response:
        request_id = response.headers["X-Request-Id"]
    (record,) = records(lines, "request")
    del record["timestamp"]
    assert record == {
        "event": "request",
        "level": "info",
        "logger": "trama.web",
        "request_id": request_id,
        "method": "POST",
        "path": "/graphql",
        "status": 200,
        "duration_ms": 0.0,
        "operation": "Q",
        "principal": "key:seller",
        "principal_kind": "PARTNER",
    }


async def test_a_customer_is_in_the_log_by_a_hash(lines: io.StringIO) -> None:
    backstage = Backstage()
    issuer = make_demo_issuer(backstage.clock)

    async def fetch(url: str) -> bytes:
        return issuer.jwks

    token = issuer.issue("ana@example.com", {"email": "ana@example.com", "email_verified": True})
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        running(app_of(backstage, settings_with(), fetch)) as client,
        client.post("/graphql", json=ASKED, headers=headers) as response,
    ):
        assert response.status == 200
    (record,) = records(lines, "request")
    assert record["principal"] == "customer:9a62b8b10eb169d1"
    assert "ana@example.com" not in lines.getvalue()
    assert token not in lines.getvalue()


async def test_health_is_told_at_debug_only(
    client: aiohttp.ClientSession, lines: io.StringIO
) -> None:
    async with client.get("/healthz") as response:
        assert response.status == 200
    assert [record["level"] for record in records(lines, "request")] == ["debug"]


@pytest.mark.parametrize("told", ["abcdefgh", "0af7651916cd43dd8448eb211c80319c", "a-b_c.d:e1"])
async def test_a_well_formed_request_id_is_kept(
    client: aiohttp.ClientSession, lines: io.StringIO, told: str
) -> None:
    headers = {**KEY, "X-Request-Id": told}
    async with client.post("/graphql", json=ASKED, headers=headers) as response:
        assert response.headers["X-Request-Id"] == told
    assert records(lines, "request")[0]["request_id"] == told


@pytest.mark.parametrize(
    "told", ["", "short", "x" * 65, "a b c d e f g", 'a"b{c}d<e>f', "ñandúes!"]
)
async def test_any_other_request_id_is_replaced(client: aiohttp.ClientSession, told: str) -> None:
    headers = {**KEY, "X-Request-Id": told}
    async with client.post("/graphql", json=ASKED, headers=headers) as response:
        assert len(response.headers["X-Request-Id"]) == len(random_id()) == 32
        assert response.headers["X-Request-Id"] != told


async def test_an_unforeseen_error_is_masked_and_its_id_is_in_the_log(
    client: aiohttp.ClientSession, backstage: Backstage, lines: io.StringIO
) -> None:
    backstage.failure = RuntimeError("the table is locked")
    async with client.post("/graphql", json=ASKED, headers=KEY) as response:
        answer = await response.json()
        assert response.status == 500
        assert response.headers["Content-Type"] == "application/json; charset=utf-8"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    (error,) = answer["errors"]
    assert error["message"] == "Internal error"
    assert error["extensions"]["code"] == "INTERNAL"
    (record,) = records(lines, "unforeseen error")
    assert record["error_id"] == error["extensions"]["id"]
    assert record["exception"].endswith("RuntimeError: the table is locked")
    assert record["request_id"] == records(lines, "request")[0]["request_id"]


async def test_no_credential_variable_or_document_is_in_the_log(
    client: aiohttp.ClientSession, backstage: Backstage, lines: io.StringIO
) -> None:
    asked = {
        "query": 'query Q($n: String!) { a: greet(name: "canary-document") b: greet(name: $n) }',
        "variables": {"n": "canary-variable"},
        "operationName": "Q\n" + "canary-operation",
    }
    async with client.post("/graphql", json=asked, headers=KEY) as response:
        assert response.status == 200
    wrong = {"Authorization": "Bearer canary-wrong-credential"}
    async with client.post("/graphql?t=canary-parameter", json=asked, headers=wrong) as response:
        assert response.status == 401
    backstage.failure = RuntimeError("boom")
    async with client.post("/graphql", json=asked, headers=KEY) as response:
        assert response.status == 500
    async with client.post("/hooks/shop?token=canary-token", data=b"canary-body") as response:
        assert response.status == 500
    assert len(records(lines, "request")) == 4
    assert "canary" not in lines.getvalue()
