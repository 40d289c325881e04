"""Source code that is being written, and the values that it names."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_INDENT = "    "


class Writer:
    """Lines with their indentation; `names` is what they will find when they run."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {}
        self._depth = 0
        self._variables = 0
        self._known: dict[tuple[str, int], str] = {}
        self._functions: list[str] = []

    @property
    def source(self) -> str:
        """The whole text."""
        return "\n".join([*self._functions, *self.lines]) + "\n"

    def line(self, text: str) -> None:
        """Write a line at the present depth."""
        self.lines.append(_INDENT * self._depth + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Write what is inside below a line that opens it."""
        self.line(head)
        self._depth += 1
        yield
        self._depth -= 1

    @contextmanager
    def function(self, head: str) -> Iterator[list[str]]:
        """Write a function apart from what is being written; lines given by then are its head."""
        outer, depth = self.lines, self._depth
        self.lines, self._depth = [], 1
        first: list[str] = []
        yield first
        body = self.lines
        self._functions += ["", head, *(_INDENT + each for each in first), *body]
        self.lines, self._depth = outer, depth

    def variable(self) -> str:
        """Answer a name that nothing else has."""
        self._variables += 1
        return f"v{self._variables}"

    def constant(self, prefix: str, value: Any) -> str:
        """Answer the name of a value; the same value has the same name."""
        key = (prefix, id(value))
        name = self._known.get(key)
        if name is None:
            name = self._known[key] = f"{prefix}_{len(self._known)}"
            self.names[name] = value
        return name
