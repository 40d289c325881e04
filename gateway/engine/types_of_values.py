"""Of which type a value is, asked while generated code runs; what is not plain is left to it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from graphql import (
    GraphQLInterfaceType,
    GraphQLLeafType,
    GraphQLSchema,
    GraphQLUnionType,
    default_type_resolver,
)
from graphql.pyutils import is_awaitable

from gateway.engine.leaves import Leaf, leaf_of
from gateway.engine.plain import PlainClasses, Unusual
from gateway.engine.strawberry_fields import CAST
from gateway.engine.strawberry_types import checks_by_class, tells_by_class
from gateway.engine.tree import Field, Selection

if TYPE_CHECKING:
    from gateway.engine.run import Run

MOST_CLASSES = 1_000
Complete = Callable[[Any, "Run"], dict[str, Any]]


class Types:
    """What is known of a schema's types and of the classes of their values."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self.is_strawberry = hasattr(schema, "_strawberry_schema")
        self.plain = PlainClasses((str, int, float, bool, type(None), list, tuple, dict))
        self._leaves: dict[str, Leaf] = {}

    def leaf(self, kind: GraphQLLeafType) -> Leaf:
        """Answer how values of a scalar or enum are written."""
        if kind.name not in self._leaves:
            self._leaves[kind.name] = leaf_of(kind, self.plain)
        return self._leaves[kind.name]

    def is_cast(self, value: Any) -> bool:
        """Whether Strawberry was told the type of this very value."""
        return self.is_strawberry and getattr(value, CAST, None) is not None

    def checker(
        self, field: Field, selection: Selection, known: set[type]
    ) -> Callable[[Any, "Run"], None]:
        """Answer a check that a value is plain and of an object type; keeps its class."""
        kind = selection.kind
        keeps = checks_by_class(kind)

        def check(value: Any, run: "Run") -> None:
            self.plain.admit(value)
            if kind.is_type_of is not None and not _now(kind.is_type_of(value, run.info_of(field))):
                raise Unusual
            if keeps and not self.is_cast(value) and len(known) < MOST_CLASSES:
                known.add(type(value))

        return check

    def finder(
        self,
        field: Field,
        kind: GraphQLInterfaceType | GraphQLUnionType,
        complete: dict[str, Complete],
        known: dict[type, Complete],
    ) -> Complete:
        """Answer a function that finds a value's type and completes it as such."""
        resolve = kind.resolve_type or default_type_resolver

        def find(value: Any, run: "Run") -> dict[str, Any]:
            self.plain.admit(value)
            name = _now(resolve(value, run.info_of(field), kind))
            found = complete.get(name) if isinstance(name, str) else None
            if found is None:
                raise Unusual
            if self._is_told_by_class(kind, value) and len(known) < MOST_CLASSES:
                known[type(value)] = found
            return found(value, run)

        return find

    def _is_told_by_class(self, kind: GraphQLInterfaceType | GraphQLUnionType, value: Any) -> bool:
        return tells_by_class(kind, value) and not self.is_cast(value)


def _now(answer: Any) -> Any:
    """Answer what was answered at once; what would have to be waited for is Unusual."""
    if is_awaitable(answer):
        close = getattr(answer, "close", None)
        if close is not None:
            close()
        raise Unusual
    return answer
