"""A field's arguments: read once when they are constants, else once per request."""

from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from graphql import (
    GraphQLArgument,
    GraphQLField,
    Undefined,
    VariableNode,
    get_argument_values,
    is_non_null_type,
)
from graphql.execution.values import VariableValues
from graphql.utilities.coerce_input_value import coerce_default_value

from gateway.engine.access import Arguments, Attribute, Conversion, Conversions, Convert
from gateway.engine.literals import literal_reader, varies
from gateway.engine.plain import Unusual
from gateway.engine.tree import Field

NOTHING = VariableValues({}, {})
UNCHANGING = (str, int, float, bool, type(None), bytes, Enum, Decimal, date, time, timedelta, UUID)
Reader: TypeAlias = Callable[[Mapping[str, Any]], Arguments]


def raw_arguments(field: Field, variables: VariableValues, hide: bool) -> Arguments:
    """Answer the arguments as graphql-core coerces them; raises GraphQLError."""
    if not field.definition.args:
        return {}
    return get_argument_values(field.definition, field.nodes[0], variables, None, hide)


def arguments_of(field: Field, variables: VariableValues, hide: bool) -> Arguments:
    """Answer the arguments as a step's function takes them; raises GraphQLError."""
    given = raw_arguments(field, variables, hide)
    convert = _conversion(field)
    return given if convert is None else convert.all(given)


def arguments_reader(field: Field, *, hide: bool) -> Reader:
    """Answer what reads the same of the variables' values, where these are usual.

    It raises for others: these are for `arguments_of`.
    """
    if not field.definition.args:
        return lambda _: {}
    varying = _varying(field)
    if varying is None:
        return _literal_reader(field)
    if varying:
        return _usual_reader(field, varying, hide)
    return _constant(lambda _: arguments_of(field, NOTHING, hide))


def _conversion(field: Field) -> Conversion | None:
    return None if isinstance(field.access, Attribute) else field.access.convert


def _varying(field: Field) -> dict[str, str] | None:
    """Answer the arguments that are variables, or None if variables stand within others."""
    found: dict[str, str] = {}
    for each in field.nodes[0].arguments or ():
        if isinstance(each.value, VariableNode):
            found[each.name.value] = each.value.name.value
        elif varies(each.value):
            return None
    return found


def _literal_reader(field: Field) -> Reader:
    """Answer what reads arguments with variables within them."""
    try:
        read = literal_reader(field.definition, field.nodes[0], UNCHANGING)
    except Exception:  # noqa: BLE001
        return _unusual
    convert = _conversion(field)
    return read if convert is None else lambda variables: convert.all(read(variables))


def _usual_reader(field: Field, varying: dict[str, str], hide: bool) -> Reader:
    """Answer what puts variables that are given into arguments read already."""
    definition = field.definition
    args = {name: each for name, each in definition.args.items() if name not in varying}
    others = GraphQLField(definition.type, args)
    try:
        fixed = get_argument_values(others, field.nodes[0], NOTHING, None, hide)
    except Exception:  # noqa: BLE001
        return _unusual
    if not _is_unchanging(fixed):
        return _unusual
    convert = _conversion(field)
    each = None if convert is None else convert.each
    try:
        parts = _parts(definition, varying, each)
    except TypeError:
        return _unusual
    if convert is None:
        return _putting(fixed, parts)
    if each is None:
        put = _putting(fixed, parts)
        return lambda variables: convert.all(put(variables))
    return _putting(convert.all(fixed), parts)


class _Part(NamedTuple):
    """An argument that is a variable: what it is called, and what converts it if anything does.

    `absent` stands for a variable that is left out: Undefined where the argument is then, too, and
    Unusual where graphql-core has to say.
    """

    variable: str
    is_needed: bool
    name: str
    convert: Convert | None
    absent: Any


def _parts(
    definition: GraphQLField, varying: dict[str, str], conversions: Conversions | None
) -> list[_Part]:
    parts: list[_Part] = []
    for argument, variable in varying.items():
        told = definition.args[argument]
        key, is_needed = told.out_name or argument, is_non_null_type(told.type)
        name, convert = (key, None) if conversions is None else conversions[key]
        parts.append(_Part(variable, is_needed, name, convert, _absent(told, convert)))
    return parts


def _absent(argument: GraphQLArgument, convert: Convert | None) -> Any:
    default = coerce_default_value(argument)
    if default is Undefined:
        return Unusual if is_non_null_type(argument.type) else Undefined
    return default if convert is None and isinstance(default, UNCHANGING) else Unusual


def _putting(fixed: Arguments, parts: list[_Part]) -> Reader:
    def put(variables: Mapping[str, Any]) -> Arguments:
        given = fixed.copy()
        for variable, is_needed, name, convert, absent in parts:
            value = variables.get(variable, Undefined)
            if value is Undefined:
                if absent is Unusual:
                    raise Unusual
                if absent is not Undefined:
                    given[name] = absent
            elif value is None and is_needed:
                raise Unusual
            else:
                given[name] = value if convert is None else convert(value)
        return given

    return put


def _unusual(_: Mapping[str, Any]) -> Arguments:
    raise Unusual


def _constant(read: Reader) -> Reader:
    """Answer the arguments read already, if nobody who gets them can change them."""
    try:
        given = read({})
    except Exception:  # noqa: BLE001
        return read
    return (lambda _: given) if _is_unchanging(given) else read


def _is_unchanging(given: Arguments) -> bool:
    return all(isinstance(each, UNCHANGING) for each in given.values())
