"""Readers that wait to be told something, and how those whom it concerns are found."""

import asyncio
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from gateway.events.turns import Turns

K = TypeVar("K", bound=Hashable)
R = TypeVar("R", bound="Reader")


class Reader:
    """One waits until there is something, or a checkpoint is due."""

    __slots__ = ("_waiter", "is_due")

    def __init__(self) -> None:
        self.is_due = False
        self._waiter: asyncio.Future[None] | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether it waits, and has not been woken yet: all that it was given is dealt with."""
        return self._waiter is not None and not self._waiter.done()

    def wake(self) -> None:
        """There is something."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self) -> None:
        """Wait for it."""
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def fall_due(self) -> None:
        """A checkpoint is due."""
        self.is_due = True
        self.wake()

    def take_due(self) -> bool:
        """Answer whether a checkpoint is due; then it is no more."""
        was_due, self.is_due = self.is_due, False
        return was_due


class Readers(Generic[K, R]):
    """All readers of one kind, each by its keys."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._by_key: dict[K, set[R]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @contextmanager
    def holding(self, reader: R, keys: Iterable[K]) -> Iterator[R]:
        """Find the reader for as long as the block lasts; nothing is left of it afterwards."""
        held, slot = tuple(keys), self._turns.join(reader)
        for key in held:
            self._by_key.setdefault(key, set()).add(reader)
        self._count += 1
        try:
            yield reader
        finally:
            self._count -= 1
            self._turns.leave(reader, slot)
            for key in held:
                self._forget(key, reader)

    def of(self, keys: Iterable[K]) -> set[R]:
        """Answer the readers that have any of the keys."""
        found: set[R] = set()
        for key in keys:
            readers = self._by_key.get(key)
            if readers is not None:
                found |= readers
        return found

    def keys(self) -> list[K]:
        """Answer every key that somebody has."""
        return list(self._by_key)

    def _forget(self, key: K, reader: R) -> None:
        readers = self._by_key[key]
        readers.discard(reader)
        if not readers:
            del self._by_key[key]
