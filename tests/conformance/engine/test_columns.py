"""Lists told by columns are answered as graphql-core answers their objects, whatever is in them."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLFloat,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    parse,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.engine.columns import Columns, Table
from gateway.engine.engine import CAREFUL, COMPILED, Engine
from tests.conformance.engine.comparing import FORGETFUL, Case, difference

pytestmark = FORGETFUL
COLORS = GraphQLEnumType("Color", {"RED": "red", "BLUE": "blue"})
NEAR = GraphQLObjectType("Near", {"x": GraphQLField(GraphQLNonNull(GraphQLInt))})
PLACE = GraphQLObjectType(
    "Place", {"name": GraphQLField(GraphQLString), "floor": GraphQLField(GraphQLInt)}
)


class Rows(Table[Any]):
    """A table of objects that there are; `made` counts those that somebody wanted."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self.rows = rows
        self.made = 0

    def column(self, name: str) -> Sequence[Any]:
        return [getattr(each, name) for each in self.rows]

    def items(self, start: int, stop: int) -> Iterable[Any]:
        self.made += stop - start
        return self.rows[start:stop]


@dataclass
class Asked:
    """A request: its lists, what its places are, and how often they were asked for."""

    lists: Sequence[Any] = ()
    places: dict[Any, Any] = field(default_factory=dict)
    waits: bool = False
    state: str | None = None
    calls: list[list[Any]] = field(default_factory=list)


def _place(parent: Any, info: Any) -> Any:
    return _found(parent, info.context)


def _found(parent: Any, context: Asked) -> Any:
    found = context.places.get(parent.place_id)
    if isinstance(found, Exception):
        return type(found)(*found.args)
    return found


async def _all_places(parents: Sequence[Any], context: Asked) -> list[Any]:
    context.calls.append([each.place_id for each in parents])
    if context.waits:
        await asyncio.sleep(0)
    return [_found(each, context) for each in parents]


def _steady(context: Asked) -> str | None:
    return context.state


def _lists(parent: Any, info: Any) -> Any:
    return info.context.lists


def _items(parent: Any, info: Any) -> Any:
    return parent["items"]


_place.__dict__.update(batch=_all_places, by="place_id", steady=_steady)
_items.__dict__.update(in_columns=True)
ITEM = GraphQLObjectType(
    "Item",
    {
        "n": GraphQLField(GraphQLInt),
        "sure": GraphQLField(GraphQLNonNull(GraphQLInt)),
        "on": GraphQLField(GraphQLBoolean),
        "text": GraphQLField(GraphQLString),
        "ratio": GraphQLField(GraphQLFloat),
        "color": GraphQLField(COLORS),
        "near": GraphQLField(NEAR),
        "marks": GraphQLField(GraphQLList(GraphQLInt)),
        "place": GraphQLField(PLACE, resolve=_place),
        "placed": GraphQLField(GraphQLNonNull(PLACE), resolve=_place),
    },
)
GROUP = GraphQLObjectType(
    "Group",
    {
        "items": GraphQLField(GraphQLList(GraphQLNonNull(ITEM)), resolve=_items),
        "some": GraphQLField(GraphQLList(ITEM), resolve=_items),
    },
)
SCHEMA = GraphQLSchema(
    GraphQLObjectType("Query", {"lists": GraphQLField(GraphQLList(GROUP), resolve=_lists)})
)
USUAL: dict[str, Sequence[Any]] = {
    "n": [None, 0, -7, 2**31 - 1, -(2**31)], "sure": [1, 2, 3], "on": [True, False, None],
    "text": ["", "a\"b\\", "é\u2028", "{}", None], "ratio": [0.5, 1e300, -0.0, 3, None],
    "color": ["red", "blue", None], "marks": [None, [], [1, None, 2]], "place_id": [1, 2, 3],
}  # fmt: skip
UNUSUAL: dict[str, Sequence[Any]] = {
    "n": [2**31, 1.5, "7", True, ValueError("no n")], "sure": [None, "x", KeyError("k")],
    "on": [1, "true"], "text": [5, True, [1]], "ratio": [float("nan"), "1.5"],
    "color": ["green", 3], "marks": [[1, "x"], 5], "place_id": [4, 5, None],
}  # fmt: skip
LEAVES = ["n", "sure", "on", "text", "ratio", "color", "marks", "__typename", "again: n"]
OBJECTS = ["near { x }", "place { name }", "placed { floor name }", "there: place { floor }"]


