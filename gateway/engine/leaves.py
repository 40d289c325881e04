"""How scalars and enums are written: a test in place for what needs no work, else a call.

Each answers code for a variable that may hold null; what it cannot write raises Unusual.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    Undefined,
)

from gateway.engine.natives import native_test
from gateway.engine.plain import PlainClasses, Unusual

_TESTS: dict[GraphQLLeafType, str] = {
    GraphQLString: "type({0}) is str",
    GraphQLID: "type({0}) is str",
    GraphQLInt: "type({0}) is int and -2147483648 <= {0} <= 2147483647",
    GraphQLFloat: "type({0}) is float and {0} - {0} == 0",
    GraphQLBoolean: "{0} is True or {0} is False",
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """How values of one type are written: `test` tells those that stay as they are, if any."""

    test: str | None
    write: Callable[[Any], Any]


def leaf_of(kind: GraphQLLeafType, plain: PlainClasses) -> Leaf:
    """Answer how values of a scalar or enum are written."""
    if isinstance(kind, GraphQLEnumType):
        return Leaf(None, _names(kind))
    test = _TESTS.get(kind)
    if test is None and str in (kind.serialize, kind.coerce_output_value):
        test = _TESTS[GraphQLString]
    test = test or native_test(kind)
    return Leaf(test, _writer(kind, plain))


def _writer(kind: GraphQLLeafType, plain: PlainClasses) -> Callable[[Any], Any]:
    coerce = kind.coerce_output_value

    def write(value: Any) -> Any:
        if value is None:
            raise Unusual
        if type(value) not in plain:
            plain.admit(value)
        written = coerce(value)
        if written is None or written is Undefined:
            raise Unusual
        return written

    return write


def _names(kind: GraphQLEnumType) -> Callable[[Any], Any]:
    """Answer a lookup of an enum's names by its values, members of a Python enum among them."""
    names: dict[Any, str] = {}
    members = [*getattr(kind, "wrapped_cls", ()), *(each.value for each in kind.values.values())]
    for member in members:
        try:
            names.setdefault(member, kind.coerce_output_value(member))
        except (TypeError, ValueError, GraphQLError):
            continue
    return names.__getitem__
