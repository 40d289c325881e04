"""Much work in slices, between which others have the loop."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

# Objects that are made without a pause: a few milliseconds' worth.
MOST_AT_ONCE = 256


class Pace:
    """One for all requests of an engine: in a turn of the loop one of them goes on with a slice."""

    def __init__(self, most_at_once: int = MOST_AT_ONCE) -> None:
        self.most_at_once = most_at_once
        self._turn = asyncio.Lock()

    def slices(self, values: Sequence[Any]) -> Iterator[slice]:
        """Answer values in slices that may be worked through without a pause."""
        for start in range(0, len(values), self.most_at_once):
            yield slice(start, start + self.most_at_once)

    async def pass_on(self) -> None:
        """Let whatever is ready have its turn, other large requests among it."""
        async with self._turn:
            await asyncio.sleep(0)
