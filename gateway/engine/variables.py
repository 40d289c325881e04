"""A request's variables: usual values by coercers made once, all others by graphql-core.

A value that does not fit is not usual: graphql-core has the words for what is wrong with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

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

from gateway.engine.arguments import NOTHING, UNCHANGING
from gateway.engine.coercing import Coercer, coercer_of
from gateway.engine.documents import Operation
from gateway.engine.plain import Unusual

MOST_ERRORS = 50


@dataclass(frozen=True, slots=True)
class _Variable:
    """One that is declared; `default` answers what stands where it was left out."""

    name: str
    source: VariableValueSource
    coerce: Coercer
    default: Callable[[], Any]


class Variables:
    """The variables that an operation declares."""

    def __init__(self, schema: GraphQLSchema, operation: Operation, *, hide: bool) -> None:
        self._schema = schema
        self._declared = operation.node.variable_definitions or ()
        self._hide = hide
        signatures = [get_variable_signature(schema, each) for each in self._declared]
        self._parts = [_variable(each) for each in signatures if not isinstance(each, GraphQLError)]

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
        for each in self._parts:
            value = given.get(each.name, Undefined)
            if value is not Undefined:
                coerced[each.name] = each.coerce(value)
                sources[each.name] = VariableValueSource(each.source.signature, value)
                continue
            sources[each.name] = each.source
            default = each.default()
            if default is not Undefined:
                coerced[each.name] = default
        return VariableValues(sources, coerced)


def _variable(signature: GraphQLVariableSignature) -> _Variable:
    default = _default(signature)
    return _Variable(
        signature.name, VariableValueSource(signature), coercer_of(signature.type), default
    )


def _default(signature: GraphQLVariableSignature) -> Callable[[], Any]:
    """Answer what answers a variable's default: each request has its own if it could change it."""
    told, kind = signature.default, signature.type
    literal = None if told is None else told.literal
    if literal is None:
        return _none_fits if is_non_null_type(kind) else lambda: Undefined

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
