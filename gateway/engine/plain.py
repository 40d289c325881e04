"""Which classes of values hold no surprise: no exception, nothing to wait for, nothing to call."""

from types import GeneratorType
from typing import Any

from graphql.pyutils import UndefinedType, is_awaitable

MOST_KEPT = 10_000
# An exception is an error, `Undefined` is null, and some generators are awaitable.
_NEVER = (Exception, UndefinedType, GeneratorType)


class Unusual(Exception):
    """A value that generated code leaves to the careful way."""


class PlainClasses(set[type]):
    """The classes met so far whose instances are values and nothing else."""

    def admit(self, value: Any) -> None:
        """Keep the class of a value; raises Unusual unless its instances are plain."""
        if not self.holds(value):
            raise Unusual

    def holds(self, value: Any) -> bool:
        """Whether a value is plain; keeps its class if it is."""
        kind = type(value)
        if kind in self:
            return True
        if isinstance(value, _NEVER) or callable(value) or is_awaitable(value):
            return False
        if len(self) >= MOST_KEPT:
            self.clear()
        self.add(kind)
        return True
