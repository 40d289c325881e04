"""The schema is described, forgiving at its roots, and in step with its text."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
)

from gateway.graph.schema import schema_text

ROOT = Path(__file__).parents[2]
SCHEMA = build_schema(schema_text())
OURS = {name: kind for name, kind in SCHEMA.type_map.items() if not name.startswith("__")}
BUILT_IN = {"String", "Int", "Float", "Boolean", "ID"}


def test_the_text_in_the_repository_is_the_codes() -> None:
    assert (ROOT / "schema.graphql").read_text("utf-8") == schema_text()


@pytest.mark.parametrize("name", sorted(set(OURS) - BUILT_IN))
def test_a_type_and_all_of_its_fields_are_described(name: str) -> None:
    kind = OURS[name]
    assert kind.description
    missing = []
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for field, told in kind.fields.items():
            missing += [] if told.description else [field]
            missing += [f"{field}({a})" for a, arg in told.args.items() if not arg.description]
    elif isinstance(kind, GraphQLInputObjectType):
        missing += [field for field, told in kind.fields.items() if not told.description]
    assert missing == []


def test_every_root_field_may_be_null_so_that_a_part_that_fails_stays_a_part() -> None:
    for root in (SCHEMA.query_type, SCHEMA.mutation_type):
        assert root is not None
        strict = [n for n, f in root.fields.items() if isinstance(f.type, GraphQLNonNull)]
        assert strict == []


def test_enums_are_words_in_capitals() -> None:
    for kind in OURS.values():
        if isinstance(kind, GraphQLEnumType):
            assert [v for v in kind.values if v != v.upper()] == []
