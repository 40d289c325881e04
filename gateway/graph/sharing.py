"""Answers that several subscribers get, made once.

Subscribers of one caller with the same document are a circle: what one of them is told of a moment,
all are told, byte for byte. What was told is kept for a moment and no longer, since some of it may
be otherwise by then.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from gateway.graph.moments import LiveAnswer
from gateway.model.time import Clock

KEPT_SECONDS = 2.0
MOST_KEPT = 4_096
MOST_BYTES_KEPT = 8_388_608

M = TypeVar("M")
# Answers what is told of each of some moments.
Make = Callable[[list[M]], Awaitable[Sequence[Sequence[LiveAnswer]]]]
Made = TypeVar("Made", bound=Sequence[LiveAnswer] | None)


@dataclass(slots=True)
class _Made:
    """Answers of a moment, or why there are none; neither where whoever made them gave up."""

    begun_at: float
    done: asyncio.Event | None = None
    answers: Sequence[LiveAnswer] | None = None
    error: Exception | None = None
    size: int = 0

    def told(self) -> Sequence[LiveAnswer] | None:
        """Answer what was made, None where it was given up; raises what kept it from being made."""
        if self.error is not None:
            raise self.error
        return self.answers


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

    async def get(self, moments: Mapping[Hashable, M], make: Make[M]) -> list[Sequence[LiveAnswer]]:
        """Answer what is told of each moment, by their keys in the order of these.

        The first to ask makes it, those that nobody has in common; the others wait for it.

        raises: what kept whoever made it from it.
        """
        if self.members == 1:
            return list(await make([*moments.values()]))
        known = ((key, self._sharing.find((self, key))) for key in moments)
        found = {key: made for key, made in known if made is not None}
        missing = [key for key in moments if key not in found]
        if missing:
            places = [(self, key) for key in missing]
            new = await self._sharing.make(places, make([moments[key] for key in missing]))
            found.update(zip(missing, new, strict=True))
        under_way = [made.done for made in found.values() if made.done and not made.done.is_set()]
        await asyncio.gather(*(each.wait() for each in under_way))
        told = {key: answers for key in moments if (answers := found[key].told()) is not None}
        given_up = {key: each for key, each in moments.items() if key not in told}
        if given_up:
            told.update(zip(given_up, await self.get(given_up, make), strict=True))
        return [told[key] for key in moments]

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
        made = self._begin(place, _Made(self._clock.monotonic(), answers=answers))
        self._weigh(made, answers)

    async def make(
        self, places: Sequence[Place], making: Awaitable[Sequence[Sequence[LiveAnswer]]]
    ) -> list[_Made]:
        """Have what is told of some moments made in common, and let others wait for it.

        raises: what kept it from being made.
        """
        done, now = asyncio.Event(), self._clock.monotonic()
        made = [self._begin(place, _Made(now, done)) for place in places]
        try:
            for each, answers in zip(made, await making, strict=True):
                each.answers = answers
        except Exception as error:
            for each in made:
                each.error = error
            raise
        finally:
            done.set()
            for place, each in zip(places, made, strict=True):
                self._end(place, each)
        return made

    def _begin(self, place: Place, made: _Made) -> _Made:
        self._drop(place)
        self._kept[place] = made
        return made

    def _end(self, place: Place, made: _Made) -> None:
        """Keep what has been made, unless it has been forgotten meanwhile."""
        if self._kept.get(place) is not made:
            return
        if made.answers is None:
            self._drop(place)
        else:
            self._weigh(made, made.answers)

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
