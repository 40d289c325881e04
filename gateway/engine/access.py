"""How a field gets its values: from an attribute, for all parents at once, or for each."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from graphql import GraphQLField, default_field_resolver

Arguments: TypeAlias = dict[str, Any]
Convert: TypeAlias = Callable[[Any], Any]
Conversions: TypeAlias = Mapping[str, tuple[str, Convert | None]]
Guard: TypeAlias = Callable[[Any], None]
# Whether a value will be met again, and what a field's values depend on: see `keeping`.
Lasting: TypeAlias = Callable[[Any], bool]
Steady: TypeAlias = Callable[[Any], Hashable | None]


@dataclass(frozen=True, slots=True)
class Conversion:
    """What is made of arguments before a function is given them.

    `each` has, by an argument's name, what the function calls it, and what converts it unless it
    is given as it is; None where they are not converted one by one.
    """

    all: Callable[[Arguments], Arguments]
    each: Conversions | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """Read from the parent itself; `is_mapped`: a mapping's entry, else an attribute, else null.

    `in_columns`: its lists may be told by columns (`columns`).
    """

    name: str
    is_mapped: bool
    guards: tuple[Guard, ...] = ()
    in_columns: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """One call with all parents: `function(parents, context, **arguments)`.

    `by` is the one attribute of a parent that the function reads: parents that are equal there
    have the same value, and something with this attribute alone may stand for them.
    """

    function: Callable[..., Any]
    convert: Conversion | None = None
    guards: tuple[Guard, ...] = ()
    lasting: Lasting | None = None
    steady: Steady | None = None
    in_columns: bool = False
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Each:
    """One call per parent: `call(parent, info, arguments)`; no info is made where none is taken."""

    call: Callable[[Any, Any, Arguments], Any]
    convert: Conversion | None = None
    takes_info: bool = True
    guards: tuple[Guard, ...] = ()
    lasting: Lasting | None = None
    steady: Steady | None = None
    in_columns: bool = False


Access: TypeAlias = Attribute | Batch | Each
# What may be told of a field beside its function, and what holds where nothing is.
TOLD: Mapping[str, Any] = {"lasting": None, "steady": None, "in_columns": False, "by": None}
# Answers how a field is accessed whose resolver it knows, or None.
Reader: TypeAlias = Callable[[GraphQLField, Callable[..., Any]], Access | None]


def themselves(parents: list[Any], context: Any, **_: Any) -> list[Any]:
    """Answer the parents: a batch function of a field whose value is its parent."""
    return parents


def is_itself(access: Access) -> bool:
    """Whether a field's value is its parent, as an event is for the field of a subscription."""
    return isinstance(access, Batch) and access.function is themselves


def access_of(name: str, field: GraphQLField, reader: Reader | None = None) -> Access:
    """Answer how a field gets its values, with the guards that stand before it.

    A guard is a resolver with two attributes: `before`, called with the context and raising to
    refuse, and `__wrapped__`, the resolver behind it. Any other wrapping is left as it is.
    """
    resolve: Callable[..., Any] = field.resolve or default_field_resolver
    guards: list[Guard] = []
    while (before := getattr(resolve, "before", None)) is not None:
        guards.append(before)
        resolve = getattr(resolve, "__wrapped__")  # noqa: B009
    found = reader(field, resolve) if reader is not None else None
    access = _plain_access(name, resolve) if found is None else found
    return replace(access, guards=tuple(guards)) if guards else access


def _plain_access(name: str, resolve: Callable[..., Any]) -> Access:
    """Answer how graphql-core's own fields are accessed: `resolve.batch` takes all parents."""
    if resolve is default_field_resolver:
        return Attribute(name, is_mapped=True)
    function = getattr(resolve, "batch", None)
    told = {name: getattr(resolve, name, default) for name, default in TOLD.items()}
    by = told.pop("by")
    if function is not None:
        return Batch(function, by=by, **told)

    def call(parent: Any, info: Any, arguments: Mapping[str, Any]) -> Any:
        return resolve(parent, info, **arguments)

    return Each(call, **told)
