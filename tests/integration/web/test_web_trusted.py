"""Trusted documents: asked for by their hash, required of whom the settings say, kept by caches."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.web.parts import ExecutionOutcome
from tests.integration.web.serving import (
    OPERATOR_KEY,
    PARTNER_KEY,
    STOREFRONT_KEY,
    Backstage,
    app_of,
    running,
    settings_with,
)

GREET, NAMED = "query Greet { greet }", "query Named($n: String!) { greet(name: $n) }"
IDS = {text: sha256(text.encode()).hexdigest() for text in (GREET, NAMED)}
OTHER = "{ greet }"
UNKNOWN = "0" * 64
STOREFRONT = {"X-Api-Key": STOREFRONT_KEY}
PARTNER = {"X-Api-Key": PARTNER_KEY}


@dataclass(frozen=True)
class Counter:
    """A gateway that knows two documents; partners may send no others."""

    backstage: Backstage
    client: aiohttp.ClientSession

    async def post(self, headers: dict[str, str], **body: Any) -> tuple[int, Any]:
        return await _told(self.client.post("/graphql", json=body, headers=headers))

    async def get(self, headers: dict[str, str], **parameters: str) -> tuple[int, Any]:
        return await _told(self.client.get("/graphql", params=parameters, headers=headers))


async def _told(request: Any) -> tuple[int, Any]:
    """Answer the status, and the data or the code."""
    async with request as response:
        told = await response.json(content_type=None)
        return response.status, told.get("data") or told["errors"][0]["extensions"]["code"]


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps({key: text for text, key in IDS.items()}))
    backstage = Backstage()
    documents = {"manifest_file": str(manifest), "required_for": ["partner"]}
    async with running(app_of(backstage, settings_with(documents=documents))) as client:
        yield Counter(backstage, client)


def apollos(key: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": key}}


async def test_a_trusted_document_is_asked_for_by_its_hash(counter: Counter) -> None:
    greeted = (200, {"greet": "hello you"})
    for key in (IDS[GREET], f"sha256:{IDS[GREET]}"):
        assert await counter.post(PARTNER, documentId=key) == greeted
    assert await counter.post(PARTNER, extensions=apollos(IDS[GREET])) == greeted
    assert await counter.post(PARTNER, query=GREET, extensions=apollos(IDS[GREET])) == greeted
    named = await counter.post(PARTNER, documentId=IDS[NAMED], variables={"n": "Ana"})
    assert named == (200, {"greet": "hello Ana"})
    assert [each.query for each in counter.backstage.asked] == [GREET] * 4 + [NAMED]


async def test_a_get_of_a_trusted_document_needs_no_preflight_header(counter: Counter) -> None:
    extensions = json.dumps(apollos(IDS[GREET]))
    for parameters in ({"documentId": IDS[GREET]}, {"extensions": extensions}):
        assert await counter.get(STOREFRONT, **parameters) == (200, {"greet": "hello you"})
    assert all(each.reads_only for each in counter.backstage.asked)
    for refused in ({"query": GREET}, {"query": OTHER, "documentId": _hash(OTHER)}):
        assert await counter.get(STOREFRONT, **refused) == (400, "PREFLIGHT_REQUIRED")


async def test_whoever_must_send_trusted_documents_can_send_no_other(counter: Counter) -> None:
    assert await counter.post(PARTNER, query=GREET) == (200, {"greet": "hello you"})
    for other in ({"query": OTHER}, {"query": OTHER, "extensions": apollos(_hash(OTHER))}):
        assert await counter.post(PARTNER, **other) == (403, "TRUSTED_DOCUMENT_REQUIRED")
        assert (await counter.post(STOREFRONT, **other))[0] == 200
    assert await counter.post(PARTNER, query=f"{GREET} ") == (403, "TRUSTED_DOCUMENT_REQUIRED")
    assert [each.query for each in counter.backstage.asked] == [GREET, OTHER, OTHER]


async def test_an_unknown_hash_is_refused_alike_for_everybody_and_nothing_is_learned(
    counter: Counter,
) -> None:
    for headers in (STOREFRONT, PARTNER, {"X-Api-Key": OPERATOR_KEY}):
        for key in (UNKNOWN, "", "a" * 10_000, "é", f"sha256:{UNKNOWN}"):
            refused = await counter.post(headers, documentId=key)
            assert refused == (400, "PERSISTED_QUERY_NOT_FOUND"), key
    taught = {"query": OTHER, "extensions": apollos(_hash(OTHER))}
    assert (await counter.post(STOREFRONT, **taught))[0] == 200
    again = await counter.post(STOREFRONT, extensions=apollos(_hash(OTHER)))
    assert again == (400, "PERSISTED_QUERY_NOT_FOUND")


async def test_a_hash_of_another_text_is_refused(counter: Counter) -> None:
    for query, key in ((OTHER, IDS[GREET]), (GREET, UNKNOWN)):
        refused = await counter.post(STOREFRONT, query=query, documentId=key)
        assert refused == (400, "BAD_REQUEST")
    assert counter.backstage.asked == []


async def test_without_a_manifest_clients_are_told_to_send_the_whole_query() -> None:
    async with running(app_of(Backstage(), settings_with())) as client:
        counter = Counter(Backstage(), client)
        refused = await counter.post(STOREFRONT, extensions=apollos(IDS[GREET]))
        assert refused == (400, "PERSISTED_QUERY_NOT_SUPPORTED")
        whole = await counter.post(STOREFRONT, query=GREET, extensions=apollos(IDS[GREET]))
        assert whole == (200, {"greet": "hello you"})


async def test_a_storefronts_answer_may_be_kept_by_key_and_is_not_sent_again_while_it_holds(
    counter: Counter,
) -> None:
    outcome = _public({"stock": 1}, now="10:00")
    counter.backstage.outcome = outcome
    first = await _headers(counter, STOREFRONT)
    assert (first["status"], first["cache-control"]) == (200, "public, max-age=30")
    assert first["vary"] == "Accept, Authorization, X-Api-Key, Origin"
    counter.backstage.outcome = _public({"stock": 1}, now="10:01")
    tag = {"If-None-Match": f'W/"other", {first["etag"]}'}
    again = await _headers(counter, {**STOREFRONT, **tag})
    assert (again["status"], again["body"], again["etag"]) == (304, b"", first["etag"])
    assert again["cache-control"] == "public, max-age=30"
    text = b'{"data":{"stock":1},"extensions":{"now":"10:02"}}'
    counter.backstage.outcome = ExecutionOutcome(text, True, is_public=True)
    as_text = await _headers(counter, {**STOREFRONT, **tag})
    assert (as_text["status"], as_text["etag"]) == (304, first["etag"])
    counter.backstage.outcome = _public({"stock": 2}, now="10:02")
    changed = await _headers(counter, {**STOREFRONT, **tag})
    assert (changed["status"], changed["etag"] != first["etag"]) == (200, True)


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        (PARTNER, ExecutionOutcome({"data": {}}, True, is_public=True)),
        (STOREFRONT, ExecutionOutcome({"data": {}}, True, is_public=False)),
        (STOREFRONT, ExecutionOutcome({"data": {}}, True, is_public=True, has_errors=True)),
        (STOREFRONT, ExecutionOutcome({"errors": []}, False, is_public=True)),
        (
            {**STOREFRONT, "GraphQL-Cost": "report"},
            ExecutionOutcome({"data": {}}, True, is_public=True),
        ),
    ],
)
async def test_nothing_else_is_kept(
    counter: Counter, headers: dict[str, str], outcome: ExecutionOutcome
) -> None:
    counter.backstage.outcome = outcome
    told = await _headers(counter, {**headers, "If-None-Match": "*"})
    assert (told["status"], told["cache-control"]) == (200, "no-store")
    assert "etag" not in told
    if headers == STOREFRONT and not outcome.has_errors:
        post = counter.client.post("/graphql", json={"query": GREET}, headers=headers)
        async with post as response:
            assert response.headers["Cache-Control"] == "no-store"


async def test_a_large_answer_may_be_kept_and_is_sent_again_each_time(counter: Counter) -> None:
    counter.backstage.outcome = ExecutionOutcome((b'{"data":', b"{}}"), True, is_public=True)
    told = await _headers(counter, {**STOREFRONT, "If-None-Match": "*"})
    assert (told["status"], told["cache-control"]) == (200, "public, max-age=30")
    assert (told["body"], "etag" in told) == (b'{"data":{}}', False)


async def _headers(counter: Counter, headers: dict[str, str]) -> dict[str, Any]:
    parameters = {"documentId": IDS[GREET]}
    async with counter.client.get("/graphql", params=parameters, headers=headers) as response:
        body = await response.read()
        told = {name.lower(): value for name, value in response.headers.items()}
        return {**told, "status": response.status, "body": body}


def _public(data: dict[str, Any], now: str) -> ExecutionOutcome:
    body = {"data": data, "extensions": {"now": now}}
    return ExecutionOutcome(body, has_data=True, is_public=True)


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()
