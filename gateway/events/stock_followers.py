"""Who follows the stock of some SKUs: what has changed of them is told once, however often."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from gateway.events.entries import StockEntry
from gateway.events.followers import Waiting
from gateway.events.turns import Turns


class StockFollower(Waiting):
    """One reader, and which of its SKUs have changed since it was told."""

    __slots__ = ("_changed", "_is_due", "skus")

    def __init__(self, skus: frozenset[str]) -> None:
        super().__init__()
        self.skus = skus
        self._changed: set[str] = set()
        self._is_due = False

    def add(self, skus: Iterable[str]) -> None:
        """These have changed."""
        self._changed.update(skus)
        self.wake()

    def fall_due(self) -> None:
        """A checkpoint is due."""
        self._is_due = True
        self.wake()

    async def take(self) -> tuple[str, ...]:
        """Answer what has changed, waiting for it; nothing where a checkpoint is due."""
        while not (self._changed or self._is_due):
            await self.wait()
        taken, self._changed, self._is_due = tuple(sorted(self._changed)), set(), False
        return taken


class StockFollowers:
    """All readers of stock in this process, and up to where they were told: `position`."""

    def __init__(self, turns: Turns) -> None:
        self.position = 0
        self._turns = turns
        self._by_sku: dict[str, set[StockFollower]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @contextmanager
    def following(self, skus: frozenset[str]) -> Iterator[StockFollower]:
        """Answer a follower, for as long as the block lasts; nothing is left of it afterwards."""
        follower = StockFollower(skus)
        slot = self._turns.join(follower)
        for sku in skus:
            self._by_sku.setdefault(sku, set()).add(follower)
        self._count += 1
        try:
            yield follower
        finally:
            self._count -= 1
            self._turns.leave(follower, slot)
            for sku in skus:
                self._forget(sku, follower)

    def publish(self, skus: Iterable[str], upto: int) -> None:
        """Tell everybody who follows them that these have changed up to a place, at once."""
        for sku in set(skus):
            for follower in self._by_sku.get(sku, ()):
                follower.add([sku])
        self.position = upto

    def lose(self, position: int) -> None:
        """The sequence has gone back to a place: anything may have changed."""
        self.publish(list(self._by_sku), position)

    def answer(self, skus: tuple[str, ...], at_least: int) -> StockEntry:
        """Answer what a follower is told now: everything up to here is in it, or was before."""
        return StockEntry(max(self.position, at_least), skus)

    def _forget(self, sku: str, follower: StockFollower) -> None:
        found = self._by_sku[sku]
        found.discard(follower)
        if not found:
            del self._by_sku[sku]
