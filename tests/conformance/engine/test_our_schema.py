"""On our own schema, over a real database, every kind of caller is answered alike by both."""

import asyncio
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import orjson
import pytest
from graphql import GraphQLSchema, parse, validate
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import queries

from gateway.engine.engine import CAREFUL, COMPILED, Engine, Planned
from gateway.engine.response import Response
from gateway.events.entries import Entry
from gateway.federation.allowance import Allowance
from gateway.graph.availability_changes import AvailabilityEdge
from gateway.graph.order_events import OrderEventEdge
from gateway.graph.scalars import EventCursor, Sku
from gateway.graph.schema import make_schemas
from gateway.model.events import EventWish
from gateway.model.principal import Principal, PrincipalKind, Reach
from gateway.web.parts import ExecutionOutcome, GraphQLRequest, RequestContext
from gateway.web.presented import Presented
from gateway.web.server import new_event_loop
from tests.conformance.engine.comparing import FORGETFUL, Case, difference_of_events, told
from tests.conformance.engine.operations import Draft
from tests.conformance.engine.test_differential import RULES
from tests.e2e.processes import until
from tests.integration.graph.furnishing import furnish
from tests.integration.graph.stage import KEYS, Stage, orders, staged
from tests.integration.graph.test_fuzz import scalars
from tests.integration.web.serving import logging_to

CASES = int(os.environ.get("ENGINE_CASES", "500"))
SCHEMAS = make_schemas()
TEXT = (Path(__file__).parents[3] / "schema.graphql").read_text("utf-8")
KINDS = [*KEYS, "customer", "operator", "operator"]
NO_REASONS = (COMPILED, CAREFUL, "whole", "failing", "at once")
unhurried = settings(
    deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    report_multiple_bugs=False, database=None, derandomize="ENGINE_CASES" not in os.environ,
)  # fmt: skip
pytestmark = FORGETFUL


@dataclass
class Both:
    """What both answered to what was executed so far."""

    counts: Counter[str] = field(default_factory=Counter)
    followed: Counter[str] = field(default_factory=Counter)
    context: Any = None
    found: list[str] = field(default_factory=list)

    def compare(self, ours: Response, theirs: Any) -> None:
        """Keep what differs, and count."""
        was_executed = theirs.data is not None or any(each.path for each in theirs.errors or ())
        if orjson.dumps(theirs.data) != orjson.dumps(ours.data):
            self.found.append(f"{theirs.data}\n{ours.data}")
        mine, other = (
            told(each.errors or (), theirs.data, was_executed=was_executed)
            for each in (ours, theirs)
        )
        if mine != other:
            self.found.append(f"{other}\n{mine}")
        self.counts["failing" if mine else "whole"] += 1


@dataclass(frozen=True)
class Served:
    """A running gateway that plain functions can ask, and what may be asked of it."""

    runner: asyncio.Runner
    stage: Stage
    both: Both
    words: Mapping[str, Sequence[Any]]
    events: Sequence[Sequence[Any]]

    def ask(self, query: str, variables: dict[str, Any], name: str | None, kind: str) -> None:
        """Ask as a kind of caller; fails where both answered differently."""
        self.runner.run(self._ask(GraphQLRequest(query, name, variables), kind))
        assert self.both.found == [], (query, variables, kind)

    def follow(self, seed: int, kind: str) -> None:
        """Tell a kind of caller of some events by chance; fails where both told it differently."""
        self.runner.run(self._follow(Random(seed), kind))

    async def _follow(self, rng: Random, kind: str) -> None:
        draft = Draft(rng, _schema(kind), words=self.words)
        text = draft.write("subscription")
        document = parse(text)
        if validate(draft.schema, document, RULES):
            return
        await self._ask(GraphQLRequest("{ __typename }"), kind)
        context = self.both.context
        twins = [msgspec.structs.replace(context, allowance=Allowance(0)) for _ in range(2)]
        some = rng.choice(self.events)
        events = [rng.choice(some) for _ in range(rng.randint(1, 4))]
        kind_of_executor = SCHEMAS.callers.execution_context_class
        engine = Engine(draft.schema, executor_class=kind_of_executor)
        case = Case(
            document, draft.values, (twins[0], twins[1]),
            executor_class=kind_of_executor, operation_name=draft.name,
        )  # fmt: skip
        found = await difference_of_events(draft.schema, engine, case, (events, events))
        for twin in twins:
            await twin.close()
        assert found is None, (text, draft.values, kind, found)
        self.both.followed["together"] += len(events) > 1
        self.both.followed.update(engine.counts)

    async def _ask(self, request: GraphQLRequest, kind: str) -> None:
        parts = self.stage.gateway.parts
        token = self.stage.token("c-1") if kind == "customer" else KEYS[kind]
        identity = await parts.authenticator.identify(Presented(token, may_be_token=True))
        begun = parts.execute(request, RequestContext(identity.principal, "r", "", 0.0))
        if not isinstance(begun, ExecutionOutcome):
            await begun