def _row(rng: Random, oddly: float) -> Any:
    values = {
        name: rng.choice(UNUSUAL[name] if rng.random() < oddly else some)
        for name, some in USUAL.items()
    }
    near = rng.choice([None, SHARED, SimpleNamespace(x=rng.randint(0, 9))])
    return SimpleNamespace(**values, near=SimpleNamespace(x=None) if rng.random() < oddly else near)


SHARED = SimpleNamespace(x=5)


def _group(rng: Random, table: Rows) -> Any:
    start = rng.randint(0, len(table.rows))
    told = Columns(table, start, rng.randint(start, len(table.rows)))
    return {"items": rng.choice([told, told, told, list(told), None, ValueError("no list")])}


def _places(rng: Random, oddly: float) -> dict[Any, Any]:
    places: dict[Any, Any] = {
        key: SimpleNamespace(name=f"P{key}", floor=key) for key in range(1, 4)
    }
    if rng.random() < oddly:
        places[2] = rng.choice([None, GraphQLError("closed"), SimpleNamespace(name=1, floor="x")])
    return places


def _query(rng: Random) -> str:
    def selected() -> str:
        return " ".join(rng.sample(LEAVES, rng.randint(1, 5)) + rng.sample(OBJECTS, 2))

    return f"{{ lists {{ items {{ {selected()} }} some {{ {selected()} }} }} }}"


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.randoms(use_true_random=False), st.sampled_from([0.0, 0.03, 0.3]))
def test_lists_in_columns_are_answered_as_their_objects(rng: Random, oddly: float) -> None:
    tables = [Rows([_row(rng, oddly) for _ in range(rng.randint(0, 6))]) for _ in range(2)]
    groups = [_group(rng, rng.choice(tables)) for _ in range(rng.randint(0, 4))]
    places, waits = _places(rng, oddly), rng.random() < 0.3
    contexts = tuple(Asked(groups, places, waits) for _ in range(2))
    case = Case(parse(_query(rng)), {}, (contexts[0], contexts[1]))
    engine = Engine(SCHEMA, most_at_once=rng.choice([1, 3, 256]))
    assert asyncio.run(difference(SCHEMA, engine, case)) is None
    assert engine.counts[COMPILED] == 1


async def _ask(engine: Engine, text: str, asked: Any) -> Any:
    response = await engine.execute(engine.plan(DOCUMENTS[text]), None, asked)
    assert not response.errors
    return orjson.loads(response.body())["data"]["lists"]


TEXT = "{ lists { items { n place { name } near { x } } } }"
DOCUMENTS = {text: parse(text) for text in (TEXT,)}


def _asked(table: Rows, state: str | None = None, name: str = "P") -> Asked:
    halves = [Columns(table, 0, 2), Columns(table, 2, len(table.rows))]
    places = {key: SimpleNamespace(name=f"{name}{key}", floor=key) for key in (1, 2)}
    return Asked([{"items": each} for each in halves], places, state=state)


def _table(*keys: int) -> Rows:
    return Rows(
        [SimpleNamespace(n=at, sure=1, near=SHARED, place_id=key) for at, key in enumerate(keys)]
    )


async def test_no_object_is_made_and_each_place_is_asked_for_once() -> None:
    table, engine = _table(2, 1, 2, 2), Engine(SCHEMA)
    asked = _asked(table)
    told = await _ask(engine, TEXT, asked)
    row = {"near": {"x": 5}}
    assert told == [
        {"items": [{"n": n, "place": {"name": place}, **row} for n, place in some]}
        for some in ([(0, "P2"), (1, "P1")], [(2, "P2"), (3, "P2")])
    ]
    assert (asked.calls, table.made, engine.counts[CAREFUL]) == ([[2, 1]], 0, 0)


