"""Made-up input types, and values for them: fit ones, and what may be wrong with them."""

import re
from dataclasses import dataclass
from random import Random
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLString,
    Undefined,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
)
from graphql.type import GraphQLDefaultInput

from tests.conformance.engine.values import Color, Text

ODD: list[Any] = [
    None, Undefined, 0, 2**31, -(2**31), -(2**31) - 1, 10**400, 1.0, 1.5, -0.0, float("nan"),
    float("inf"), True, "", "RED", "1", "\ud800", "é\u2028", Text("RED"), [], [None], [[1]], {},
    {"odd": 1}, {"a": None}, (1, 2), b"b", {1: 2}, Color.RED, "a0", "abcd",
]  # fmt: skip
FIT: dict[str, list[Any]] = {
    "Int": [0, -5, 2**31 - 1, 3.0], "Float": [1.5, -0.0, 4, 1e300], "Boolean": [True, False],
    "String": ["a", "\ud800", "", "é"], "ID": ["x", 4, "\ud800"], "Even": [2, 4],
    "Any": [{"k": [1]}, "t", 5], "Nothing": ["n"], "Word": ["a", "é\n", "\ud800bc"],
}  # fmt: skip
# What scalars of our own may be written as.
WORDS = ["SKU-1", "PT5S", "2026-11-01T12:00:00Z", "10.50", "BR", "NaN", "é", "P999999999D"]
LITERALS: dict[str, list[str]] = {
    "Int": ["0", "41"], "Float": ["1.5", "2"], "Boolean": ["true"], "String": ['"a"'],
    "ID": ['"x"', "4"], "Even": ["2"], "Any": ['"t"', "5"], "Nothing": ['"n"'],
    "Word": ['"a"'],
}  # fmt: skip


def _even(value: Any) -> int:
    if type(value) is not int or value % 2:
        raise ValueError(f"{value!r} is not even")
    return value


def _word(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 3 or "0" in value:
        raise ValueError(f"{value!r} is no word")
    return value


_word.__dict__["fits"] = re.compile("[^0]{1,3}").fullmatch
LEAVES: list[Any] = [
    GraphQLInt, GraphQLFloat, GraphQLString, GraphQLID, GraphQLBoolean,
    GraphQLScalarType("Even", parse_value=_even),
    GraphQLScalarType("Word", parse_value=_word),
    GraphQLScalarType("Any"),
    GraphQLScalarType("Nothing", parse_value=lambda value: None if value else Undefined),
    GraphQLEnumType("Color", Color),
    GraphQLEnumType("Plain", {"ONE": 1, "NONE": None, "LIST": [1]}),
]  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """What an input object becomes that has a class of its own."""

    given: dict[str, Any]

    @classmethod
    def of(cls, given: dict[str, Any]) -> "Kept":
        if given.get("refused") is True:
            raise ValueError("refused")
        return cls(given)


def make_inputs(rng: Random) -> list[Any]:
    """Answer input types by chance: leaves, and objects that may be within themselves."""
    made: list[Any] = list(LEAVES)
    for number in range(rng.randint(1, 4)):
        made.append(_object(rng, f"In{number}", made))
    return made


def wrapped(rng: Random, kind: Any) -> Any:
    """Answer a type, or lists of it, nullable or not."""
    for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
        kind = GraphQLList(GraphQLNonNull(kind) if rng.random() < 0.5 else kind)
    return GraphQLNonNull(kind) if rng.random() < 0.4 else kind


def _object(rng: Random, name: str, known: list[Any]) -> GraphQLInputObjectType:
    is_one_of = rng.random() < 0.25
    chosen = [rng.choice(known) for _ in range(rng.randint(1, 4))]
    out_type = Kept.of if rng.random() < 0.3 else None

    def fields() -> dict[str, GraphQLInputField]:
        kinds = [
            get_nullable_type(each) if is_one_of else each
            for each in (wrapped(again, kind) for kind in chosen)
        ]
        made = {
            f"f{n}": _field(again, kind, has_default=not is_one_of) for n, kind in enumerate(kinds)
        }
        if has_self:
            made["again"] = GraphQLInputField(GraphQLList(kind))
        return made

    again, has_self = Random(rng.random()), rng.random() < 0.5
    kind = GraphQLInputObjectType(name, fields, out_type=out_type, is_one_of=is_one_of)
    return kind


def _field(rng: Random, kind: Any, *, has_default: bool) -> GraphQLInputField:
    out_name = f"out{rng.randint(0, 9)}" if rng.random() < 0.2 else None
    roll = rng.random() if has_default else 1.0
    if roll < 0.15:
        return GraphQLInputField(kind, default_value=rng.choice([5, None, [1]]), out_name=out_name)
    if roll < 0.4:
        told = GraphQLDefaultInput(value=fit(rng, kind))
        return GraphQLInputField(kind, default=told, out_name=out_name)
    return GraphQLInputField(kind, out_name=out_name)


def fit(rng: Random, kind: Any, deep: int = 0, odd: float = 0.0) -> Any:
    """Answer a value that fits a type; `odd`: how often a part of it may not."""
    if rng.random() < odd:
        return rng.choice(ODD)
    if not is_non_null_type(kind) and (deep > 4 or rng.random() < 0.15):
        return None
    kind = get_nullable_type(kind)
    if is_list_type(kind):
        if rng.random() < 0.15:
            return fit(rng, kind.of_type, deep + 1, odd)
        return [fit(rng, kind.of_type, deep + 1, odd) for _ in range(rng.randint(0, 3))]
    if is_enum_type(kind):
        return rng.choice(list(kind.values))
    if not is_input_object_type(kind):
        return rng.choice(FIT.get(kind.name, WORDS))
    return _entries(rng, kind, deep, odd)


def _entries(rng: Random, kind: GraphQLInputObjectType, deep: int, odd: float) -> dict[str, Any]:
    if kind.is_one_of:
        name = rng.choice(list(kind.fields))
        chosen = {name: GraphQLNonNull(kind.fields[name].type)}
    else:
        needed = rng.random() < 0.9
        chosen = {
            name: each.type
            for name, each in kind.fields.items()
            if (is_non_null_type(each.type) and needed) or rng.random() < 0.6
        }
    given = {name: fit(rng, each, deep + 1, odd) for name, each in chosen.items()}
    if rng.random() < odd:
        given[rng.choice(["odd", "f0", "f1", "refused"])] = rng.choice(ODD)
    return given


def literal(rng: Random, kind: Any, deep: int = 0) -> str:
    """Answer a constant of a type, as a document has it."""
    if not is_non_null_type(kind) and (deep > 3 or rng.random() < 0.15):
        return "null"
    kind = get_nullable_type(kind)
    if is_list_type(kind):
        items = (literal(rng, kind.of_type, deep + 1) for _ in range(rng.randint(0, 2)))
        return f"[{', '.join(items)}]"
    if is_enum_type(kind):
        return str(rng.choice(list(kind.values)))
    if not is_input_object_type(kind):
        return rng.choice(LITERALS[kind.name])
    names = [rng.choice(list(kind.fields))] if kind.is_one_of else list(kind.fields)
    fields = {name: kind.fields[name].type for name in names}
    if kind.is_one_of:
        fields = {name: GraphQLNonNull(each) for name, each in fields.items()}
    written = (f"{name}: {literal(rng, each, deep + 1)}" for name, each in fields.items())
    return f"{{{', '.join(written)}}}"
