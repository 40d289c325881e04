"""Who reads behind the tail: each is found by what it may hear, and has a bounded queue."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from gateway.events.entries import Entry
from gateway.events.errors import CursorExpired
from gateway.events.hearing import Hearer, Key, keys_of
from gateway.events.readers import Reader, Readers
from gateway.events.turns import Turns
from gateway.projection.tail import TailEntry

QUEUE_ENTRIES = 256
# Takes an entry at once, or answers that it does not; it raises nothing.
Hand = Callable[[Entry], bool]


class Follower(Reader):
    """One reader: it is live, with a queue, or behind, and then it reads the log by itself.

    `position` is how far it was told. A live one that waits is told by its hand, where it has one
    that takes the entry: nobody has to be woken for it.
    """

    __slots__ = ("_hand", "_lost", "_most", "_pending", "hearer", "is_behind", "position")

    def __init__(
        self, hearer: Hearer, position: int, most: int, *, is_behind: bool, hand: Hand | None = None
    ) -> None:
        super().__init__()
        self._hand = hand
        self.hearer = hearer
        self.position = position
        self.is_behind = is_behind
        self._most = most
        self._pending: list[Entry] = []
        self._lost: CursorExpired | None = None

    @property
    def queued(self) -> int:
        """How many entries are queued."""
        return len(self._pending)

    def offer(self, entry: Entry) -> None:
        """Hand an entry over, or queue it; who is too slow loses its queue, and is behind."""
        if self.is_behind or entry.position <= self.position:
            return
        if self._hand is not None and self.is_waiting and self._hand(entry):
            self.position = entry.position
            return
        if len(self._pending) >= self._most:
            self._pending, self.is_behind = [], True
        else:
            self._pending.append(entry)
        self.wake()

    def lose(self, error: CursorExpired) -> None:
        """The log has gone back behind the reader."""
        self._lost = error
        self.wake()

    async def take(self) -> list[Entry]:
        """Answer what is queued, waiting for it; nothing if a checkpoint is due, or it is behind.

        raises: CursorExpired.
        """
        while not (self._pending or self.is_due or self.is_behind or self._lost):
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
        self._readers: Readers[Key, Follower] = Readers(turns)

    def __len__(self) -> int:
        return len(self._readers)

    def following(
        self, hearer: Hearer, position: int, hand: Hand | None = None
    ) -> AbstractContextManager[Follower]:
        """Answer a follower, for as long as the block lasts."""
        is_behind = position < self.position
        follower = Follower(hearer, position, self._queue_entries, is_behind=is_behind, hand=hand)
        return self._readers.holding(follower, hearer.keys())

    def is_live(self, follower: Follower) -> bool:
        """Answer whether a follower's queue is what comes next; who has caught up joins again."""
        if follower.is_behind and follower.position >= self.position:
            follower.is_behind = False
        return not follower.is_behind

    def publish(self, entries: Sequence[TailEntry], upto: int) -> None:
        """Tell everybody who may hear them the entries up to a place, at once."""
        for entry in entries:
            whole = Entry(entry.event.position, entry.event)
            for follower in self._readers.of(keys_of(entry)):
                event = follower.hearer.hears(entry)
                if event is entry.event:
                    follower.offer(whole)
                elif event is not None:
                    follower.offer(Entry(event.position, event))
        self.position = upto

    def lose(self, position: int) -> None:
        """The log has gone back to a place: nobody who was told more can go on."""
        self.position = position
        for follower in self._readers.of(self._readers.keys()):
            if follower.position > position:
                follower.lose(CursorExpired(position))
