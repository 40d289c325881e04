"""Converters of Strawberry's input types, found once; what is not of the usual kinds is left to it.

They do what `strawberry.types.arguments.convert_argument` does, whose every call looks types and
names up anew.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING
from typing import Any, TypeAlias

from strawberry.relay.types import GlobalID
from strawberry.scalars import is_scalar
from strawberry.schema.config import StrawberryConfig
from strawberry.types.arguments import StrawberryArgument, convert_arguments
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryOptional,
    has_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.lazy_type import LazyType
from strawberry.types.unset import UNSET

from gateway.engine.access import Arguments, Conversion

Read: TypeAlias = Callable[[Any], Any]


class _Unknown(Exception):
    """A type that is left to Strawberry."""


def conversion_of(
    arguments: list[StrawberryArgument], scalars: Any, config: StrawberryConfig
) -> Conversion:
    """Answer how a field's arguments are converted: as Strawberry does it."""
    inputs = _Inputs(scalars, config)
    try:
        parts = [
            (config.name_converter.from_argument(each), each.python_name, inputs.reader(each.type))
            for each in arguments
        ]
    except _Unknown:
        return Conversion(lambda given: convert_arguments(given, arguments, scalars, config))
    return Conversion(
        lambda given: _converted(given, parts),
        {name: (python, None if read is _as_it_is else read) for name, python, read in parts},
    )


def _converted(given: Mapping[str, Any], parts: Iterable[tuple[str, str, Read]]) -> Arguments:
    return {python: read(given[name]) for name, python, read in parts if name in given}


def _as_it_is(value: Any) -> Any:
    return value


class _Inputs:
    """The converters of one field's types."""

    def __init__(self, scalars: Any, config: StrawberryConfig) -> None:
        self._scalars = scalars
        self._config = config
        self._objects: dict[Any, Read] = {}

    def reader(self, kind: Any) -> Read:
        """Answer what converts a value of a type; raises _Unknown."""
        if isinstance(kind, StrawberryMaybe) or kind is GlobalID:
            raise _Unknown
        if isinstance(kind, StrawberryOptional):
            return self.reader(kind.of_type)
        if isinstance(kind, StrawberryList):
            return _unless_absent(self._list(kind.of_type))
        if isinstance(kind, LazyType):
            return self.reader(kind.resolve_type())
        if self._is_leaf(kind) or has_enum_definition(kind):
            return _as_it_is
        if has_object_definition(kind):
            return self._objects.get(kind) or self._object(kind)
        raise _Unknown

    def _is_leaf(self, kind: Any) -> bool:
        return is_scalar(kind, self._scalars) or isinstance(kind, StrawberryEnumDefinition)

    def _list(self, kind: Any) -> Read:
        read = self.reader(kind)
        return list if read is _as_it_is else lambda values: [read(each) for each in values]

    def _object(self, kind: Any) -> Read:
        definition = kind.__strawberry_definition__
        if definition.from_input is not None or not definition.is_input:
            raise _Unknown
        absent = {
            each.python_name: None
            for each in definition.fields
            if each.default_value is MISSING and each.default_factory is MISSING
        }
        parts: list[tuple[str, str, Read]] = []
        read = _unless_absent(lambda value: kind(**{**absent, **_converted(value, parts)}))
        self._objects[kind] = read
        parts += [
            (self._config.name_converter.from_field(each), each.python_name,
             self.reader(each.resolve_type(type_definition=definition)))
            for each in definition.fields
        ]  # fmt: skip
        return read


def _unless_absent(read: Read) -> Read:
    return lambda value: value if value is None or value is UNSET else read(value)
