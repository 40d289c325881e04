"""Who was to be asked for orders when they were read last, so that they can be asked at once.

What is remembered is looked up while they are asked: should something be missing by then, it is
asked for after; should something be too much, it was read for nothing.
"""

from collections.abc import Sequence

from gateway.federation.answers import OrderAnswer, OrderPart
from gateway.federation.order_keys import Name, OrderKey

MOST_REMEMBERED = 5000


class OrderMemory:
    """The parts of orders that can be asked for, by what the orders were asked by: the latest."""

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._most = most
        self._parts: dict[Name, tuple[OrderPart, ...]] = {}

    def parts_of(self, keys: Sequence[OrderKey]) -> list[OrderPart]:
        """Answer all parts of these orders; none where one of them is not remembered.

        So that no source is asked twice for a page of which a part is remembered.
        """
        known = [self._parts.get(key.name) for key in keys]
        if not all(known):
            return []
        return [part for parts in known if parts for part in parts]

    def keep(self, keys: Sequence[OrderKey], found: Sequence[Sequence[OrderAnswer]]) -> None:
        """Remember what was found, if it is one order."""
        for key, some in zip(keys, found, strict=True):
            self._parts.pop(key.name, None)
            if len(some) == 1:
                self._parts[key.name] = tuple(each for each in some[0].parts or () if each.refs)
        while len(self._parts) > self._most:
            del self._parts[next(iter(self._parts))]
