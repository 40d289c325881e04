"""Answers that several subscribers get, made once.

Subscribers of one caller with the same document are a circle: what one of them is told of a moment,
all are told, byte for byte. What was told is kept for a moment and no longer, since some of it may
be otherwise by then.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from gateway.graph.moments import LiveAnswer
from gateway.model.time import Clock

KEPT_SECONDS = 2.0
MOST_KEPT = 4_096
MOST_BYTES_KEPT = 8_388_608

Make = Callable[[], Awaitable[Sequence[LiveAnswer]]]
Made = TypeVar("Made", bound=Sequence[LiveAnswer] | None)


@dataclass(slots=True)
class _Made:
    """Answers of a moment, or why there are none; neither where whoever made them gave up."""

    begun_at: float
    done: asyncio.Event | None = None
    answers: Sequence[LiveAnswer] | None = None
    error: Exception | None = None
    size: int = 0


class Circle:
    """Subscribers that are told the same."""

    def __init__(self, sharing: "Sharing", key: Hashable) -> None:
        self.members = 0
        self.key = key
        self._sharing = sharing

    def at_once(self, moment: Hashable, make: Callable[[], Made]) -> Sequence[LiveAnswer] | Made:
        """Answer what is told of a moment, made without waiting, or what `make` has in its place.

        raises: whatever `make` does.
        """
        if self.members == 1:
            return make()
        place = (self, moment)
        made = self._sharing.find(place)
        if made is not None and made.answers is not None:
            return made.answers
        answers = make()
        if answers is not None:
            self._sharing.keep(place, answers)
        return answers

    async def get(self, moment: Hashable, make: Make) -> Sequence[LiveAnswer]:
        """Answer what is told of a moment; the first to ask makes it, the others wait for it.

        raises: what kept whoever made it from it.
        """
        if self.members == 1:
            return await make()
        place = (self, moment)
        made = self._sharing.find(place)
        if made is None:
            return await self._sharing.make(place, make)
        if made.done is not None:
            await made.done.wait()
        if made.error is not None:
            raise made.error
        if made.answers is None:  # whoever made it gave up
            return await self.get(moment, make)
        return made.answers

    def leave(self) -> None:
        """Be one less."""
        self._sharing.leave(self)


Place = tuple[Circle, Hashable]


class Sharing:
    """The circles of a process, and the last of what they were told: memory is bounded."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._circles: dict[Hashable, Circle] = {}
        self._kept: OrderedDict[Place, _Made] = OrderedDict()
        self._bytes = 0

    @property
    def kept(self) -> tuple[int, int]:
        """Answer how much is kept: moments, and bytes."""
        return len(self._kept), self._bytes

    def join(self, key: Hashable) -> Circle:
        """Answer the circle of a key, with one more in it."""
        circle = self._circles.get(key)
        if circle is None:
            circle = self._circles[key] = Circle(self, key)
        circle.members += 1
        return circle

    def leave(self, circle: Circle) -> None:
        """Take one out of a circle."""
        circle.members -= 1
        if circle.members == 0:
            del self._circles[circle.key]

    def find(self, place: Place) -> _Made | None:
        """Answer what is made of a moment, or being made, unless that was too long ago."""
        made = self._kept.get(place)
        return None if made is None or self._is_old(made) else made

    def keep(self, place: Place, answers: Sequence[LiveAnswer]) -> None:
        """Keep what is told of a moment, made without waiting."""
        self._drop(place)
        made = self._kept[place] = _Made(self._clock.monotonic(), answers=answers)
        self._weigh(made, answers)

    async def make(self, place: Place, make: Make) -> Sequence[LiveAnswer]:
        """Make what is told of a moment, and let others wait for it."""
        self._drop(place)
        done = asyncio.Event()
        made = self._kept[place] = _Made(self._clock.monotonic(), done)
        try:
            answers = made.answers = await make()
        except Exception as error:
            made.error = error
            raise
        finally:
            done.set()
            if made.answers is None and self._kept.get(place) is made:
                self._drop(place)
        if self._kept.get(place) is made:
            self._weigh(made, answers)
        return answers

    def _weigh(self, made: _Made, answers: Sequence[LiveAnswer]) -> None:
        """Count what has come to be kept; what is too much, or too old, is kept no longer."""
        made.size = sum(len(each.body) for each in answers)
        self._bytes += made.size
        self._trim()

    def _trim(self) -> None:
        while self._kept:
            place, oldest = next(iter(self._kept.items()))
            is_within = len(self._kept) <= MOST_KEPT and self._bytes <= MOST_BYTES_KEPT
            if is_within and not self._is_old(oldest):
                return
            self._drop(place)

    def _drop(self, place: Place) -> None:
        made = self._kept.pop(place, None)
        if made is not None:
            self._bytes -= made.size

    def _is_old(self, made: _Made) -> bool:
        return made.begun_at + KEPT_SECONDS < self._clock.monotonic()
