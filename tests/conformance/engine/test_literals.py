"""Arguments with variables within them are what graphql-core makes of them, given or not."""

from typing import Any

import pytest
from graphql import (
    FieldNode,
    OperationDefinitionNode,
    build_schema,
    get_argument_values,
    parse,
)
from graphql.execution.values import VariableValues

from gateway.engine.arguments import UNCHANGING
from gateway.engine.engine import Engine
from gateway.engine.literals import literal_reader
from tests.conformance.engine.comparing import Case, difference

SCHEMA = build_schema("""
    input Deep { n: Int! = 7, tags: [String!] }
    input By { id: ID, deep: Deep, word: Word = A, needed: Int! }
    input One @oneOf { id: ID, n: Int }
    enum Word { A B }
    type Query { by(by: By!, limit: Int = 3, fixed: Deep): String one(one: One): String }
""")
BY = "query($id: ID, $n: Int, $w: Word, $m: Int) { by(by: %s, fixed: {n: 1}) }"
SHOWN = "{id: $id, deep: {n: 2}, word: $w, needed: 4}"


def _shown(name: str) -> Any:
    return lambda info, **given: f"{name} {sorted(given.items())}"


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (BY % SHOWN, {"id": "x", "w": "B"}),
        (BY % SHOWN, {"id": None, "w": None}),
        (BY % SHOWN, {"id": "x"}),
        (BY % SHOWN, {}),
        (BY % '{id: $id, deep: {n: 2, tags: ["a"]}, needed: 4}', {"id": "x"}),
        (BY % "{id: $id, needed: $m}", {"id": "x", "m": 5}),
        (BY % "{id: $id, deep: null, needed: 4}", {"id": 1}),
        ("query($m: Int! = 5) { by(by: {needed: $m, deep: {}}) }", {}),
        ("query($m: Int! = 5) { by(by: {needed: $m, deep: {}}) }", {"m": 6}),
        ("query($id: ID!) { one(one: {id: $id}) }", {"id": "x"}),
        ("query($id: ID) { one(one: {id: $id}) }", {"id": None}),
        ("query($id: ID) { one(one: {id: $id}) }", {}),
        ("query($id: ID!, $n: Int) { one(one: {id: $id, n: $n}) }", {"id": "x"}),
    ],
)
async def test_they_are_the_same(query: str, variables: dict[str, Any]) -> None:
    root = {"by": _shown("by"), "one": _shown("one")}
    case = Case(parse(query), variables, (None, None), (root, root))
    assert await difference(SCHEMA, Engine(SCHEMA), case) is None


@pytest.mark.parametrize("query", [BY % SHOWN, "query($id: ID) { one(one: {id: $id}) }"])
def test_usual_ones_are_read_without_graphql_core(query: str) -> None:
    (operation,) = parse(query).definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert SCHEMA.query_type
    (node,) = operation.selection_set.selections
    assert isinstance(node, FieldNode)
    field = SCHEMA.query_type.fields[node.name.value]
    values = {"id": "x", "w": "B"}
    read = literal_reader(field, node, UNCHANGING)
    assert read(values) == get_argument_values(field, node, VariableValues({}, values))


async def test_what_is_read_once_is_made_anew_for_each_request() -> None:
    given: list[Any] = []

    def keep(info: Any, **arguments: Any) -> str:
        given.append(arguments)
        return ""

    engine = Engine(SCHEMA)
    planned = engine.plan(parse("query($id: ID) { by(by: {id: $id, deep: {n: 2}, needed: 4}) }"))
    for key in ("x", "y"):
        await engine.execute(planned, {"id": key}, None, {"by": keep})
        given[-1]["by"]["deep"]["n"] = 99
    assert [each["by"]["id"] for each in given] == ["x", "y"]
    await engine.execute(planned, {"id": "z"}, None, {"by": keep})
    assert given[-1]["by"] == {"id": "z", "deep": {"n": 2}, "word": "A", "needed": 4}
