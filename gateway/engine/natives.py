"""Values that are left in the response as they are, since orjson writes them many times faster.

A scalar says so by an attribute of its function: `serialize.native` is the class that orjson writes
as the function would. Only what this table has is left: times in UTC, as RFC 3339 has them with a
`Z`.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson
from graphql import GraphQLLeafType

F = TypeVar("F", bound=Callable[..., Any])
_TESTS: dict[Any, str] = {datetime: "type({0}) is datetime and {0}.tzinfo is UTC"}
NAMES: dict[str, Any] = {"datetime": datetime, "UTC": UTC}


def native(kind: type) -> Callable[[F], F]:
    """Mark a scalar's function as one that writes values of a class as orjson does."""

    def mark(serialize: F) -> F:
        serialize.__dict__["native"] = kind
        return serialize

    return mark


def native_test(kind: GraphQLLeafType) -> str | None:
    """Answer code that tells which values of a type are left to orjson, if any are."""
    return _TESTS.get(getattr(getattr(kind, "serialize", None), "native", None))


def encode(value: Any) -> bytes:
    """Answer the JSON of what a response holds."""
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)
