"""Whatever the schema lets a caller write, the answer is never a fault of the gateway's."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import queries
from schemathesis import graphql

from gateway.web.parts import ExecutionOutcome
from gateway.web.server import new_event_loop
from tests.integration.web.serving import logging_to

from .stage import KEYS, Stage, an_order, some_work, staged

SCHEMA = Path(__file__).parents[3] / "schema.graphql"
WORDS = {
    "Sku": ["SKU-1", "007", "é", "'; DROP TABLE sku; --", "%", "a\r\nX: y"],
    "PageCursor": ["bzE6MTow", "YzE6ZGMtMQ", "YzE6", "AAAA"],
    "EventCursor": ["AAAA", "AQ", "bzE6MTow"],
    "DateTime": ["2026-11-01T12:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z"],
    "Duration": ["PT5S", "P999999999D", "PT0S", "-PT1S"],
    "Decimal": ["10.50", "NaN", "1E+999999", "-0"],
    "CountryCode": ["BR", "ZZ"],
    "PostalCode": ["50000-000"],
    "CurrencyCode": ["BRL"],
}
THOROUGHLY = settings(
    max_examples=120, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@dataclass(frozen=True)
class Served:
    """A running gateway that plain functions can ask."""

    runner: asyncio.Runner
    stage: Stage

    def ask(self, query: str, kind: str) -> dict[str, Any]:
        return self.runner.run(self.stage.ask(query, kind=kind))

    def follow(self, query: str, kind: str) -> dict[str, Any]:
        """Answer a subscription's refusal, or its first answer."""
        return self.runner.run(self._first(query, kind))

    async def _first(self, query: str, kind: str) -> dict[str, Any]:
        live = await self.stage.open_live(query, kind=kind)
        if isinstance(live, ExecutionOutcome):
            assert isinstance(live.body, dict)
            return live.body
        try:
            found: dict[str, Any] = json.loads((await anext(aiter(live))).body)
        finally:
            await live.aclose()
        return found


@pytest.fixture(scope="module")
def served(module_database: str) -> Iterator[Served]:
    free = {"requests_per_second": 0}
    limits = dict.fromkeys(("address", *KEYS), free)
    with asyncio.Runner(loop_factory=new_event_loop) as runner, logging_to("json", level="ERROR"):
        stack = AsyncExitStack()
        stage = runner.run(stack.enter_async_context(staged(module_database, limits=limits)))
        runner.run(stage.put("orders", an_order("1"), an_order("2", "c-2")))
        runner.run(stage.put("fulfillments", some_work("1", "w-2", shipped=1)))
        yield Served(runner, stage)
        runner.run(stack.aclose())


def scalars() -> dict[str, st.SearchStrategy[Any]]:
    """Answer how a value of each scalar is written."""
    return {
        name: (st.sampled_from(words) | st.text(max_size=30)).map(graphql.nodes.String)
        for name, words in WORDS.items()
    }


def requests() -> st.SearchStrategy[str]:
    """Answer queries and mutations as schemathesis makes them of the schema."""
    for name, written in scalars().items():
        graphql.scalar(name, written)
    operations = graphql.from_path(str(SCHEMA)).get_all_operations()
    return st.one_of([each.ok().as_strategy() for each in operations]).map(lambda case: case.body)


def subscriptions() -> st.SearchStrategy[str]:
    """Answer subscriptions: what would be queries if `Subscription` were what is queried."""
    text = f"{SCHEMA.read_text('utf-8')}\nschema {{ query: Subscription }}"
    return queries(text, custom_scalars=scalars()).map(lambda query: f"subscription {query}")


def test_no_request_that_fits_the_schema_makes_the_gateway_fail(served: Served) -> None:
    codes: set[str] = set()

    @THOROUGHLY
    @given(query=requests(), kind=st.sampled_from(sorted(KEYS)))
    def ask(query: str, kind: str) -> None:
        answer = served.ask(query, kind)
        found = {each["extensions"]["code"] for each in answer.get("errors", ())}
        assert answer["http"] < 500, (query, answer)
        assert "INTERNAL" not in found, (query, answer)
        codes.update(found)

    ask()
    assert {"BAD_REQUEST", "FORBIDDEN"} <= codes


def test_no_subscription_that_fits_the_schema_makes_the_gateway_fail(served: Served) -> None:
    codes: set[str] = set()
    told = 0

    @settings(THOROUGHLY, max_examples=60)
    @given(query=subscriptions(), kind=st.sampled_from(sorted(KEYS)))
    def follow(query: str, kind: str) -> None:
        nonlocal told
        answer = served.follow(query, kind)
        found = {each["extensions"]["code"] for each in answer.get("errors", ())}
        assert "INTERNAL" not in found, (query, answer)
        codes.update(found)
        told += "errors" not in answer

    follow()
    assert {"BAD_REQUEST", "FORBIDDEN", "INVALID_CURSOR"} <= codes
    assert told > 0
