"""What an operation costs: told beside its answer, told without it, and refused when too much."""

import json
from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.pricing import drafted

from .stage import KEYS, Stage, an_order, some_work, staged

pytestmark = pytest.mark.asyncio(loop_scope="module")

STOCK = """query($skus: [Sku!]!, $freshness: FreshnessInput) {
  availability(skus: $skus, freshness: $freshness) {
    sku availableToSell locations { location { code } availableToPromise freshness { asOf } } } }"""
NESTED = """{ customers(first: 100) { nodes { orders(first: 100) { nodes {
  customer { orders(first: 100) { nodes { id } } } } } } } }"""
TWICE = """query($s: [Sku!]!) { a: availability(skus: $s) { sku }
  b: availability(skus: $s) { sku } }"""
COUNTS = "{ customers(first: 100) { nodes { orders(first: 500) { totalCount } } } }"
SYNC = """mutation { syncSource(input: {source: "wms", stream: "stock", idempotencyKey: "k"}) {
  __typename } }"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(module_database: str) -> AsyncIterator[Stage]:
    """One gateway with the usual limits, but for how often it may be asked."""
    async with staged(module_database, limits={"address": {"requests_per_second": 0}}) as stage:
        await stage.put("orders", *(an_order(str(n), f"c-{n % 2}") for n in range(4)))
        await stage.put("fulfillments", *(some_work(str(n), shipped=n % 2) for n in range(4)))
        await stage.put_beside("1")
        yield stage


def part(field: str, times: int, price: float) -> dict[str, Any]:
    return {"field": field, "times": times, "price": price}


@pytest.mark.parametrize(
    ("kind", "query", "variables", "price", "budget", "dearest"),
    [
        ("operator", "{ orders(first: 100000) { nodes { id } } }", {}, 100_000, 20_000,
         part("orders.nodes", 100_000, 100_000)),
        ("operator", NESTED, {}, 100 + 10_000 + 10_000 + 1_000_000, 20_000,
         part("customers.nodes.orders.nodes.customer.orders.nodes", 1_000_000, 1_000_000)),
        ("partner", "query($n: Int) { orders(first: $n) { nodes { id } } }", {"n": 10_001}, 10_001,
         10_000, part("orders.nodes", 10_001, 10_001)),
        ("operator", NESTED.replace("100", str(2**31 - 1)), {}, 2**53, 20_000,
         part("customers.nodes.orders.nodes.customer.orders.nodes", 2**53, 2**53)),
        ("operator", COUNTS, {}, 50_100, 20_000, part("customers.nodes.orders", 100, 49_900)),
        ("storefront", TWICE, {"s": ["SKU-1"] * 501}, 1002, 1_000, part("a", 501, 501)),
        ("storefront", STOCK, {"skus": ["SKU-1"] * 112}, 1_008, 1_000,
         part("availability.locations", 44_800, 896)),
    ],
)  # fmt: skip
async def test_what_may_cost_too_much_is_refused_and_says_what_weighs_most(
    served: Stage, kind: str, query: str, variables: Mapping[str, Any], price: int, budget: int,
    dearest: Mapping[str, Any],
) -> None:  # fmt: skip
    status, told = await post(served, {"query": query, "variables": variables}, kind=kind)
    assert (status, "data" in told) == (400, False)
    (error,) = told["errors"]
    extensions = error["extensions"]
    assert {**extensions, "byField": extensions["byField"][0]} == {
        "code": "COST_TOO_HIGH", "price": price, "budget": budget, "byField": dearest,
    }  # fmt: skip
    assert error["message"].startswith(
        f"this may cost {price}, and {budget} are allowed; "
        f"most of it is {dearest['field']} {dearest['price']}"
    )


COST_OF_ONE = {
    "price": 9, "budget": 10_000,
    "byField": [part("availability.locations", 400, 8), part("availability", 1, 1)],
}  # fmt: skip


@pytest.mark.parametrize("how", ["header", "extensions", "get", "get with extensions"])
async def test_the_price_comes_beside_the_answer_or_instead_of_it(served: Stage, how: str) -> None:
    for wanted in ("report", "validate"):
        status, told = await ask_cost(served, how, wanted)
        assert status == 200
        assert told["extensions"].pop("cost") == COST_OF_ONE
        assert "errors" not in told
        if wanted == "report":
            (row,) = told["data"]["availability"]
            assert row["sku"] == "SKU-1"
            assert list(told["extensions"]) == ["now"]
        else:
            assert told == {"extensions": {}}


async def test_who_does_not_ask_is_not_told(served: Stage) -> None:
    _, told = await post(served, {"query": STOCK, "variables": {"skus": ["SKU-1"]}})
    assert list(told["extensions"]) == ["now"]


async def test_a_price_that_is_asked_for_executes_nothing(served: Stage) -> None:
    asked: list[tuple[str, Mapping[str, Any], float]] = [
        (STOCK, {"skus": ["SKU-1", "007"], "freshness": {"maxAge": "PT0S"}}, 28),
        (NESTED, {}, 1_020_100),
        (SYNC, {}, 10),
        ("subscription { orderEvents { node { id } } }", {}, 1),
    ]
    async with served.counting() as sent:
        for query, variables, price in asked:
            body = {"query": query, "variables": variables}
            status, told = await post(served, body, **{"GraphQL-Cost": "validate"})
            assert (status, list(told)) == (200, ["extensions"])
            assert told["extensions"]["cost"]["price"] == price
    assert not sent
    assert await served.gateway.pool.fetchval("SELECT count(*) FROM sync_run") == 0


async def test_on_a_socket_the_price_is_told_by_extensions(served: Stage) -> None:
    payload = {"query": STOCK, "variables": {"skus": ["SKU-1"]}, "extensions": {"cost": "validate"}}
    async with (
        aiohttp.ClientSession() as client,
        client.ws_connect(f"{served.url}/graphql", protocols=("graphql-transport-ws",)) as socket,
    ):
        bearer = {"Authorization": f"Bearer {KEYS['partner']}"}
        await socket.send_json({"type": "connection_init", "payload": bearer})
        assert (await socket.receive_json())["type"] == "connection_ack"
        await socket.send_json({"id": "a", "type": "subscribe", "payload": payload})
        answer = {"extensions": {"cost": COST_OF_ONE}}
        assert await socket.receive_json() == {"id": "a", "type": "next", "payload": answer}
        assert await socket.receive_json() == {"id": "a", "type": "complete"}


async def test_a_price_counts_as_a_request(database: str) -> None:
    limits = {"operator": {"requests_per_second": 0.001, "burst": 2}}
    async with staged(database, limits=limits) as stage:
        body, wanted = {"query": "{ viewer { kind } }"}, {"GraphQL-Cost": "validate"}
        statuses = [(await post(stage, body, "operator", **wanted))[0] for _ in range(3)]
    assert statuses == [200, 200, 429]


@pytest.mark.parametrize("told", ["yes", "REPORT", "validate, report", ""])
async def test_another_wish_is_refused(served: Stage, told: str) -> None:
    headers = {"GraphQL-Cost": told}
    status, answer = await post(served, {"query": "{ viewer { kind } }"}, "operator", **headers)
    assert (status, answer["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")
    body = {"query": "{ viewer { kind } }", "extensions": {"cost": {"a": told}}}
    assert (await post(served, body))[0] == 400


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("query($n: Int) { orders(first: $n) { nodes { id } } }", {"n": -5}),
        ("query($n: Int) { orders(first: $n) { nodes { id } } }", {"n": "5"}),
        ("query($n: Int) { orders(first: $n) { nodes { id } } }", {"n": [1]}),
        ("query($n: Int!) { sources { runs(first: $n) { id } } }", {"n": 0}),
        ("query($n: Int!) { sources { toldChannels { failures(first: $n) { sku } } } }", {"n": -1}),
        ("query($n: Int!) { sources { runs(first: $n) { id } } }", {"n": None}),
        ("query($s: [Sku!]!) { availability(skus: $s) { sku } }", {"s": 0}),
        ("query($s: [Sku!]!) { availability(skus: $s) { sku } }", {"s": [[]]}),
        ("query($a: Boolean!) { viewer @skip(if: $a) { kind } }", {"a": "true"}),
        ("query($a: Boolean!) { viewer @skip(if: $a) { kind } }", {"a": None}),
    ],
)
async def test_a_variable_that_lies_makes_nothing_cheaper(
    served: Stage, query: str, variables: Mapping[str, Any]
) -> None:
    _, told = await post(served, {"query": query, "variables": variables}, "operator")
    assert {each["extensions"]["code"] for each in told["errors"]} == {"BAD_REQUEST"}
    assert not list(leaves(told.get("data")))


async def test_a_hundred_skus_at_four_hundred_locations_are_within_a_partners_budget(
    served: Stage,
) -> None:
    skus = [f"SKU-{n}" for n in range(100)]
    body = {"query": STOCK, "variables": {"skus": skus, "freshness": {"maxAge": "PT1M"}}}
    prices = []
    for kind in ("storefront", "partner", "operator"):
        _, told = await post(served, body, kind, **{"GraphQL-Cost": "validate"})
        prices.append((told["extensions"]["cost"]["price"], told["extensions"]["cost"]["budget"]))
    assert prices == [(910, 1_000), (910, 10_000), (910, 20_000)]


async def test_nothing_is_answered_that_was_not_priced(served: Stage) -> None:
    told = await served.data("""{ orders { nodes { id customer { id } fulfillmentOrders { id } } }
        locations { nodes { id } } }""")
    nodes = told["orders"]["nodes"]
    ids = [each["id"] for each in nodes + told["locations"]["nodes"]]
    ids += [each["customer"]["id"] for each in nodes]
    ids += [work["id"] for each in nodes for work in each["fulfillmentOrders"]]
    values = {
        "Sku": ["SKU-1", "007"], "Int": [1, 2, 3, 50], "ID": ids, "Duration": ["PT1H"],
        "String": ["1", "2"], "DateTime": ["2020-01-01T00:00:00Z"], "PostalCode": ["50000"],
    }  # fmt: skip
    answered, spent_in_all = 0, Decimal(0)
    for query, variables, priced in drafted(range(1_000, 1_130), values):
        body = {"query": query, "variables": variables}
        _, answer = await post(served, body, "operator", **{"GraphQL-Cost": "report"})
        if answer.get("data") is None:
            continue
        spent, price = priced.spent(answer["data"]), answer["extensions"]["cost"]["price"]
        assert spent <= Decimal(str(price)), (query, variables)
        answered, spent_in_all = answered + 1, spent_in_all + spent
    assert answered > 60
    assert spent_in_all > 100


def leaves(data: Any) -> "list[Any]":
    """Answer every value of an answer that is not null."""
    if isinstance(data, dict | list):
        inner = data.values() if isinstance(data, dict) else data
        return [leaf for each in inner for leaf in leaves(each)]
    return [] if data is None else [data]


async def ask_cost(stage: Stage, how: str, wanted: str) -> tuple[int, dict[str, Any]]:
    """Ask for a price by one of the ways."""
    variables, extensions = {"skus": ["SKU-1"]}, {"cost": wanted}
    if how == "header":
        body = {"query": STOCK, "variables": variables}
        return await post(stage, body, **{"GraphQL-Cost": wanted})
    if how == "extensions":
        return await post(stage, {"query": STOCK, "variables": variables, "extensions": extensions})
    parameters = {"query": STOCK, "variables": json.dumps(variables)}
    headers = {"X-Api-Key": KEYS["partner"], "GraphQL-Require-Preflight": "1"}
    if how == "get":
        headers["GraphQL-Cost"] = wanted
    else:
        parameters["extensions"] = json.dumps(extensions)
    async with aiohttp.ClientSession() as client:
        async with client.get(f"{stage.url}/graphql", params=parameters, headers=headers) as answer:
            return answer.status, await answer.json()


async def post(
    stage: Stage, body: Mapping[str, Any], kind: str = "partner", **headers: str
) -> tuple[int, dict[str, Any]]:
    """Answer the status and the response of a request."""
    told = {"X-Api-Key": KEYS[kind], "Accept": "application/graphql-response+json", **headers}
    async with aiohttp.ClientSession() as client:
        async with client.post(f"{stage.url}/graphql", json=body, headers=told) as answer:
            return answer.status, await answer.json()
