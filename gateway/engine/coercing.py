"""Coercers of input types, as code made once: usual values only, for all others they raise.

Whatever raises is graphql-core's to coerce again, and so are the words of what is wrong with it.
A scalar whose values mostly come in as they are says so by an attribute of its function:
`parse_value.fits(value)` answers whether this one does.

https://spec.graphql.org/October2021/#sec-Input-Values
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeAlias

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLString,
    Undefined,
    get_nullable_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
)
from graphql.utilities.coerce_input_value import coerce_default_value

from gateway.engine.plain import Unusual
from gateway.engine.writing import Writer

Coercer: TypeAlias = Callable[[Any], Any]
# Half of what graphql-core lets values be nested: what is deeper is its to judge.
MOST_NESTED = 100
# What stands for a list of itself: all that JSON has, but null and lists.
_SINGLE = (str, int, float, bool, dict)
_TESTS: dict[Any, str] = {
    GraphQLString: "type({0}) is str",
    GraphQLID: "type({0}) is str",
    GraphQLInt: "type({0}) is int and -2147483648 <= {0} <= 2147483647",
    GraphQLFloat: "type({0}) is float and {0} - {0} == 0",
    GraphQLBoolean: "type({0}) is bool",
}


class Coercers:
    """Writes how values of types are coerced, as expressions, with a function per input object."""

    def __init__(self) -> None:
        self.writer = Writer()
        self.writer.names.update(Unusual=Unusual, Undefined=Undefined, listed=_listed)
        self._objects: dict[GraphQLInputObjectType, str] = {}
        self._waiting: list[GraphQLInputObjectType] = []

    def expression(self, kind: Any, given: str) -> str:
        """Answer how a value of a type is coerced; it raises for what is not usual."""
        return self._value(kind, given, MOST_NESTED)

    def made(self, name: str, otherwise: Coercer) -> Coercer:
        """Answer a function that was written; `otherwise` where it is deeper than code can be."""
        self._write_objects()
        try:
            exec(compile(self.writer.source, f"<{name}>", "exec"), self.writer.names)
        except (RecursionError, SyntaxError):
            return otherwise
        made: Coercer = self.writer.names[name]
        return made

    def _value(self, kind: Any, given: str, left: int | str) -> str:
        """Answer how a value of a type is coerced; `left` levels may still be below it."""
        inner = get_nullable_type(kind)
        if is_list_type(inner):
            item = self.writer.variable()
            items = f"({given} if type({given}) is list else listed({given}))"
            written = f"[{self._value(inner.of_type, item, f'{left} - 1')} for {item} in {items}]"
        elif is_input_object_type(inner):
            written = f"{self._object(inner)}({given}, {left})"
        elif is_enum_type(inner):
            written = f"{self.writer.constant('names', _names(inner))}[{given}]"
        else:
            parsed = f"{self.writer.constant('parse', _parser(inner))}({given})"
            test = _TESTS.get(inner) or self._fits(inner)
            written = f"({given} if {test.format(given)} else {parsed})" if test else parsed
        return written if is_non_null_type(kind) else f"(None if {given} is None else {written})"

    def _fits(self, kind: Any) -> str | None:
        """Answer a scalar's own test for values that come in as they are, if it has one."""
        fits = getattr(kind.parse_value, "fits", None)
        return None if fits is None else f"{self.writer.constant('fits', fits)}({{0}})"

    def _object(self, kind: GraphQLInputObjectType) -> str:
        if kind not in self._objects:
            self._objects[kind] = f"object_{len(self._objects)}"
            self._waiting.append(kind)
        return self._objects[kind]

    def _write_objects(self) -> None:
        """Write the functions of the input objects that were met, and of those within them."""
        while self._waiting:
            kind = self._waiting.pop()
            with self.writer.function(f"def {self._objects[kind]}(value, left):"):
                self._fields(kind)

    def _fields(self, kind: GraphQLInputObjectType) -> None:
        writer = self.writer
        known = writer.constant("known", frozenset(kind.fields))
        with writer.block(
            f"if left < 0 or type(value) is not dict or not value.keys() <= {known}:"
        ):
            writer.line("raise Unusual")
        writer.line("done = {}")
        for name, each in kind.fields.items():
            key, given = each.out_name or name, writer.variable()
            with writer.block(f"if {name!r} in value:"):
                writer.line(f"{given} = value[{name!r}]")
                written = self._value(each.type, given, "left - 1")
                writer.line(f"done[{key!r}] = {written}")
            self._absent(each, key)
        if kind.is_one_of:
            with writer.block(
                "if len(value) != 1 or [each is None for each in done.values()] != [False]:"
            ):
                writer.line("raise Unusual")
        is_changed = kind.out_type is not GraphQLInputObjectType.out_type
        out = writer.constant("out", kind.out_type) if is_changed else ""
        writer.line(f"return {out}(done)" if out else "return done")

    def _absent(self, field: GraphQLInputField, key: str) -> None:
        """Write what stands where a field was left out: its default, or nothing."""
        writer = self.writer
        try:
            default = coerce_default_value(field)
        except TypeError:
            default = Unusual
        if default is Unusual or (default is Undefined and is_non_null_type(field.type)):
            with writer.block("else:"):
                writer.line("raise Unusual")
        elif default is not Undefined:
            with writer.block("else:"):
                writer.line(f"done[{key!r}] = {writer.constant('default', default)}")


def _listed(value: Any) -> list[Any]:
    if type(value) not in _SINGLE:
        raise Unusual
    return [value]


def _names(kind: GraphQLEnumType) -> dict[str, Any]:
    """Answer an enum's values by their names; one that cannot be had is missing."""
    found: dict[str, Any] = {}
    for name in kind.values:
        with suppress(Exception):
            found[name] = kind.coerce_input_value(name)
    return {name: value for name, value in found.items() if value is not Undefined}


def _parser(kind: Any) -> Coercer:
    """Answer a scalar's own coercer, for what is a value and makes one."""
    parse = kind.coerce_input_value

    def coerce(value: Any) -> Any:
        if value is None or value is Undefined:
            raise Unusual
        parsed = parse(value)
        if parsed is Undefined:
            raise Unusual
        return parsed

    return coerce
