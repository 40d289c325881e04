"""Who reads behind the tail: each is found by what it may hear, and has a bounded queue."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from gateway.events.entries import Entry
from gateway.events.errors import CursorExpired
from gateway.events.hearing import Hearer, Key, keys_of
from gateway.events.turns import Turns
from gateway.projection.tail import TailEntry

QUEUE_ENTRIES = 256


class Waiting:
    """One waits until another says that there is something."""

    __slots__ = ("_waiter",)

    def __init__(self) -> None:
        self._waiter: asyncio.Future[None] | None = None

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


class Follower(Waiting):
    """One reader: it is live, with a queue, or behind, and then it reads the log by itself.

    `position` is how far it was told.
    """

    __slots__ = ("_is_due", "_lost", "_most", "_pending", "hearer", "is_behind", "position")

    def __init__(self, hearer: Hearer, position: int, most: int, *, is_behind: bool) -> None:
        super().__init__()
        self.hearer = hearer
        self.position = position
        self.is_behind = is_behind
        self._most = most
        self._pending: list[Entry] = []
        self._is_due = False
        self._lost: CursorExpired | None = None

    def __len__(self) -> int:
        """Answer how many entries are queued."""
        return len(self._pending)

    def offer(self, entry: Entry) -> None:
        """Queue an entry; a reader that is too slow loses its queue, and is behind."""
        if self.is_behind or entry.position <= self.position:
            return
        if len(self._pending) >= self._most:
            self._pending, self.is_behind = [], True
        else:
            self._pending.append(entry)
        self.wake()

    def fall_due(self) -> None:
        """A checkpoint is due."""
        self._is_due = True
        self.wake()

    def lose(self, error: CursorExpired) -> None:
        """The log has gone back behind the reader."""
        self._lost = error
        self.wake()

    def take_due(self) -> bool:
        """Answer whether a checkpoint is due; then it is no more."""
        was_due, self._is_due = self._is_due, False
        return was_due

    async def take(self) -> list[Entry]:
        """Answer what is queued, waiting for it; nothing if a checkpoint is due, or it is behind.

        raises: CursorExpired.
        """
        while not (self._pending or self._is_due or self.is_behind or self._lost):
            await self.wait()
        if self._lost is not None:
            raise self._lost
        taken, self._pending = self._pending, []
        return taken


class Followers:
    """All readers of the events in this process, and up to where they were told: `position`."""

    def __init__(self, turns: Turns, queue_entries: int = QUEUE_ENTRIES) -> None:
        self.position = 0
        self._queue_entries = queue_entries
        self._turns = turns
        self._by_key: dict[Key, set[Follower]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @contextmanager
    def following(self, hearer: Hearer, position: int) -> Iterator[Follower]:
        """Answer a follower, for as long as the block lasts; nothing is left of it afterwards."""
        is_behind = position < self.position
        follower = Follower(hearer, position, self._queue_entries, is_behind=is_behind)
        keys, slot = hearer.keys(), self._turns.join(follower)
        for key in keys:
            self._by_key.setdefault(key, set()).add(follower)
        self._count += 1
        try:
            yield follower
        finally:
            self._count -= 1
            self._turns.leave(follower, slot)
            for key in keys:
                self._forget(key, follower)

    def is_live(self, follower: Follower) -> bool:
        """Answer whether a follower's queue is what comes next; who has caught up joins again."""
        if follower.is_behind and follower.position >= self.position:
            follower.is_behind = False
        return not follower.is_behind

    def publish(self, entries: Sequence[TailEntry], upto: int) -> None:
        """Tell everybody who may hear them the entries up to a place, at once."""
        for entry in entries:
            whole = Entry(entry.event.position, entry.event)
            for follower in self._candidates(entry):
                event = follower.hearer.hears(entry)
                if event is entry.event:
                    follower.offer(whole)
                elif event is not None:
                    follower.offer(Entry(event.position, event))
        self.position = upto

    def lose(self, position: int) -> None:
        """The log has gone back to a place: nobody who was told more can go on."""
        self.position = position
        for follower in {each for found in self._by_key.values() for each in found}:
            if follower.position > position:
                follower.lose(CursorExpired(position))

    def _candidates(self, entry: TailEntry) -> set[Follower]:
        found: set[Follower] = set()
        for key in keys_of(entry):
            found |= self._by_key.get(key, _NOBODY)
        return found

    def _forget(self, key: Key, follower: Follower) -> None:
        found = self._by_key[key]
        found.discard(follower)
        if not found:
            del self._by_key[key]


_NOBODY: frozenset[Follower] = frozenset()