@pytest.fixture(scope="module")
def served(module_database: str) -> Iterator[Served]:
    """A gateway whose operations are executed by both, each with a context of its own."""
    usual, both = Engine.begin, Both()

    async def begin(self: Engine, planned: Planned, variables: Any, context: Any) -> Response:
        both.context = context
        twins = [msgspec.structs.replace(context, allowance=Allowance(0)) for _ in range(2)]
        begun = usual(self, planned, variables, twins[0])
        both.counts["at once"] += isinstance(begun, Response)
        ours = begun if isinstance(begun, Response) else await begun
        theirs = await self._hand_over(planned, variables, twins[1], None)
        for twin in twins:
            await twin.close()
        both.compare(ours, theirs)
        both.counts.update(self.counts)
        self.counts.clear()
        return ours

    limits = {kind: {"max_cost": 1_000_000} for kind in KINDS}
    with (
        pytest.MonkeyPatch.context() as patch,
        asyncio.Runner(loop_factory=new_event_loop) as runner,
        logging_to("json", level="ERROR"),
    ):
        patch.setattr(Engine, "begin", begin)
        stack = AsyncExitStack()
        stage = runner.run(stack.enter_async_context(staged(module_database, limits=limits)))
        try:
            runner.run(furnish(stage))
            runner.run(stage.put("orders", *orders(12)))
            runner.run(_settled(stage))
            words, events = runner.run(_words(stage)), runner.run(_events(stage))
            yield Served(runner, stage, both, words, events)
        finally:
            runner.run(stack.aclose())


async def _settled(stage: Stage) -> None:
    """Wait until the log's tail has seen what was written: no answer changes any more."""
    written = await stage.gateway.pool.fetchval("SELECT coalesce(max(id), 0) FROM event")
    await until("the tail is there", lambda: stage.gateway.feed.final_to() >= written)


async def _words(stage: Stage) -> dict[str, list[Any]]:
    """Answer what arguments may be, so that something is found."""
    found = await stage.data(
        """{ orders(first: 3) { edges { cursor node { id customer { id } } } }
             locations { edges { cursor node { id } } } webhookEndpoints { nodes { id } }
             orderEvents(first: 2) { edges { cursor } } }"""
    )
    edges = found["orders"]["edges"]
    ids = [each["node"]["id"] for each in (*edges, *found["locations"]["edges"])]
    customers = [each["node"]["customer"]["id"] for each in edges]
    return {
        "ID": [*ids, *customers, found["webhookEndpoints"]["nodes"][0]["id"], "wms", "nonsense"],
        "Sku": ["SKU-1", "007", "none"],
        "PageCursor": [each["cursor"] for each in (*edges, *found["locations"]["edges"])],
        "EventCursor": [each["cursor"] for each in found["orderEvents"]["edges"]] or ["AAAA"],
        "DateTime": ["2026-11-01T12:00:00Z", "2020-01-01T00:00:00+14:00"],
        "Duration": ["PT5S", "P9D", "PT0S"],
        "Decimal": ["10.50"], "CountryCode": ["BR"], "PostalCode": ["50000-000"],
        "CurrencyCode": ["BRL"],
        "String": ["mine", "marketplace", "c-1@example.com", "001", "x"],
        "Int": [1, 2, 5],
        "_Any": [
            {"__typename": kind, "id": key}
            for kind, key in (("Order", ids[0]), ("Location", ids[-1]), ("Customer", customers[0]))
        ] + [{"__typename": "InventoryItem", "sku": "SKU-1"}],
    }  # fmt: skip


async def _events(stage: Stage) -> list[list[Any]]:
    """Answer edges of each subscription: of orders there and left, and of SKUs known and not."""
    who = Principal("x", PrincipalKind.OPERATOR, frozenset(), Reach(everything=True))
    page = await stage.gateway.feed.page(who, EventWish(), after=None, limit=8)
    cursor = EventCursor("a-cursor")
    orders = [OrderEventEdge.of(each, cursor) for each in page.entries]
    left = [
        OrderEventEdge.of(Entry(each.position, each.event.left()), cursor)
        for each in page.entries[:2]
        if each.event is not None
    ]
    stock = [AvailabilityEdge(sku=each, cursor=cursor) for each in (Sku("SKU-1"), Sku("no"), None)]
    return [[*orders, *left, OrderEventEdge.of(Entry(9), cursor)], stock]


def _schema(kind: str) -> GraphQLSchema:
    schemas = SCHEMAS.routers if kind == "router" else SCHEMAS.callers
    return schemas.executable


def test_every_kind_of_caller_is_answered_alike(served: Served) -> None:
    @settings(unhurried, max_examples=CASES // 5)
    @given(rng=st.randoms(use_true_random=True), kind=st.sampled_from(KINDS))
    def ask(rng: Random, kind: str) -> None:
        draft = Draft(rng, _schema(kind), words=served.words)
        # What storefronts may not do changes nothing, by whichever it is refused.
        operation = rng.choice(["query", "query", "mutation" if kind == "storefront" else "query"])
        query = draft.write(operation)
        served.ask(query, draft.values, draft.name, kind)

    ask()
    counts = served.both.counts
    assert counts["whole"] >= CASES // 60, counts
    assert counts["failing"] >= CASES // 60, counts
    handed_over = counts.total() - sum(counts[each] for each in NO_REASONS)
    assert counts[COMPILED] >= 4 * handed_over, counts
    assert counts[COMPILED] >= CASES // 20, counts
    assert CASES // 60 <= counts["at once"] <= counts[COMPILED] - CASES // 60, counts


def test_every_event_is_told_alike(served: Served) -> None:
    @settings(unhurried, max_examples=CASES // 10)
    @given(seed=st.integers(0, 2**32), kind=st.sampled_from(KINDS))
    def ask(seed: int, kind: str) -> None:
        served.follow(seed, kind)

    ask()
    counts = served.both.followed
    assert counts["together"] >= CASES // 20, counts
    assert counts[COMPILED] >= CASES // 10, counts


def test_documents_as_others_make_them_are_answered_alike(served: Served) -> None:
    @settings(unhurried, max_examples=CASES // 20)
    @given(query=queries(TEXT, custom_scalars=scalars()), kind=st.sampled_from(KINDS))
    def ask(query: str, kind: str) -> None:
        served.ask(query, {}, None, kind)

    ask()
