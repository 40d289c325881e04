"""What is tried against a gateway with its usual limits, and what happens instead."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

import aiohttp
import psutil
import pytest
import pytest_asyncio

from gateway.demo.data import Shown
from gateway.demo.examples import demo_examples
from gateway.web.parts import ExecutionOutcome, Live

from .stage import KEYS, Stage, an_order, staged

NESTED = """{ customers(first: 100) { nodes { orders(first: 100) { nodes {
  customer { orders(first: 100) { nodes { id } } } } } } } }"""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(module_database: str) -> AsyncIterator[Stage]:
    """One gateway with the usual limits, but for how often it may be asked."""
    async with staged(module_database, limits={"address": {"requests_per_second": 0}}) as stage:
        yield stage


@pytest.mark.parametrize(
    ("query", "limit", "most"),
    [
        ("{" + " ".join(f"a{n}: __typename" for n in range(21)) + "}", "max_root_fields", 20),
        ("{ viewer {" + " ".join(f"a{n}: kind" for n in range(31)) + "} }", "max_aliases", 30),
        ("{ viewer { kind" + " @include(if: true)" * 31 + " } }", "max_directives", 30),
        ("{ viewer {" + " kind" * 65 + " } }", "max_overlaps", 2_000),
        ("{" + " ".join(f"a{n}: viewer {{ ...A }}" for n in range(20)) + "} fragment A on Viewer {"
         + " ".join(f"f{n}" for n in range(50)) + "}", "max_selections", 1_000),
        ("{ ...A } fragment A on Query { ...A }", "max_overlaps", 2_000),
        ("{ ...A } fragment A on Query { ...B ...B } fragment B on Query { ...A ...A }",
         "max_overlaps", 2_000),
        ("{ orders { nodes" + " { customer { orders { nodes" * 5 + " { id }" + " } } }" * 5 + "} }",
         "max_depth", 15),
        ("{ viewer {" + " kind" * 1000 + " } }", "max_tokens", 1_000),
        ("#" + " " * 16_384 + "\n{ viewer { kind } }", "max_characters", 16_384),
    ],
    ids=lambda each: each if str(each).startswith("max") else "",
)  # fmt: skip
async def test_a_document_beyond_a_limit_is_refused_whatever_is_accepted(
    served: Stage, query: str, limit: str, most: int
) -> None:
    for accept in ("application/json", "application/graphql-response+json"):
        status, told = await post(served, {"query": query}, Accept=accept)
        (error,) = told["errors"]
        assert (status, "data" in told) == (400, False)
        assert error["extensions"] == {
            "code": "DOCUMENT_TOO_COMPLEX", "limit": limit, "most": most,
        }  # fmt: skip
        assert error["message"].startswith(f"the document has more than {most} ")


async def test_a_list_is_bounded_by_itself_too(served: Stage) -> None:
    for query in (
        "{ orders(first: 101) { nodes { id } } }",
        "{ orders(first: 0) { nodes { id } } }",
        "{ availability(skus: [" + '"a" ' * 201 + "]) { sku } }",
        "{ nodes(ids: [" + '"a" ' * 101 + "]) { id } }",
    ):
        (root,) = (await served.ask(query))["data"]
        assert await served.codes(query) == [([root], "BAD_REQUEST")]


@pytest.mark.parametrize(
    "query",
    [
        "{ orders(first: " + "9" * 5000 + ") { nodes { id } } }",
        "{ orders(first: 1e999) { nodes { id } } }",
        "{ orders(first: 9999999999) { nodes { id } } }",
        '{ order(by: {number: "\\u0000"}) { id } }',
        '{ order(by: {number: "\\ud800"}) { id } }',
        '{ orders(after: "' + "x" * 600 + '") { nodes { id } } }',
        '{ availability(skus: [""]) { sku } }',
    ],
)
async def test_a_value_that_cannot_be_held_is_refused(served: Stage, query: str) -> None:
    status, told = await post(served, {"query": query}, Accept="application/graphql-response+json")
    assert (status, told.get("data")) in ((400, None), (200, {"order": None}))
    assert {each["extensions"]["code"] for each in told["errors"]} == {"BAD_REQUEST"}


@pytest.mark.parametrize(
    "value",
    [10**30, -(10**30), 1e300, 2**63, [[[[[[1]]]]]], {"a": {"a": 1}}, "x" * 100_000, True, []],
    ids=lambda each: str(each)[:20],
)
async def test_a_variable_that_cannot_be_held_is_refused(served: Stage, value: Any) -> None:
    query = "query($n: Int, $s: String!) { orders(first: $n) { nodes { id } } }"
    for variables in ({"n": value, "s": "a"}, {"n": 1, "s": value}):
        status, told = await post(served, {"query": query, "variables": variables})
        assert status in (200, 400)
        assert {each["extensions"]["code"] for each in told["errors"]} <= {
            "BAD_REQUEST", "COST_TOO_HIGH",
        }  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [
        'mutation { syncSource(input: {source: "wms", stream: "stock", idempotencyKey: "k"})'
        " { __typename } }",
        "query Q { viewer { kind } } "
        'mutation M { syncSource(input: {source: "wms", stream: "stock", idempotencyKey: "k"})'
        " { __typename } }",
    ],
)
async def test_a_mutation_by_get_is_not_executed(served: Stage, query: str) -> None:
    parameters = {"query": query, **({"operationName": "M"} if "query Q" in query else {})}
    headers = {"X-Api-Key": KEYS["operator"], "GraphQL-Require-Preflight": "1"}
    async with aiohttp.ClientSession() as client:
        async with client.get(
            f"{served.url}/graphql", params=parameters, headers=headers
        ) as answer:
            told = await answer.json()
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert told["errors"][0]["extensions"] == {"code": "METHOD_NOT_ALLOWED"}
    assert await served.gateway.pool.fetchval("SELECT count(*) FROM sync_run") == 0


FRESH = """{ availability(skus: ["SKU-1"], freshness: {maxAge: "PT0S", onStale: REFRESH_OR_FAIL})
  { availableToSell } }"""


async def test_an_operation_is_bounded_in_time_and_in_calls_as_the_settings_say(
    database: str,
) -> None:
    limits = {"partner": {"deadline_seconds": 2}, "operator": {"calls_per_source": 0}}
    async with staged(database, limits=limits) as stage:
        async with stage.gateway.pool.acquire() as connection:
            async with connection.transaction():
                await connection.execute("LOCK TABLE sales_order IN ACCESS EXCLUSIVE MODE")
                query = {"query": "{ orders { nodes { id } } }"}
                status, told = await post(stage, query, kind="partner")
        assert (status, "data" in told) == (503, False)
        assert told["errors"][0]["extensions"] == {"code": "OPERATION_TOO_SLOW", "most": 2.0}
        assert await stage.data("{ orders { nodes { id } } }", kind="partner") == {
            "orders": {"nodes": []}
        }
        assert stage.gateway.pool.get_size() == stage.gateway.pool.get_idle_size()
        (error,) = (await stage.ask(FRESH))["errors"]
        told = error["extensions"]
        assert (told["code"], told["cause"]) == ("SOURCE_UNAVAILABLE", "THROTTLED")
        assert error["message"].startswith("this operation may ask wms no more than 0 times")


async def test_a_place_in_anothers_list_is_no_place(served: Stage) -> None:
    placed = [datetime(2026, 10, day, tzinfo=UTC) for day in (3, 2, 1)]
    for at, customer, number in zip(
        placed, ("ana", "rui", "ana"), ("p-3", "p-2", "p-1"), strict=True
    ):
        await served.put("orders", an_order(number, customer, placed_at=at))
    listed = (
        "query($after: PageCursor) { orders(after: $after) { edges { cursor node { number } } } }"
    )
    edges = (await served.data(listed))["orders"]["edges"]
    (cursor,) = [each["cursor"] for each in edges if each["node"]["number"] == "p-2"]
    rest = (await served.data(listed, {"after": cursor}))["orders"]["edges"]
    assert [each["node"]["number"] for each in rest] == ["p-1"]
    refused = [(["orders"], "INVALID_CURSOR")]
    assert await served.codes(listed, {"after": cursor}, token=served.token("ana")) == refused
    assert await served.codes(listed, {"after": cursor[:-4] + "AAAA"}) == refused
    (place,) = (await served.data("{ locations(first: 1) { edges { cursor } } }"))["locations"][
        "edges"
    ]
    assert await served.codes(listed, {"after": place["cursor"]}) == refused


async def test_the_demos_examples_are_within_the_limits_for_everybody(served: Stage) -> None:
    await served.put("orders", an_order("1"))
    shown = Shown(["SKU-1", "007"], "1", "1", "1", "ana", "ana@example.com")
    for example in demo_examples(shown):
        for kind in KEYS:
            body = {"query": example.query, "variables": example.variables}
            if example.query.startswith("subscription"):
                live = await served.open_live(example.query, example.variables, kind=kind)
                assert await _is_admitted(live), (example.title, kind)
                continue
            status, told = await post(served, body, kind=kind)
            assert (status, "data" in told) == (200, True), (example.title, kind, told)


async def _is_admitted(live: Live | ExecutionOutcome) -> bool:
    """Answer whether a subscription is within the limits, be it for this caller or not."""
    if not isinstance(live, ExecutionOutcome):
        await live.aclose()
        return True
    assert isinstance(live.body, dict)
    return {each["extensions"]["code"] for each in live.body["errors"]} == {"FORBIDDEN"}


async def test_memory_stays_flat_under_what_is_large_and_new_each_time(served: Stage) -> None:
    async def flood(first: int) -> None:
        for n in range(first, first + 60):
            padded = f"query Q{n} {{ viewer {{ kind }} }}".ljust(16_000, ",")
            ids = [[n, 10**40, "e" * 150] for _ in range(500)]
            status, _ = await post(served, {"query": padded, "variables": {"x": ids}})
            assert status == 200
            status, _ = await post(served, {"query": "{ viewer {" + " kind" * 990 + "}}"})
            assert status == 400

    await flood(0)
    before = psutil.Process().memory_info().rss
    await flood(1000)
    assert psutil.Process().memory_info().rss - before < 16 * 2**20


async def post(
    stage: Stage, body: Mapping[str, Any], kind: str = "operator", **headers: str
) -> tuple[int, dict[str, Any]]:
    """Answer the status and the response of a request."""
    told = {"X-Api-Key": KEYS[kind], "Content-Type": "application/json", **headers}
    async with aiohttp.ClientSession() as client:
        async with client.post(
            f"{stage.url}/graphql", data=json.dumps(body).encode(), headers=told
        ) as answer:
            return answer.status, await answer.json(content_type=None)
