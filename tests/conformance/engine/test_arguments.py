"""Arguments reach resolvers as under graphql-core: written, by variables, null, left out."""

from typing import Any

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    parse,
    validate,
)
from graphql.type import GraphQLDefaultInput

from gateway.engine.engine import CAREFUL, COMPILED, Engine
from tests.conformance.engine.comparing import FORGETFUL, Case, difference
from tests.conformance.engine.values import Color

pytestmark = FORGETFUL


def _even(value: Any) -> int:
    if type(value) is not int or value % 2:
        raise GraphQLError("not even", extensions={"code": "ODD"})
    return value


COLOR = GraphQLEnumType("Color", Color)
EVEN = GraphQLScalarType("Even", parse_value=_even)
ANYTHING = GraphQLScalarType("Anything")
WISH: GraphQLInputObjectType = GraphQLInputObjectType(
    "Wish",
    lambda: {
        "size": GraphQLInputField(GraphQLNonNull(GraphQLInt), out_name="width"),
        "color": GraphQLInputField(COLOR, default=GraphQLDefaultInput(value="GREEN")),
        "more": GraphQLInputField(GraphQLList(WISH)),
    },
)
CHOICE = GraphQLInputObjectType(
    "Choice",
    {"one": GraphQLInputField(GraphQLInt), "other": GraphQLInputField(WISH)},
    is_one_of=True,
)
ARGUMENTS = {
    "n": GraphQLArgument(GraphQLInt),
    "needed": GraphQLArgument(GraphQLNonNull(GraphQLInt), default=GraphQLDefaultInput(value=4)),
    "many": GraphQLArgument(GraphQLList(GraphQLNonNull(GraphQLInt)), default_value=[1]),
    "color": GraphQLArgument(COLOR, default_value=Color.RED, out_name="paint"),
    "even": GraphQLArgument(EVEN),
    "any": GraphQLArgument(ANYTHING),
    "wish": GraphQLArgument(WISH),
    "choice": GraphQLArgument(CHOICE),
    "text": GraphQLArgument(GraphQLString),
}


def _show(parent: Any, info: Any, **given: Any) -> str:
    return repr(sorted(given.items()))


