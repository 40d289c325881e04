"""Shares reads of the projection: one statement for everybody who asks for the same meanwhile."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from gateway.federation.errors import UnknownGroup
from gateway.federation.stock_blobs import StockBlob
from gateway.model.time import Clock
from gateway.projection.availability import StockRead, load_stock


class Reading:
    """A statement under way since `began`; `spoiled` are SKUs that have changed since then."""

    __slots__ = ("began", "skus", "spoiled", "task")

    def __init__(self, skus: frozenset[str], began: float) -> None:
        self.skus = skus
        self.began = began
        self.spoiled: set[str] = set()
        self.task: asyncio.Task[Mapping[str, StockBlob]]

    def spoil(self, skus: Iterable[str]) -> None:
        """What is read of them may be older than what the others are to be told."""
        self.spoiled.update(self.skus.intersection(skus))


Keep = Callable[[Reading, StockRead], Mapping[str, StockBlob]]


class StockReads:
    """The statements under way of this process; `keep` is given what each has brought.

    A SKU under way is not read again, unless it has changed since. An asker that is cancelled
    cancels nobody: what is read is kept.
    """

    def __init__(self, pool: Any, keep: Keep, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._keep = keep
        self._open: set[Reading] = set()
        self._under_way: dict[tuple[str, UUID | None], Reading] = {}

    def __len__(self) -> int:
        return len(self._open)

    async def read(
        self, skus: Sequence[str], group_id: UUID | None, *, anew: bool
    ) -> dict[str, StockBlob]:
        """Answer those of the SKUs that exist; `anew` is as of now. Raises UnknownGroup."""
        if anew:
            self.spoil(skus)
        readings = self._readings(skus, group_id)
        if readings:
            await asyncio.wait({each.task for each in readings.values()})
        told = {sku: each.task.result().get(sku) for sku, each in readings.items()}
        return {sku: blob for sku, blob in told.items() if blob is not None}

    def spoil(self, skus: Iterable[str]) -> None:
        """These have changed: what is read of them is for its askers only."""
        changed = set(skus)
        for each in self._open:
            each.spoil(changed)

    def spoil_older(self, seconds: float) -> None:
        """What began longer ago is for its askers only, whatever has changed."""
        since = self._clock.monotonic() - seconds
        for each in self._open:
            if each.began < since:
                each.spoil(each.skus)

    def spoil_everything(self) -> None:
        """Anything may have changed."""
        for each in self._open:
            each.spoil(each.skus)

    async def close(self) -> None:
        """Give up what is under way, and leave no task."""
        tasks = [each.task for each in self._open]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _readings(self, skus: Sequence[str], group_id: UUID | None) -> dict[str, Reading]:
        """Answer the statement that will tell of each SKU, a new one of all that none does."""
        readings = {
            sku: known
            for sku in skus
            if (known := self._under_way.get((sku, group_id))) and sku not in known.spoiled
        }
        absent = [sku for sku in skus if sku not in readings]
        return (
            readings | dict.fromkeys(absent, self._begin(absent, group_id)) if absent else readings
        )

    def _begin(self, skus: Sequence[str], group_id: UUID | None) -> Reading:
        reading = Reading(frozenset(skus), self._clock.monotonic())
        self._open.add(reading)
        self._under_way.update(((sku, group_id), reading) for sku in reading.skus)
        reading.task = asyncio.ensure_future(self._run(reading, group_id))
        reading.task.add_done_callback(_looked_at)
        return reading

    async def _run(self, reading: Reading, group_id: UUID | None) -> Mapping[str, StockBlob]:
        try:
            found = await load_stock(self._pool, sorted(reading.skus), group_id)
            if found is None:
                raise UnknownGroup("there is no such location group")
            return self._keep(reading, found)
        finally:
            self._open.discard(reading)
            for sku in reading.skus:
                if self._under_way.get((sku, group_id)) is reading:
                    del self._under_way[sku, group_id]


def _looked_at(task: "asyncio.Task[Any]") -> None:
    """Let a failure that nobody waits for any more be no warning: who asks next is told."""
    if not task.cancelled():
        task.exception()
