"""A share of the queries is executed again by graphql-core; callers notice nothing of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import pytest

from gateway.engine import collecting
from gateway.graph.executors import Executors
from tests.e2e.processes import until
from tests.integration.web.serving import logging_to, running

from .stage import Stage, an_order, some_work, staged

VIEWER = "query Who { viewer { kind name } }"
ALL = {"enabled": True, "sample_rate": 1.0}
STOCK = """query($skus: [Sku!]!, $stale: OnStale) {
  availability(skus: $skus, freshness: {maxAge: "PT0S", onStale: $stale}) { sku status } }"""

QUERIES = [
    VIEWER,
    "{ orders { nodes { number customer { name } } totalCount } }",
    '{ availability(skus: ["SKU-1"]) { sku locations { onHand held } } }',
    '{ node(id: "nonsense") { id } nothing: order(by: {number: "x"}) { id } }',
]


@pytest.fixture
async def stage(database: str) -> AsyncIterator[Stage]:
    """A gateway that compares every query."""
    floors = dict.fromkeys(("storefront", "customer", "partner", "operator"), 0)
    async with staged(database, engine=ALL, freshness={"floors": floors}) as stage:
        await stage.put("orders", an_order("1-01"), an_order("1-02", "c-2"))
        await stage.put("fulfillments", some_work("1-01", shipped=1))
        yield stage


async def told(stage: Stage, name: str) -> dict[str, float]:
    """Answer a metric's values that are not 0, by their labels as they are written."""
    async with running(stage.gateway.metrics_app) as client, client.get("/metrics") as answer:
        lines = (await answer.text()).splitlines()
    rows = (line.rsplit(" ", 1) for line in lines if line.startswith(f"trama_engine_{name}"))
    found = {key.partition("{")[2].rstrip("}"): float(value) for key, value in rows}
    return {key: value for key, value in found.items() if value}


async def samples(stage: Stage, count: int) -> dict[str, float]:
    """Answer what became of the samples, once there are so many."""

    async def enough() -> dict[str, float]:
        found = await told(stage, "samples")
        return found if sum(found.values()) >= count else {}

    found: dict[str, float] = await until(f"{count} samples", enough)
    return {key.removeprefix('outcome="').rstrip('"'): value for key, value in found.items()}


async def test_what_every_kind_of_caller_is_told_is_compared(stage: Stage) -> None:
    asked = 0
    for kind in ("operator", "partner", "storefront"):
        for query in QUERIES:
            await stage.ask(query, kind=kind)
            asked += 1
            assert await samples(stage, asked) == {"SAME": asked}
    await stage.ask('mutation { syncSource(input: {sourceId: "x"}) { __typename } }')
    await stage.ask("{ nothing }")
    await stage.ask(VIEWER)
    assert await samples(stage, asked + 1) == {"SAME": asked + 1}


async def test_operations_are_counted_by_how_they_were_executed(database: str) -> None:
    async with staged(database, server={"introspection": True}) as stage:
        await stage.data(VIEWER)
        await stage.data("{ __schema { queryType { name } } }")
        await stage.ask('{ node(id: "nonsense") { id } }')
        assert await told(stage, "operations") == {
            'outcome="COMPILED",reason=""': 2, 'outcome="HANDED_OVER",reason="INTROSPECTION"': 1,
        }  # fmt: skip
        assert await told(stage, "careful_values") == {"": 1}
        assert await told(stage, "samples") == {}


async def test_an_engine_that_is_wrong_is_found_out(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = collecting.Collector._says

    def says(self: Any, node: Any, name: str, otherwise: bool) -> bool:
        return otherwise if name == "skip" else usual(self, node, name, otherwise)

    monkeypatch.setattr(collecting.Collector, "_says", says)
    text = "query Wrong { one: viewer { kind } two: viewer { kind name @skip(if: true) } }"
    with logging_to("json", level="ERROR") as stream:
        data = await stage.data(text)
        assert data["two"] == {"kind": "OPERATOR", "name": "key:people"}
        assert await samples(stage, 1) == {"DIFFERENT": 1}
    (line,) = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {key: line[key] for key in ("event", "operation_name", "document", "paths")} == {
        "event": "engine.differs", "operation_name": "Wrong", "paths": ["two"],
        "document": sha256(text.encode()).hexdigest(),
    }  # fmt: skip
    assert "OPERATOR" not in stream.getvalue()
    assert "request_id" not in line


@pytest.fixture
async def gate(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """What graphql-core waits for before it executes anything."""
    usual, gate = Executors.by_core, asyncio.Event()

    async def execute(self: Executors, *given: Any) -> Any:
        await gate.wait()
        return await usual(self, *given)

    monkeypatch.setattr(Executors, "by_core", execute)
    return gate


async def test_callers_wait_for_no_comparison_and_what_is_too_much_is_shed(
    stage: Stage, gate: asyncio.Event
) -> None:
    for _ in range(3):
        assert (await stage.data(VIEWER))["viewer"]["kind"] == "OPERATOR"
    assert await samples(stage, 2) == {"SHED": 2}
    gate.set()
    assert await samples(stage, 3) == {"SHED": 2, "SAME": 1}


async def test_data_that_has_changed_meanwhile_is_no_difference(
    stage: Stage, gate: asyncio.Event
) -> None:
    query = "{ orders { nodes { number } } }"
    assert len((await stage.data(query))["orders"]["nodes"]) == 2
    await stage.put("orders", an_order("1-03"))
    gate.set()
    assert await samples(stage, 1) == {"MOVED": 1}


async def test_a_gateway_that_closes_gives_up_what_it_compares(
    database: str, gate: asyncio.Event
) -> None:
    before = asyncio.all_tasks()
    async with staged(database, engine=ALL) as stage:
        await stage.data(VIEWER)
    assert {each.get_name() for each in asyncio.all_tasks() - before} == set()


@pytest.mark.parametrize("stale", ["SERVE", "REFRESH_OR_SERVE", "REFRESH_OR_FAIL"])
async def test_a_query_that_asks_sources_asks_them_once(stage: Stage, stale: str) -> None:
    await stage.ask(STOCK, {"skus": ["SKU-1"], "stale": stale})
    assert await samples(stage, 1) == {"ASKED": 1}
    await stage.ask(STOCK, {"skus": ["SKU-1"], "stale": "FAIL"})
    assert await samples(stage, 2) == {"ASKED": 1, "SAME": 1}
