"""Arguments written as literals with variables within them: read by readers made once.

Usual values only; whatever is not covered raises, and is graphql-core's to coerce, and to refuse.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    get_nullable_type,
    is_input_object_type,
    is_non_null_type,
)
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal

from gateway.engine.access import Arguments
from gateway.engine.plain import Unusual

Variables: TypeAlias = Mapping[str, Any]
Read: TypeAlias = Callable[[Variables], Any]
Part: TypeAlias = tuple[str, Read]


def literal_reader(
    field: GraphQLField, node: FieldNode, unchanging: tuple[type, ...]
) -> Callable[[Variables], Arguments]:
    """Answer what reads a field's arguments; it raises for values that are not usual.

    `unchanging` are the classes whose values may be read once for all requests. raises: Unusual.
    """
    reading = _Literals(unchanging)
    given = {each.name.value: each.value for each in node.arguments or ()}
    parts = reading.parts(field.args, given)
    return lambda variables: {key: read(variables) for key, read in parts}


class _Literals:
    def __init__(self, unchanging: tuple[type, ...]) -> None:
        self._unchanging = unchanging

    def parts(
        self,
        defined: "dict[str, GraphQLArgument] | dict[str, GraphQLInputField]",
        given: dict[str, ValueNode],
    ) -> list[Part]:
        """Answer what reads each argument, or each field of an input object."""
        if not given.keys() <= defined.keys():
            raise Unusual
        parts: list[Part] = []
        for name, each in defined.items():
            key = each.out_name or name
            if name in given:
                parts.append((key, self._value(given[name], each.type)))
            elif (default := coerce_default_value(each)) is not Undefined:
                parts.append((key, self._constant(default)))
            elif is_non_null_type(each.type):
                raise Unusual
        return parts

    def _value(self, node: ValueNode, kind: Any) -> Read:
        if isinstance(node, VariableNode):
            return _variable(node.name.value, is_needed=is_non_null_type(kind))
        inner = get_nullable_type(kind)
        if isinstance(node, ObjectValueNode) and is_input_object_type(inner):
            return self._object(node, inner)
        if varies(node):
            raise Unusual
        return self._constant(coerce_input_literal(node, kind))

    def _object(self, node: ObjectValueNode, kind: GraphQLInputObjectType) -> Read:
        parts = self.parts(kind.fields, {each.name.value: each.value for each in node.fields})
        if kind.is_one_of:
            if len(node.fields) != 1 or len(parts) != 1:
                raise Unusual
            parts = [(key, _not_null(read)) for key, read in parts]
        out = kind.out_type
        if out is GraphQLInputObjectType.out_type:
            return lambda variables: {key: read(variables) for key, read in parts}
        return lambda variables: out({key: read(variables) for key, read in parts})

    def _constant(self, value: Any) -> Read:
        if not isinstance(value, self._unchanging):
            raise Unusual
        return lambda _: value


def _variable(name: str, *, is_needed: bool) -> Read:
    def read(variables: Variables) -> Any:
        value = variables.get(name, Undefined)
        if value is Undefined or (value is None and is_needed):
            raise Unusual
        return value

    return read


def _not_null(read: Read) -> Read:
    def needed(variables: Variables) -> Any:
        value = read(variables)
        if value is None:
            raise Unusual
        return value

    return needed


def varies(value: ValueNode) -> bool:
    """Answer whether variables stand within a value."""
    if isinstance(value, ListValueNode):
        return any(varies(each) for each in value.values)
    if isinstance(value, ObjectValueNode):
        return any(varies(each.value) for each in value.fields)
    return isinstance(value, VariableNode)


def has_variables(node: FieldNode) -> bool:
    """Answer whether a field's arguments depend on variables."""
    return any(varies(each.value) for each in node.arguments or ())
