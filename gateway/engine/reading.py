"""Reading an entry of a value as graphql-core's default resolver does, and a list's items."""

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from inspect import CO_ITERABLE_COROUTINE
from types import GeneratorType
from typing import Any

from gateway.engine.columns import Columns

_AGAIN: tuple[type, ...] = (type({}.values()), type({}.keys()), set, frozenset, deque, range)


def getter(value: Any) -> Callable[[str], Any]:
    """Answer what reads a mapping's entries, or else an object's attributes; None if missing."""
    return value.get if isinstance(value, Mapping) else partial(_attribute, value)


def _attribute(value: Any, name: str) -> Any:
    return getattr(value, name, None)


def copied(value: Any) -> Any:
    """Answer what can be walked through again as a list; anything else as it is."""
    return list(value) if type(value) in _AGAIN or isinstance(value, Columns) else value


def listed(value: Any) -> Any:
    """Answer the same, a generator's items too, or the exception that it failed with."""
    if type(value) is not GeneratorType or value.gi_code.co_flags & CO_ITERABLE_COROUTINE:
        return copied(value)
    try:
        return list(value)
    except Exception as error:  # noqa: BLE001
        return error
