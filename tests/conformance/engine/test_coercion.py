"""Variables are coerced as graphql-core coerces them, whatever their types and values."""

import os
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_variable_values,
    is_input_type,
    parse,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.engine.documents import find_operation
from gateway.engine.variables import MOST_ERRORS, Variables
from gateway.graph.schema import make_schemas
from tests.conformance.engine.inputs import fit, literal, make_inputs, wrapped
from tests.conformance.engine.test_differential import unhurried

CASES = int(os.environ.get("ENGINE_CASES", "500"))
PER_TYPE = 5
COUNTS: Counter[str] = Counter()
Told = tuple[str, Any]


def _schema(kinds: list[Any]) -> GraphQLSchema:
    return GraphQLSchema(GraphQLObjectType("Query", {"a": GraphQLField(GraphQLInt)}), types=kinds)


def _told(coerce: Callable[[], Any]) -> Told:
    """Answer what coercion came to, as a text that tells any difference."""
    try:
        found = coerce()
    except Exception as error:  # noqa: BLE001
        return "raised", repr(error)
    if isinstance(found, list):
        return "wrong", [(each.message, repr(each.locations)) for each in found]
    return "coerced", repr((found.coerced, {k: v.value for k, v in found.sources.items()}))


def _pair(schema: GraphQLSchema, text: str, values: dict[str, Any]) -> tuple[Told, Told, bool]:
    """Answer what both say, and whether the engine did it by itself."""
    document = parse(text)
    (operation,) = (e for e in document.definitions if isinstance(e, OperationDefinitionNode))
    declared = operation.variable_definitions or ()
    ours = Variables(schema, find_operation(document, None), hide=False)
    alone = _told(lambda: ours.told(values, ours.usual(values)))[0] == "coerced"
    core = _told(lambda: get_variable_values(schema, declared, values, max_errors=MOST_ERRORS))

    def coerce() -> Any:
        found = ours.coerce(values)
        return found if isinstance(found, list) else ours.told(values, found)

    return core, _told(coerce), alone


def _written(rng: Random, kinds: list[Any]) -> tuple[str, list[Any]]:
    """Answer an operation with variables of some types, and the types."""
    chosen = [wrapped(rng, rng.choice(kinds)) for _ in range(rng.randint(1, 3))]
    defaults = [f" = {literal(rng, each)}" if rng.random() < 0.3 else "" for each in chosen]
    declared = (f"$v{n}: {k}{d}" for n, (k, d) in enumerate(zip(chosen, defaults, strict=True)))
    return f"query({', '.join(declared)}) {{ __typename }}", chosen


def compare(rng: Random, kinds: list[Any]) -> str | None:
    """Answer what differs for some values of some types, if anything does."""
    schema = _schema(kinds)
    text, chosen = _written(rng, kinds)
    for _ in range(PER_TYPE):
        odd = rng.choice([0.0, 0.0, 0.1, 0.4])
        values = {f"v{n}": fit(rng, kind, 0, odd) for n, kind in enumerate(chosen)}
        values = {name: value for name, value in values.items() if rng.random() < 0.85}
        core, ours, alone = _pair(schema, text, values)
        if core != ours:
            return f"{text}\n{values}\n{core}\n{ours}"
        COUNTS[f"{core[0]}, alone" if alone else core[0]] += 1
    return None


@unhurried
@given(st.randoms(use_true_random=True))
def test_variables_of_any_types_are_coerced_alike(rng: Random) -> None:
    assert compare(rng, make_inputs(rng)) is None


def test_most_that_fit_were_coerced_without_graphql_core() -> None:
    if not COUNTS:
        test_variables_of_any_types_are_coerced_alike()
    assert COUNTS["coerced, alone"] >= 9 * COUNTS["coerced"], COUNTS
    assert COUNTS["wrong"] >= COUNTS.total() // 20, COUNTS
    assert set(COUNTS) <= {"coerced, alone", "coerced", "wrong", "raised"}


OWN = make_schemas().callers.executable


@settings(unhurried, max_examples=max(60, CASES // 20))
@given(st.randoms(use_true_random=True), st.data())
def test_variables_of_our_own_input_types_are_coerced_alike(rng: Random, data: Any) -> None:
    named = data.draw(st.sampled_from([k for k in OWN.type_map.values() if is_input_type(k)]))
    kind = wrapped(rng, named)
    for value in (fit(rng, kind, 0, odd) for odd in (0.0, 0.1, 0.5)):
        core, ours, _ = _pair(OWN, f"query($v: {kind}) {{ __typename }}", {"v": value})
        assert core == ours


NEST: GraphQLInputObjectType = GraphQLInputObjectType(
    "Nest", lambda: {"in": GraphQLInputField(GraphQLList(NEST))}
)


@pytest.mark.parametrize("depth", [1, 49, 50, 51, 99, 100, 101, 5000])
def test_what_is_nested_deeply_is_graphql_cores_to_judge(depth: int) -> None:
    value: Any = {}
    for _ in range(depth):
        value = {"in": [value]}
    schema = _schema([NEST])
    core, ours, _ = _pair(schema, "query($v: Nest) { __typename }", {"v": value})
    assert core == ours
    assert (core[0] == "wrong") is (depth > 100)


def test_lists_deeper_than_code_can_be_are_left_to_graphql_core() -> None:
    kind, value = "[" * 150 + "Int" + "]" * 150, 5
    core, ours, alone = _pair(_schema([]), f"query($v: {kind}) {{ __typename }}", {"v": value})
    assert (core, core[0], alone) == (ours, "coerced", False)


def test_a_default_is_each_requests_own() -> None:
    schema = _schema([])
    document = parse("query($v: [Int!]! = [1]) { __typename }")
    ours = Variables(schema, find_operation(document, None), hide=False)
    first, second = ours.coerce({}), ours.coerce({})
    assert not isinstance(first, list)
    assert not isinstance(second, list)
    assert first == second == {"v": [1]}
    assert first["v"] is not second["v"]
