"""Differences that were found once, each as the smallest schema that shows it."""

import asyncio
from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    parse,
)

from gateway.engine.engine import Engine
from tests.conformance.engine.comparing import FORGETFUL, Case, difference

pytestmark = FORGETFUL
NUMBERS = GraphQLNonNull(GraphQLList(GraphQLInt))


def _later(answer: Callable[[Any], Any]) -> Callable[..., Any]:
    async def resolve(parent: Any, info: Any) -> Any:
        await asyncio.sleep(0)
        return answer(parent)

    return resolve


def _second_fails(parent: Any) -> Any:
    return (each for each in [1, 2]) if parent["n"] == 1 else ValueError("the second")


ITEM = GraphQLObjectType(
    "Item",
    {"n": GraphQLField(GraphQLInt), "list": GraphQLField(NUMBERS, resolve=_later(_second_fails))},
)
SCHEMA = GraphQLSchema(
    GraphQLObjectType(
        "Query",
        {
            "item": GraphQLField(ITEM),
            "items": GraphQLField(GraphQLList(GraphQLNonNull(ITEM))),
        },
    )
)


def _refuse(context: Any) -> None:
    raise GraphQLError("refused", extensions={"code": "FORBIDDEN"})


def _guard(parent: Any, info: Any, **given: Any) -> Any:
    _refuse(info.context)


_guard.__dict__.update(before=_refuse, __wrapped__=_later(lambda parent: 1))
NEEDED = GraphQLArgument(GraphQLNonNull(GraphQLInt), default_value=1)
GUARDED = GraphQLSchema(
    GraphQLObjectType("Query", {"guarded": GraphQLField(GraphQLInt, {"n": NEEDED}, resolve=_guard)})
)


async def test_arguments_that_cannot_be_are_told_before_a_guard_refuses() -> None:
    document = parse("query($n: Int = 2) { guarded(n: $n) }")
    for variables in ({"n": None}, {"n": 3}, {}):
        case = Case(document, variables, (None, None))
        assert await difference(GUARDED, Engine(GUARDED), case) is None


async def _differ(text: str, root: Any) -> str | None:
    case = Case(parse(text), {}, (None, None), (root, root))
    return await difference(SCHEMA, Engine(SCHEMA), case)


async def test_an_object_that_is_undefined_is_null() -> None:
    assert await _differ("{ item { n } items { n } }", {"item": Undefined, "items": [{}]}) is None


async def test_a_value_is_completed_whose_place_was_nulled_meanwhile() -> None:
    assert await _differ("{ items { list } }", {"items": [{"n": 2}, {"n": 1}]}) is None
    assert await _differ("{ items { list } }", {"items": [{"n": 1}, {"n": 2}]}) is None


READ = GraphQLObjectType("Read", {"size": GraphQLField(GraphQLInt, {"n": NEEDED})})
ARGUED = GraphQLSchema(GraphQLObjectType("Query", {"read": GraphQLField(READ)}))


async def test_arguments_of_what_is_read_in_place_are_looked_at() -> None:
    document, root = parse("query($n: Int = 2) { read { size(n: $n) } }"), {"read": {"size": 5}}
    for variables in ({"n": None}, {"n": 3}, {}):
        case = Case(document, variables, (None, None), (root, root))
        assert await difference(ARGUED, Engine(ARGUED), case) is None
