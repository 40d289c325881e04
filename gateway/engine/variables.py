"""A request's variables: usual values by coercers made once, all others by graphql-core.

A value that does not fit is not usual: graphql-core has the words for what is wrong with it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from graphql import (
    GraphQLError,
    GraphQLSchema,
    Undefined,
    coerce_input_literal,
    get_variable_values,
    is_non_null_type,
)
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.execution.values import VariableValues, VariableValueSource

from gateway.engine.arguments import UNCHANGING
from gateway.engine.coercing import Coercers
from gateway.engine.documents import Operation
from gateway.engine.plain import Unusual

MOST_ERRORS = 50
Values: TypeAlias = dict[str, Any]
Read: TypeAlias = Callable[[Mapping[str, Any]], Values]


class Variables:
    """The variables that an operation declares."""

    def __init__(self, schema: GraphQLSchema, operation: Operation, *, hide: bool) -> None:
        self._schema = schema
        self._declared = operation.node.variable_definitions or ()
        self._hide = hide
        signatures = [get_variable_signature(schema, each) for each in self._declared]
        self._signatures = [each for each in signatures if not isinstance(each, GraphQLError)]
        self.usual = reader_of(self._signatures)
        if len(self._signatures) != len(self._declared):
            self.usual = none_are_usual

    def coerce(self, given: Mapping[str, Any] | None) -> Values | list[GraphQLError]:
        """Answer the variables' values, or what is wrong with them."""
        try:
            return self.usual(given or {})
        except Exception:  # noqa: BLE001
            return self._otherwise(given or {})

    def told(self, given: Mapping[str, Any] | None, coerced: Values) -> VariableValues:
        """Answer coerced values with where they are from, as graphql-core has them."""
        sources = {
            each.name: VariableValueSource(each, (given or {}).get(each.name, Undefined))
            for each in self._signatures
        }
        return VariableValues(sources, coerced)

    def _otherwise(self, given: Mapping[str, Any]) -> Values | list[GraphQLError]:
        found = get_variable_values(
            self._schema,
            self._declared,
            dict(given),
            max_errors=MOST_ERRORS,
            hide_suggestions=self._hide,
        )
        return found if isinstance(found, list) else found.coerced


def reader_of(signatures: Sequence[GraphQLVariableSignature]) -> Read:
    """Answer what coerces usual values; it raises for all others."""
    coercers = Coercers()
    with coercers.writer.function("def variables(given):"):
        coercers.writer.line("done = {}")
        for each in signatures:
            _write(coercers, each)
        coercers.writer.line("return done")
    return coercers.made("variables", none_are_usual)


def _write(coercers: Coercers, signature: GraphQLVariableSignature) -> None:
    writer, name, default = coercers.writer, signature.name, _default(signature)
    with writer.block(f"if {name!r} in given:"):
        value = writer.variable()
        writer.line(f"{value} = given[{name!r}]")
        writer.line(f"done[{name!r}] = {coercers.expression(signature.type, value)}")
    if default is not nothing:
        with writer.block("else:"):
            writer.line(f"done[{name!r}] = {writer.constant('default', default)}()")


def none_are_usual(_: Mapping[str, Any]) -> Values:
    """Read nothing."""
    raise Unusual


def nothing() -> Any:
    """Stand for no default."""


def _default(signature: GraphQLVariableSignature) -> Callable[[], Any]:
    """Answer what answers a variable's default: each request has its own if it could change it."""
    told, kind = signature.default, signature.type
    literal = None if told is None else told.literal
    if literal is None:
        return _none_fits if is_non_null_type(kind) else nothing

    def made() -> Any:
        coerced = coerce_input_literal(literal, kind)
        return _none_fits() if coerced is Undefined else coerced

    try:
        value = made()
    except Exception:  # noqa: BLE001
        return made
    return (lambda: value) if isinstance(value, UNCHANGING) else made


def _none_fits() -> Any:
    raise Unusual
