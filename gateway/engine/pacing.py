"""Much work in slices, between which others have the loop, and the greater part of its time."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from time import thread_time
from typing import Any
from weakref import WeakKeyDictionary

# Objects that are made without a pause: a few milliseconds' worth.
MOST_AT_ONCE = 256
# While others want the loop, they have it for so many times as long as a slice took.
TIMES_FOR_OTHERS = 2.0
# What counts of a slice at most: who passes on for the first time has only begun.
LONGEST_SECONDS = 0.005
# In a turn of the loop that took less, nobody wanted it.
IDLE_SECONDS = 0.0001


class Line:
    """Where all large requests of a loop stand: one of them at a time goes on with a slice."""

    def __init__(self, clock: Callable[[], float] = thread_time) -> None:
        self._clock = clock
        self._turn = asyncio.Lock()
        self._went_on = clock()

    async def pass_on(self) -> None:
        """Let others have the loop for their part of the time, at least for one turn."""
        took = min(self._clock() - self._went_on, LONGEST_SECONDS)
        async with self._turn:
            await self._spend(took * TIMES_FOR_OTHERS)
            self._went_on = self._clock()

    async def _spend(self, seconds: float) -> None:
        """Let others work for so long, or until none of them wants to."""
        while True:
            began = self._clock()
            await asyncio.sleep(0)
            worked = self._clock() - began
            seconds -= worked
            if worked < IDLE_SECONDS or seconds <= 0:
                return


_LINES: WeakKeyDictionary[asyncio.AbstractEventLoop, Line] = WeakKeyDictionary()


async def pass_on() -> None:
    """Stand in the line of the running loop: whoever does much work calls this after a slice."""
    loop = asyncio.get_running_loop()
    line = _LINES.get(loop)
    if line is None:
        line = _LINES[loop] = Line()
    await line.pass_on()


class Pace:
    """How large the slices of an engine's requests are."""

    def __init__(self, most_at_once: int = MOST_AT_ONCE) -> None:
        self.most_at_once = most_at_once

    def slices(self, values: Sequence[Any]) -> Iterator[slice]:
        """Answer values in slices that may be worked through without a pause."""
        for start in range(0, len(values), self.most_at_once):
            yield slice(start, start + self.most_at_once)

    async def pass_on(self) -> None:
        """Let whatever is ready have its turn, other large requests among it."""
        await pass_on()
