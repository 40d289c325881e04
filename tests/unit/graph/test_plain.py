"""What is told plainly is told as graphql-core tells it, and what is not plain is not."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import pytest
from graphql import ExecutionResult, OperationDefinitionNode, execute, parse

from gateway.events.feed import Entry
from gateway.graph.order_events import OrderEventEdge
from gateway.graph.plain import NotPlain, Read, plain_reading
from gateway.graph.scalars import EventCursor
from gateway.graph.schema import make_schemas
from gateway.projection.events import LoggedEvent

SCHEMA = make_schemas().callers.executable
AT = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
EVENT = LoggedEvent(7, "order.updated", UUID(int=9), 3, ("status", "shipping_total"), {}, AT, AT)
WHOLE = "id type orderId version changedFields occurredAt recordedAt"


def reading_of(text: str) -> Read | None:
    document = parse(text)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    return plain_reading(SCHEMA, document, operation)


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
    ],
)
def test_it_is_told_as_graphql_core_tells_it(text: str, event: LoggedEvent | None) -> None:
    read = reading_of(text)
    assert read is not None
    result = execute(SCHEMA, parse(text), root_value=edge(event))
    assert ExecutionResult(read(edge(event))) == result


@pytest.mark.parametrize(
    "inner",
    [
        "node { order { number } }",
        "node { id } node { type }",
        "cursor cursor",
        "cursor @include(if: true)",
        "... @skip(if: false) { cursor }",
        "... on OrderEventEdge @skip(if: false) { cursor }",
    ],
)
def test_what_loads_or_depends_is_not_plain(inner: str) -> None:
    assert reading_of(f"subscription {{ orderEvents {{ {inner} }} }}") is None


def test_availability_is_not_plain() -> None:
    text = 'subscription { availabilityChanged(skus: ["a"]) { cursor node { sku } } }'
    assert reading_of(text) is None


@pytest.mark.parametrize(
    "odd", [{"version": None}, {"version": "three"}, {"type": None}, {"changed_fields": [None]}]
)
def test_a_value_that_is_not_as_the_schema_says_is_not_plain(odd: dict[str, Any]) -> None:
    read = reading_of(f"subscription {{ orderEvents {{ node {{ {WHOLE} }} }} }}")
    assert read is not None
    told = edge(EVENT)
    for name, value in odd.items():
        setattr(told.node, name, cast(Any, value))
    with pytest.raises(NotPlain):
        read(told)
