"""When readers are due a checkpoint: a few of them at every tick, each once in a round."""

from typing import Protocol

SLOTS = 30


class Due(Protocol):
    """Who is to be told how far it is."""

    def fall_due(self) -> None:
        """It is time."""


class Turns:
    """A round of slots; a tick passes to the next one. No reader has a timer of its own."""

    def __init__(self) -> None:
        self._slots: list[set[Due]] = [set() for _ in range(SLOTS)]
        self._now = 0

    def __len__(self) -> int:
        return sum(map(len, self._slots))

    def join(self, reader: Due) -> int:
        """Take part from now on, due after a whole round; answer the slot."""
        self._slots[self._now].add(reader)
        return self._now

    def leave(self, reader: Due, slot: int) -> None:
        """Take part no more."""
        self._slots[slot].discard(reader)

    def tick(self) -> None:
        """Let the readers of the next slot be due."""
        self._now = (self._now + 1) % SLOTS
        for each in self._slots[self._now]:
            each.fall_due()
