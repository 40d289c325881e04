"""A field's arguments: read once when they are constants, else once per request."""

from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID

from graphql import (
    FieldNode,
    GraphQLField,
    Undefined,
    VariableNode,
    get_argument_values,
    is_non_null_type,
)
from graphql.execution.values import VariableValues

from gateway.engine.access import Arguments, Attribute
from gateway.engine.literals import literal_reader, varies
from gateway.engine.tree import Field

NOTHING = VariableValues({}, {})
UNCHANGING = (str, int, float, bool, type(None), bytes, Enum, Decimal, date, time, timedelta, UUID)
Reader = Callable[[VariableValues], Arguments]


def raw_arguments(field: Field, variables: VariableValues, hide: bool) -> Arguments:
    """Answer the arguments as graphql-core coerces them; raises GraphQLError."""
    if not field.definition.args:
        return {}
    return get_argument_values(field.definition, field.nodes[0], variables, None, hide)


def arguments_reader(field: Field, *, hide: bool) -> Reader:
    """Answer what reads a step's arguments, as its function takes them."""
    if not field.definition.args:
        return lambda _: {}
    convert = None if isinstance(field.access, Attribute) else field.access.convert
    read_all = _reader(field.definition, field.nodes[0], hide)

    def read(variables: VariableValues) -> Arguments:
        given = read_usual(variables)
        return given if convert is None else convert(given)

    varying = _varying(field)
    read_usual = (
        _literal_reader(field, read_all)
        if varying is None
        else _usual_reader(field, varying, read_all, hide)
    )
    return read if varying is None or varying else _constant(read)


def _reader(definition: GraphQLField, node: FieldNode, hide: bool) -> Reader:
    return lambda variables: get_argument_values(definition, node, variables, None, hide)


def _literal_reader(field: Field, read_all: Reader) -> Reader:
    """Answer what reads arguments with variables within them."""
    try:
        read_usual = literal_reader(field.definition, field.nodes[0], UNCHANGING)
    except Exception:  # noqa: BLE001
        return read_all

    def read(variables: VariableValues) -> Arguments:
        try:
            return read_usual(variables)
        except Exception:  # noqa: BLE001
            return read_all(variables)

    return read


def _varying(field: Field) -> dict[str, str] | None:
    """Answer the arguments that are variables, or None if variables stand within others."""
    found: dict[str, str] = {}
    for each in field.nodes[0].arguments or ():
        if isinstance(each.value, VariableNode):
            found[each.name.value] = each.value.name.value
        elif varies(each.value):
            return None
    return found


def _usual_reader(field: Field, varying: dict[str, str], read_all: Reader, hide: bool) -> Reader:
    """Answer what puts variables that are given into arguments read already."""
    definition, node = field.definition, field.nodes[0]
    args = {name: each for name, each in definition.args.items() if name not in varying}
    try:
        fixed = _reader(GraphQLField(definition.type, args), node, hide)(NOTHING)
    except Exception:  # noqa: BLE001
        return read_all
    if not all(isinstance(each, UNCHANGING) for each in fixed.values()):
        return read_all
    parts = [
        (definition.args[name].out_name or name, variable, is_non_null_type(each.type))
        for name, variable in varying.items()
        for each in (definition.args[name],)
    ]

    def read(variables: VariableValues) -> Arguments:
        given = dict(fixed)
        for name, variable, is_needed in parts:
            value = variables.coerced.get(variable, Undefined)
            if value is Undefined or (value is None and is_needed):
                return read_all(variables)
            given[name] = value
        return given

    return read


def _constant(read: Reader) -> Reader:
    """Answer the arguments read already, if nobody who gets them can change them."""
    try:
        given = read(NOTHING)
    except Exception:  # noqa: BLE001
        return read
    if all(isinstance(each, UNCHANGING) for each in given.values()):
        return lambda _: given
    return read


def has_variables(node: FieldNode) -> bool:
    """Answer whether a field's arguments depend on variables."""
    return any(varies(each.value) for each in node.arguments or ())
