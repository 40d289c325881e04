"""Much work in slices, between which others have the loop."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

# Objects that are made without a pause: a few milliseconds' worth.
MOST_AT_ONCE = 256


def weight(values: Sequence[Any]) -> int:
    """Answer how many objects values come to at least: a list counts as its items."""
    return sum([len(each) if type(each) is list else 1 for each in values])


def slices(values: Sequence[Any], most: int) -> Iterator[slice]:
    """Answer the values in slices of so many objects, or of one value that is more by itself."""
    start = made = 0
    for place, each in enumerate(values):
        more = len(each) if type(each) is list else 1
        if made and made + more > most:
            yield slice(start, place)
            start, made = place, 0
        made += more
    if made or start < len(values):
        yield slice(start, len(values))


class Pace:
    """One for all requests of an engine: in a turn of the loop one of them goes on with a slice."""

    def __init__(self, most_at_once: int = MOST_AT_ONCE) -> None:
        self.most_at_once = most_at_once
        self._turn = asyncio.Lock()

    def is_much(self, values: Sequence[Any]) -> bool:
        """Whether values are better worked through in slices."""
        return weight(values) > self.most_at_once

    def slices(self, values: Sequence[Any]) -> Iterator[slice]:
        """Answer values in slices that may be worked through without a pause."""
        return slices(values, self.most_at_once)

    async def pass_on(self) -> None:
        """Let whatever is ready have its turn, other large requests among it."""
        async with self._turn:
            await asyncio.sleep(0)