# Of `few` all arguments are of the kind that nobody can change.
FEW = {name: ARGUMENTS[name] for name in ("n", "needed", "color", "text")}
FIELDS = {
    "shown": GraphQLField(GraphQLString, ARGUMENTS, resolve=_show),
    "few": GraphQLField(GraphQLString, FEW, resolve=_show),
}
SCHEMA = GraphQLSchema(GraphQLObjectType("Query", FIELDS), types=[WISH, CHOICE])
CASES: list[tuple[str, dict[str, Any]]] = [
    ("{ shown }", {}),
    ("{ shown(n: null, needed: 5, many: null, color: null) }", {}),
    ("{ shown(many: 7, color: BLUE, even: 2, any: {a: [1, {b: E}]}) }", {}),
    ("{ shown(wish: {size: 1, more: [{size: 2, color: null}, null]}, choice: {one: 1}) }", {}),
    ("query($n: Int) { shown(n: $n) }", {}),
    ("query($n: Int) { shown(n: $n) }", {"n": None}),
    ("query($n: Int) { shown(n: $n) }", {"n": 3.0}),
    ("query($n: Int) { shown(n: $n) }", {"n": 2**31}),
    ("query($n: Int = 9) { shown(n: $n) }", {}),
    ("query($n: Int = 9) { shown(n: $n) }", {"n": None}),
    ("query($n: Int) { shown(needed: $n) }", {}),
    ("query($n: Int) { shown(needed: $n) }", {"n": None}),
    ("query($n: Int = 9) { shown(needed: $n) }", {}),
    ("query($n: Int = 9) { shown(needed: $n) }", {"n": None}),
    ("query($n: Int) { few(needed: $n) }", {}),
    ("query($n: Int = 9) { few(needed: $n, n: $n) }", {}),
    ("query($n: Int = 9) { few(needed: $n, n: $n) }", {"n": None}),
    ("query($c: Color, $t: String) { few(color: $c, text: $t, n: 3) }", {"c": "BLUE", "t": None}),
    ("query($n: Int!) { shown(needed: $n, n: $n, many: [1, $n]) }", {"n": 6}),
    ("query($n: Int!) { shown(needed: $n) }", {"n": None}),
    ("query($n: Int!) { shown(needed: $n) }", {}),
    ("query($n: Int = 2) { shown(many: [1, $n]) }", {}),
    ("query($n: Int = 2) { shown(many: [1, $n]) }", {"n": None}),
    ("query($m: [Int!]) { a: shown(many: $m) b: shown }", {"m": 5}),
    ("query($m: [Int!]) { shown(many: $m) }", {"m": [1, None]}),
    ("query($m: [Int!] = [3, 4]) { shown(many: $m) }", {}),
    ("query($c: Color) { shown(color: $c) }", {"c": "GREEN"}),
    ("query($c: Color) { shown(color: $c) }", {"c": "PURPLE"}),
    ("query($c: Color) { shown(color: $c) }", {}),
    ("query($e: Even) { shown(even: $e) }", {"e": 4}),
    ("query($e: Even) { shown(even: $e) }", {"e": 3}),
    ("query($n: Int) { shown(any: {a: [$n, 1]}) }", {"n": 5}),
    ("query($n: Int) { shown(any: {a: [$n, 1]}) }", {}),
    ("query($n: Int!) { shown(wish: {size: $n}) }", {"n": 5}),
    ("query($c: Color) { shown(wish: {size: 1, color: $c}) }", {}),
    ("query($c: Color) { shown(wish: {size: 1, color: $c}) }", {"c": None}),
    ("query($w: Wish) { shown(wish: $w) }", {"w": {"size": 1, "more": [{"size": 2}]}}),
    ("query($w: Wish) { shown(wish: $w) }", {"w": {"size": 1, "more": {"size": 2}}}),
    ("query($w: Wish) { shown(wish: $w) }", {"w": {"size": 1, "odd": 2}}),
    ("query($w: Wish) { shown(wish: $w) }", {"w": {"color": "RED"}}),
    ("query($w: Wish = {size: 3}) { shown(wish: $w) }", {}),
    ("query($c: Choice) { shown(choice: $c) }", {"c": {"one": 1}}),
    ("query($c: Choice) { shown(choice: $c) }", {"c": {"one": 1, "other": {"size": 1}}}),
    ("query($c: Choice) { shown(choice: $c) }", {"c": {"one": None}}),
    ("query($c: Choice) { shown(choice: $c) }", {"c": {}}),
    ("query($n: Int!) { shown(choice: {one: $n}) }", {"n": 1}),
    ("query($t: String) { shown(text: $t) }", {"t": "\u2028\U0001f600"}),
    ("query($t: String) { shown(text: $t) }", {"t": 5}),
]


@pytest.mark.parametrize(("text", "variables"), CASES)
async def test_a_resolver_is_given_the_same(text: str, variables: dict[str, Any]) -> None:
    await answered_alike(text, variables)


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("query($n: Int) { few(n: $n) }", {"n": 7}, {"n": 7, "needed": 4, "paint": Color.RED}),
        ("query($n: Int) { few(n: $n) }", {}, {"needed": 4, "paint": Color.RED}),
        ("query($n: Int) { few(needed: $n) }", {}, {"needed": 4, "paint": Color.RED}),
        ("query($c: Color) { few(color: $c) }", {}, {"paint": Color.RED, "needed": 4}),
    ],
)
def test_usual_ones_are_read_without_graphql_core(
    text: str, values: dict[str, Any], expected: dict[str, Any]
) -> None:
    planned = Engine(SCHEMA).plan(parse(text))
    assert planned.plan is not None
    variant = planned.plan.variant({}, None)
    assert variant is not None
    assert variant.roots[0].arguments(values) == expected


async def answered_alike(text: str, variables: dict[str, Any]) -> None:
    """Fail where both answer differently, or the engine hands the operation over."""
    document = parse(text)
    assert validate(SCHEMA, document) == []
    engine = Engine(SCHEMA)
    for _ in range(2):
        assert await difference(SCHEMA, engine, Case(document, variables, (None, None))) is None
    assert set(engine.counts) <= {COMPILED, CAREFUL}


async def all_answered_alike() -> None:
    """The same of every case."""
    for text, variables in CASES:
        await answered_alike(text, variables)
