"""Of which type a value is: whatever a resolver of types answers is taken as by graphql-core."""

import asyncio
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    parse,
)

from gateway.engine.engine import Engine
from tests.conformance.engine.comparing import FORGETFUL, Case, difference

pytestmark = FORGETFUL
TOLD: list[Any] = []


def _answer(value: Any, info: Any, kind: Any) -> Any:
    TOLD.append(info.path.as_list())
    if isinstance(value["is"], Exception):
        raise value["is"]
    return value["is"]


async def _later(value: Any, info: Any, kind: Any) -> Any:
    await asyncio.sleep(0)
    return _answer(value, info, kind)


def _schema(answer: Any, check: Any) -> GraphQLSchema:
    named = {"n": GraphQLField(GraphQLInt)}
    thing = GraphQLInterfaceType("Thing", named, resolve_type=answer)
    of = {"interfaces": [thing]}
    box = GraphQLObjectType("Box", {**named, "w": GraphQLField(GraphQLString)}, **of)
    checked = GraphQLObjectType("Checked", named, is_type_of=check, **of)
    other = GraphQLObjectType("Other", named)
    return GraphQLSchema(
        GraphQLObjectType(
            "Query",
            {
                "thing": GraphQLField(thing),
                "things": GraphQLField(GraphQLList(thing)),
                "needed": GraphQLField(GraphQLList(GraphQLNonNull(thing))),
                "other": GraphQLField(other),
            },
        ),
        types=[box, checked],
    )


def _is_checked(value: Any, info: Any) -> Any:
    TOLD.append(info.path.as_list())
    return value["n"] != 2


async def _is_checked_later(value: Any, info: Any) -> Any:
    return _is_checked(value, info)


TEXT = """{ thing { __typename n ... on Box { w } } things { n ... on Checked { c: n } }
  needed { n } other { n } }"""
ANSWERS: list[Any] = [
    "Box", "Checked", "Other", "Nothing", "Query", "Thing", "Int", "", None, 5, b"Box",
    ValueError("no type"),
]  # fmt: skip


@pytest.mark.parametrize("check", [None, _is_checked, _is_checked_later])
@pytest.mark.parametrize("answer", [_answer, _later])
async def test_a_type_is_what_its_resolver_answers_or_an_error(answer: Any, check: Any) -> None:
    schema = _schema(answer, check)
    engine, document = Engine(schema), parse(TEXT)
    for told in ANSWERS:
        for place in range(3):
            some = [{"n": n, "is": told if n == place else "Box", "w": "a"} for n in range(3)]
            root = {"thing": some[0], "things": some, "needed": some, "other": some[1]}
            case = Case(document, {}, (None, None), (root, root))
            assert await difference(schema, engine, case) is None, (told, place)


async def test_a_resolver_of_types_is_told_the_path_of_the_field() -> None:
    schema = _schema(_answer, _is_checked)
    document = parse("{ things { n } needed { n } }")
    some = [{"n": n, "is": "Checked"} for n in range(2)]
    root = {"things": some, "needed": some}
    TOLD.clear()
    case = Case(document, {}, (None, None), (root, root))
    assert await difference(schema, Engine(schema), case) is None
    assert sorted(TOLD) == [["needed"]] * 8 + [["things"]] * 8, "four by each, twice"
