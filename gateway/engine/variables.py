"""A request's variables: usual values by a coercer made once, all others by graphql-core.

What is not usual (an input object, a default that is needed, a value that does not fit) is
graphql-core's to coerce, and so are the words of what is wrong with it.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    get_variable_values,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.get_variable_signature import get_variable_signature
from graphql.execution.values import VariableValues, VariableValueSource

from gateway.engine.arguments import NOTHING
from gateway.engine.documents import Operation
from gateway.engine.plain import Unusual

MOST_ERRORS = 50
Coercer: TypeAlias = Callable[[Any], Any]
_LEAST, _MOST = -(2**31), 2**31 - 1


class Variables:
    """The variables that an operation declares."""

    def __init__(self, schema: GraphQLSchema, operation: Operation, *, hide: bool) -> None:
        self._schema = schema
        self._declared = operation.node.variable_definitions or ()
        self._hide = hide
        self._parts: list[tuple[VariableValueSource, bool, Coercer]] = []
        for each in self._declared:
            signature = get_variable_signature(schema, each)
            if isinstance(signature, GraphQLError):
                self._parts = []
                break
            needed = each.default_value is not None or is_non_null_type(signature.type)
            source = VariableValueSource(signature)
            self._parts.append((source, needed, coercer_of(signature.type)))

    def coerce(self, given: Mapping[str, Any] | None) -> VariableValues | list[GraphQLError]:
        """Answer the variables, or what is wrong with them."""
        if not self._declared:
            return NOTHING
        values = given or {}
        try:
            return self._usual(values)
        except Exception:  # noqa: BLE001
            return get_variable_values(
                self._schema,
                self._declared,
                dict(values),
                max_errors=MOST_ERRORS,
                hide_suggestions=self._hide,
            )

    def _usual(self, given: Mapping[str, Any]) -> VariableValues:
        if len(self._parts) != len(self._declared):
            raise Unusual
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for source, is_needed, coerce in self._parts:
            name = source.signature.name
            if name in given:
                value = given[name]
                coerced[name] = coerce(value)
                sources[name] = VariableValueSource(source.signature, value)
            elif is_needed:
                raise Unusual
            else:
                sources[name] = source
        return VariableValues(sources, coerced)


def coercer_of(kind: Any) -> Coercer:
    """Answer what coerces usual values of an input type; it raises for all others."""
    if is_non_null_type(kind):
        return _present(coercer_of(kind.of_type))
    inner = _list(coercer_of(kind.of_type)) if is_list_type(kind) else _leaf(kind)
    return lambda value: None if value is None else inner(value)


def _present(inner: Coercer) -> Coercer:
    def coerce(value: Any) -> Any:
        if value is None:
            raise Unusual
        return inner(value)

    return coerce


def _list(inner: Coercer) -> Coercer:
    def coerce(value: Any) -> Any:
        if type(value) is not list:
            raise Unusual
        return [inner(each) for each in value]

    return coerce


def _leaf(kind: Any) -> Coercer:
    test = _TESTS.get(kind)
    if test is not None:
        return _tested(test)
    if isinstance(kind, GraphQLEnumType | GraphQLScalarType):
        return _parsed(kind.coerce_input_value)
    return _tested(lambda value: False)


def _tested(test: Callable[[Any], bool]) -> Coercer:
    def coerce(value: Any) -> Any:
        if not test(value):
            raise Unusual
        return value

    return coerce


def _parsed(parse: Coercer) -> Coercer:
    def coerce(value: Any) -> Any:
        parsed = parse(value)
        if parsed is Undefined:
            raise Unusual
        return parsed

    return coerce


_TESTS: dict[Any, Callable[[Any], bool]] = {
    GraphQLString: lambda value: type(value) is str,
    GraphQLID: lambda value: type(value) is str,
    GraphQLInt: lambda value: type(value) is int and _LEAST <= value <= _MOST,
    GraphQLFloat: lambda value: type(value) is float and value - value == 0,
    GraphQLBoolean: lambda value: type(value) is bool,
}