async def test_what_is_unusual_in_one_list_leaves_the_others_in_columns() -> None:
    table, engine = _table(1, 2, 1), Engine(SCHEMA)
    table.rows[2].n = 2.0
    told = await _ask(engine, TEXT, _asked(table))
    assert [[each["n"] for each in some["items"]] for some in told] == [[0, 1], [2]]
    assert (table.made, engine.counts[CAREFUL]) == (0, 0)
    table.rows[2].n = _three
    told = await _ask(engine, TEXT, _asked(table))
    assert [[each["n"] for each in some["items"]] for some in told] == [[0, 1], [3]]
    assert (table.made, engine.counts[CAREFUL]) == (1, 1)


def _three(info: Any) -> int:
    return 3


async def test_who_has_its_objects_made_asks_for_nothing_again() -> None:
    table, asked = _table(1, 2, 1), _asked(_table(1, 2, 1))
    table.rows[2].n = _three
    asked.lists = [{"items": Columns(table, 0, 3)}]
    told = await _ask(Engine(SCHEMA), TEXT, asked)
    assert [each["place"]["name"] for each in told[0]["items"]] == ["P1", "P2", "P1"]
    assert asked.calls == [[1, 2]]


async def test_json_of_what_is_steady_outlasts_a_request_until_its_state_is_another() -> None:
    engine, found = Engine(SCHEMA), []
    for state, name in (("s1", "A"), ("s1", "B"), ("s2", "C"), (None, "D"), ("s2", "E")):
        asked = _asked(_table(1, 2), state, name)
        told = await _ask(engine, TEXT, asked)
        found.append(([each["place"]["name"] for each in told[0]["items"]], asked.calls))
    assert found == [
        (["A1", "A2"], [[1, 2]]), (["A1", "A2"], []), (["C1", "C2"], [[1, 2]]),
        (["D1", "D2"], [[1, 2]]), (["C1", "C2"], []),
    ]  # fmt: skip


async def test_what_is_not_there_is_asked_for_each_time() -> None:
    engine = Engine(SCHEMA)
    for _ in range(2):
        asked = _asked(_table(1, 3), "s1")
        told = await _ask(engine, TEXT, asked)
        assert [each["place"] for each in told[0]["items"]] == [{"name": "P1"}, None]
        assert asked.calls == [[1, 3]]


async def test_lists_of_a_thousand_let_others_have_their_turn() -> None:
    engine = Engine(SCHEMA, most_at_once=100)
    asked = _asked(_table(*[1] * 1000))
    response = await engine.execute(engine.plan(DOCUMENTS[TEXT]), None, asked)
    assert response.is_large
    told = orjson.loads(response.body())["data"]["lists"]
    assert [each["n"] for some in told for each in some["items"]] == list(range(1000))


async def test_columns_of_different_lengths_are_no_list() -> None:
    class Ragged(Rows):
        def column(self, name: str) -> Sequence[Any]:
            return super().column(name)[: 1 if name == "n" else None]

    table = Ragged(_table(1, 2).rows)
    told = await _ask(Engine(SCHEMA), TEXT, _asked(table))
    assert [each["n"] for each in told[0]["items"]] == [0, 1]
    assert table.made == 2


def test_columns_are_lists_of_objects_that_are_made_when_wanted() -> None:
    table = _table(1, 2, 3)
    some = Columns(table, 1, 3)
    assert (len(some), table.made) == (2, 0)
    assert (some[0], some[-1], some[1:]) == (table.rows[1], table.rows[2], (table.rows[2],))
    assert some == table.rows[1:] == list(some)
    assert some != Columns(table, 0, 2)
    assert [*some.column("place_id")] == [2, 3]
    with pytest.raises(IndexError):
        some[2]
