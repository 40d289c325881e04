"""Every scalar and enum writes every kind of value as graphql-core does, or fails as it does."""

import enum
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    Undefined,
    parse,
    specified_scalar_types,
)

from gateway.engine.engine import Engine
from gateway.engine.natives import native
from tests.conformance.engine.comparing import FORGETFUL, Case, difference
from tests.conformance.engine.values import Color, Odd, Text, Waited

pytestmark = FORGETFUL


class Number(enum.IntEnum):
    ONE = 1


class Moment(datetime):
    """A class of its own, which is nobody's to know."""

    def isoformat(self, *_: Any) -> str:
        return "a moment"


class Word(enum.StrEnum):
    A = "a"


VALUES: list[Any] = [
    0, 1, -1, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 10**400, 1.0, 1.5, -0.0, 1e300,
    float("nan"), float("inf"), float("-inf"), True, False, "", "1", "1.5", "text", "\u2028é",
    Text("t"), b"b",
    Decimal("1"), Decimal("1.5"), Decimal("NaN"), Fraction(3, 1), Number.ONE, Word.A, "a", "r", 2,
    Color.RED, Color.GREEN, [1], (), {"a": 1}, None, Undefined, Odd(), ValueError("returned"),
    Waited(1), lambda info: 5,
    datetime(2026, 1, 2, 3, 4, 5, 6, UTC), datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    datetime.fromisoformat("2026-01-02"), datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=3))),
    datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta())), date(2026, 1, 2), Moment.min,
]  # fmt: skip


def _upper(value: Any) -> Any:
    return str.upper(value)


@native(datetime)
def _moment(value: Any) -> Any:
    return str(value.astimezone(UTC).isoformat()).replace("+00:00", "Z")


KINDS: dict[str, Any] = {
    **specified_scalar_types,
    "Color": GraphQLEnumType("Color", Color),
    "Plain": GraphQLEnumType("Plain", {"ONE": 1, "TWO": "a", "LIST": [1]}),
    "Upper": GraphQLScalarType("Upper", serialize=_upper),
    "Texts": GraphQLScalarType("Texts", serialize=str),
    "Times": GraphQLScalarType("Times", serialize=_moment),
    "Nothing": GraphQLScalarType("Nothing", serialize=lambda value: None),
}


@pytest.mark.parametrize("name", KINDS)
async def test_every_value_is_written_alike(name: str) -> None:
    kind = KINDS[name]
    shapes = [kind, GraphQLNonNull(kind), GraphQLList(kind), GraphQLList(GraphQLNonNull(kind))]
    holder = GraphQLObjectType("Holder", {f"f{i}": GraphQLField(s) for i, s in enumerate(shapes)})
    schema = GraphQLSchema(
        GraphQLObjectType("Query", {f"v{i}": GraphQLField(holder) for i in range(len(VALUES))})
    )
    engine = Engine(schema)
    roots = [
        {f"v{i}": {"f0": v, "f1": v, "f2": [v], "f3": [v]} for i, v in enumerate(VALUES)}
        for _ in range(2)
    ]
    for field in ("f0", "f1", "f2", "f3"):
        body = " ".join(f"v{number} {{ {field} }}" for number in range(len(VALUES)))
        case = Case(parse(f"{{ {body} }}"), {}, (None, None), (roots[0], roots[1]))
        assert await difference(schema, engine, case) is None
