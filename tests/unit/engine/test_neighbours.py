"""Neighbours in a list that have the very same object show it alike, and it is read once."""

from typing import Any

import orjson
import pytest
from graphql import (
    GraphQLError,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    execute,
    parse,
)

from gateway.engine.engine import Engine


class State:
    """Counts how often its name is read; an error stands in for a name that cannot be shown."""

    def __init__(self, name: Any, inner: "State | None" = None) -> None:
        self._name, self.inner = name, inner
        self.reads = 0

    @property
    def name(self) -> Any:
        self.reads += 1
        return self._name


class Item:
    """Has a state."""

    def __init__(self, n: int, state: State | None) -> None:
        self.n, self.state, self.sure = n, state, state


def _told(states: list[Any], context: Any) -> list[str]:
    return [f"of {each._name}" for each in states]


def _resolve(state: Any, info: Any) -> str:
    return _told([state], None)[0]


_resolve.__dict__["batch"] = _told
STATE: GraphQLObjectType = GraphQLObjectType(
    "State",
    lambda: {
        "name": GraphQLField(GraphQLNonNull(GraphQLString)),
        "inner": GraphQLField(STATE),
        "told": GraphQLField(GraphQLString, resolve=_resolve),
    },
)
ITEM = GraphQLObjectType(
    "Item",
    {
        "n": GraphQLField(GraphQLInt),
        "state": GraphQLField(STATE),
        "sure": GraphQLField(GraphQLNonNull(STATE)),
    },
)
ITEMS = GraphQLField(GraphQLList(ITEM), resolve=lambda items, info: items)
ALONE = GraphQLField(GraphQLList(ITEM), resolve=lambda item, info: [item])
GROUPS = GraphQLField(
    GraphQLList(GraphQLObjectType("Group", {"items": ALONE})), resolve=lambda items, info: items
)
SCHEMA = GraphQLSchema(GraphQLObjectType("Query", {"items": ITEMS, "groups": GROUPS}))


async def told(query: str, items: list[Item]) -> dict[str, Any]:
    """Answer what the engine says, which is what graphql-core says."""
    engine = Engine(SCHEMA)
    response = await engine.execute(engine.plan(parse(query)), {}, None, items)
    body: dict[str, Any] = orjson.loads(response.body(lambda error: error.formatted, None))
    assert engine.counts["compiled"] == 1
    result: Any = execute(SCHEMA, parse(query), items)
    expected = {"data": result.data}
    if result.errors:
        expected["errors"] = [each.formatted for each in result.errors]
    assert body == expected
    return body


async def test_neighbours_with_the_same_object_have_it_read_once() -> None:
    one, other = State("one"), State("other")
    items = [Item(n, each) for n, each in enumerate((one, one, other, other, None, one))]
    body = await told("{ items { n state { name } } }", items)
    assert [each["state"] and each["state"]["name"] for each in body["data"]["items"]] == [
        "one", "one", "other", "other", None, "one",
    ]  # fmt: skip
    # By the engine, and by graphql-core.
    assert (one.reads, other.reads) == (2 + 3, 1 + 2)


async def test_what_is_below_the_object_is_shared_with_it() -> None:
    inner = State("inner")
    states = [State("one", inner), State("other", inner)]
    items = [Item(n, states[n // 2]) for n in range(4)]
    await told("{ items { state { name inner { name } } sure { inner { name } } } }", items)
    assert inner.reads == 2 + 8


async def test_an_object_with_something_to_fetch_is_shown_to_each_of_them() -> None:
    one = State("one")
    items = [Item(n, one) for n in range(3)]
    body = await told("{ items { state { name told } } }", items)
    assert body["data"]["items"] == [{"state": {"name": "one", "told": "of one"}}] * 3


@pytest.mark.parametrize("field", ["state", "sure"])
async def test_an_object_that_cannot_be_shown_fails_each_of_them(field: str) -> None:
    bad, good = State(GraphQLError("away")), State("good")
    items = [Item(n, each) for n, each in enumerate((good, bad, bad, good))]
    body = await told(f"{{ items {{ {field} {{ name }} }} }}", items)
    assert len(body["errors"]) == 2
    shown = [each and each[field] for each in body["data"]["items"]]
    assert shown == [{"name": "good"}, None, None, {"name": "good"}]


async def test_an_object_that_could_not_be_shown_is_not_taken_for_the_one_before() -> None:
    bad, good = State(GraphQLError("away")), State("good")
    items = [Item(n, each) for n, each in enumerate((good, bad, bad, good))]
    body = await told("{ groups { items { state { name } } } }", items)
    shown = [each["items"][0]["state"] for each in body["data"]["groups"]]
    assert shown == [{"name": "good"}, None, None, {"name": "good"}]
