"""Whatever the schema lets a caller write, the answer is never a fault of the gateway's."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import graphql

from gateway.web.server import new_event_loop
from tests.integration.web.serving import logging_to

from .stage import KEYS, Stage, an_order, some_work, staged

SCHEMA = Path(__file__).parents[3] / "schema.graphql"
WORDS = {
    "Sku": ["SKU-1", "007", "é", "'; DROP TABLE sku; --", "%", "a\r\nX: y"],
    "PageCursor": ["bzE6MTow", "YzE6ZGMtMQ", "YzE6", "AAAA"],
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


def requests() -> st.SearchStrategy[str]:
    """Answer queries and mutations as schemathesis makes them of the schema."""
    for name, words in WORDS.items():
        texts = st.sampled_from(words) | st.text(max_size=30)
        graphql.scalar(name, texts.map(graphql.nodes.String))
    operations = graphql.from_path(str(SCHEMA)).get_all_operations()
    return st.one_of([each.ok().as_strategy() for each in operations]).map(lambda case: case.body)


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
