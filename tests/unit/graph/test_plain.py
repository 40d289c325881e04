"""Which subscriptions tell nothing but what an event holds, whoever follows."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import orjson
import pytest
from graphql import ExecutionResult, execute, parse

from gateway.engine.engine import COMPILED, Engine
from gateway.events.entries import Entry
from gateway.graph.order_events import OrderEventEdge
from gateway.graph.scalars import EventCursor
from gateway.graph.schema import make_schemas
from gateway.projection.events import LoggedEvent

SCHEMA = make_schemas().callers.executable
AT = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
EVENT = LoggedEvent(7, "order.updated", UUID(int=9), 3, ("status", "shipping_total"), {}, AT, AT)
WHOLE = "id type orderId version changedFields occurredAt recordedAt"


def edge(event: LoggedEvent | None) -> OrderEventEdge:
    return OrderEventEdge.of(Entry(7, event), EventCursor("a-cursor"))


@pytest.mark.parametrize("event", [EVENT, None, replace(EVENT, type="order.left", changed=())])
@pytest.mark.parametrize(
    "text",
    [
        f"subscription {{ orderEvents {{ cursor node {{ {WHOLE} }} }} }}",
        "subscription { a: orderEvents { b: cursor __typename c: node { d: type __typename } } }",
        "subscription S { ...A } fragment A on Subscription { orderEvents { ...B } }"
        " fragment B on OrderEventEdge { ... { cursor } ... on OrderEventEdge { node { id } } }",
        "subscription { orderEvents { cursor cursor @include(if: true) node { id } node { type } "
        "... @skip(if: true) { node { order { id } } } } }",
    ],
)
def test_it_is_told_at_once_without_a_caller(text: str, event: LoggedEvent | None) -> None:
    engine, document = Engine(SCHEMA), parse(text)
    planned = engine.plan(document)
    told = engine.read_each(planned, [edge(event), edge(event)])
    assert told is not None
    result = execute(SCHEMA, document, root_value=edge(event))
    assert isinstance(result, ExecutionResult)
    assert [each.body() for each in told] == [orjson.dumps({"data": result.data})] * 2
    assert engine.counts == {COMPILED: 2}


@pytest.mark.parametrize(
    "text",
    [
        "subscription { orderEvents { node { order { number } } } }",
        "subscription($c: Boolean!) { orderEvents { cursor @include(if: $c) } }",
        "subscription @experimental_disableErrorPropagation { orderEvents { cursor } }",
        'subscription { availabilityChanged(skus: ["a"]) { cursor node { sku } } }',
        "{ viewer { kind } }",
    ],
)
def test_what_loads_or_depends_is_not_told_so(text: str) -> None:
    engine = Engine(SCHEMA)
    planned = engine.plan(parse(text))
    assert not planned.tells_root_alone
    assert engine.read_each(planned, [edge(EVENT)]) is None


@pytest.mark.parametrize(
    "odd", [{"version": None}, {"version": "three"}, {"type": None}, {"changed_fields": [None]}]
)
def test_a_value_that_is_not_as_the_schema_says_is_not_told_at_once(odd: dict[str, Any]) -> None:
    engine, told = Engine(SCHEMA), edge(EVENT)
    planned = engine.plan(parse(f"subscription {{ orderEvents {{ node {{ {WHOLE} }} }} }}"))
    for name, value in odd.items():
        setattr(told.node, name, cast(Any, value))
    assert planned.tells_root_alone
    assert engine.read_each(planned, [told]) is None
    assert engine.counts == {}
