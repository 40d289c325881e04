"""What an operation came to, and its JSON."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLError

from gateway.engine.encoding import pieces
from gateway.engine.natives import encode
from gateway.engine.pacing import Pace

Show = Callable[[GraphQLError], Mapping[str, Any]]


def as_formatted(error: GraphQLError) -> Mapping[str, Any]:
    """Answer an error as the specification has it, with all that it says."""
    return error.formatted


@dataclass(slots=True)
class Response:
    """What an operation came to; one that was not executed has errors only.

    `filled` is the data as it is encoded: some values in it are left to orjson.
    """

    filled: dict[str, Any] | None
    errors: Sequence[GraphQLError]
    is_executed: bool = True
    pace: Pace | None = None

    @property
    def is_large(self) -> bool:
        """Whether writing it keeps others waiting; it is then better had in pieces."""
        return self.pace is not None

    @property
    def is_null(self) -> bool:
        """Whether there is no data."""
        return self.filled is None

    @property
    def data(self) -> dict[str, Any] | None:
        """The data as its JSON has it; costs as much as to write and read that."""
        data: dict[str, Any] | None = orjson.loads(encode(self.filled))
        return data

    def body(self, show: Show = as_formatted, extensions: Mapping[str, Any] | None = None) -> bytes:
        """Answer the whole response as JSON; `show` answers how an error is shown.

        Times in UTC may stand in the extensions as they are.
        """
        shown = [show(error) for error in self.errors] if self.errors else None
        return encode(self._content(shown, extensions))

    async def pieces(
        self, show: Show = as_formatted, extensions: Mapping[str, Any] | None = None
    ) -> tuple[bytes, ...]:
        """Answer the same JSON in pieces; between them others have their turn."""
        pace = self.pace or Pace()
        shown: list[Mapping[str, Any]] = []
        for part in pace.slices(self.errors):
            await pace.pass_on()
            shown += map(show, self.errors[part])
        made: list[bytes] = []
        for piece in pieces(self._content(shown, extensions)):
            made.append(piece)
            await pace.pass_on()
        return tuple(made)

    def _content(
        self, errors: list[Mapping[str, Any]] | None, extensions: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        content: dict[str, Any] = {"data": self.filled} if self.is_executed else {}
        if errors:
            content["errors"] = errors
        if extensions is not None:
            content["extensions"] = extensions
        return content
