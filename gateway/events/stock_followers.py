"""Who follows the stock of some SKUs: what has changed of them is told once, however often."""

from collections.abc import Iterable
from contextlib import AbstractContextManager

from gateway.events.readers import Reader, Readers
from gateway.events.turns import Turns


class StockFollower(Reader):
    """One reader, and which of its SKUs have changed since it was told."""

    __slots__ = ("_changed", "skus")

    def __init__(self, skus: frozenset[str]) -> None:
        super().__init__()
        self.skus = skus
        self._changed: set[str] = set()

    def add(self, skus: Iterable[str]) -> None:
        """These have changed."""
        self._changed.update(skus)
        self.wake()

    async def take(self) -> tuple[str, ...]:
        """Answer what has changed, waiting for it; nothing where a checkpoint is due."""
        while not (self._changed or self.is_due):
            await self.wait()
        taken, self._changed = tuple(sorted(self._changed)), set()
        self.is_due = False
        return taken


class StockFollowers:
    """All readers of stock in this process, and up to where they were told: `position`."""

    def __init__(self, turns: Turns) -> None:
        self.position = 0
        self._readers: Readers[str, StockFollower] = Readers(turns)

    def __len__(self) -> int:
        return len(self._readers)

    def following(self, skus: frozenset[str]) -> AbstractContextManager[StockFollower]:
        """Answer a follower, for as long as the block lasts."""
        return self._readers.holding(StockFollower(skus), skus)

    def publish(self, skus: Iterable[str], upto: int) -> None:
        """Tell everybody who follows them that these have changed up to a place, at once."""
        for sku in set(skus):
            for follower in self._readers.of([sku]):
                follower.add([sku])
        self.position = upto

    def lose(self, position: int) -> None:
        """The sequence has gone back to a place: anything may have changed."""
        self.publish(self._readers.keys(), position)
