"""Rows near the processor: copies of positions in this process, as true as the log's tail."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from gateway.cache import BoundedCache
from gateway.federation.answers import AvailabilityAnswer, Row
from gateway.federation.composing import stock_of
from gateway.federation.errors import UnknownGroup
from gateway.federation.stock_ages import StockView
from gateway.federation.stock_blobs import Standing, StockBlob
from gateway.federation.stock_reads import Reading, StockReads
from gateway.model.time import Clock
from gateway.projection.availability import StockRead, load_stock
from gateway.projection.ground import Ground, load_all_locations, load_ground
from gateway.projection.positions import SellingGroup


class StockCopies:
    """A blob per (SKU, group) in a bounded cache; the tail tells what to forget (`events.Mirror`).

    It steps aside, and Postgres answers, while the last complete round of the tail began longer
    ago than `max_lag_seconds`; those who ask for the same meanwhile share a statement even then,
    unless it began as long ago.
    """

    def __init__(
        self,
        pool: Any,
        clock: Clock,
        *,
        max_entries: int,
        max_bytes: int,
        max_lag_seconds: float,
    ) -> None:
        self.cache = BoundedCache(
            max_entries=max_entries, max_bytes=max_bytes, size_of=lambda blob: blob.size
        )
        self.hits = self.misses = self.aside = 0
        self._pool = pool
        self._clock = clock
        self._max_lag_seconds = max_lag_seconds
        self._reads = StockReads(pool, self._keep, clock)
        self._aside = StockReads(pool, lambda _, read: blobs_of(read), clock)
        self._began = self._since = float("-inf")
        self._next: Ground | None = None
        self._ground: Ground | None = None
        self._standings: dict[UUID | None, Standing] = {}
        self._places: Mapping[UUID, Row] = {}
        self._edition = 0

    @property
    def looks(self) -> dict[str, int]:
        """Answer how many SKUs were asked for, by where their rows were."""
        return {"HIT": self.hits, "MISS": self.misses, "ASIDE": self.aside}

    # What the tail tells

    @property
    def is_keeping(self) -> bool:
        """Whether there is a copy, or one is being read."""
        return len(self.cache) > 0 or len(self._reads) > 0

    async def begin(self) -> None:
        """Read the ground of the round."""
        self._began = self._clock.monotonic()
        ground = await load_ground(self._pool)
        if self._ground is None or ground.places != self._ground.places:
            self._places = await load_all_locations(self._pool)
            self._edition += 1
        self._next = ground

    def forget(self, skus: Iterable[str]) -> None:
        """Let go the copies of SKUs that have changed, those that are being read too."""
        self._reads.spoil(skus)
        keys = {each.key for each in self._standings.values()}
        self.cache.drop((sku, key) for sku in skus for key in keys)

    def forget_everything(self) -> None:
        """Let go every copy, and step aside until a round is complete."""
        self._reads.spoil_everything()
        self.cache.drop_where(lambda key: True)
        self._ground, self._standings = None, {}

    def complete(self) -> None:
        """Judge by the round's ground: all that was changed before it is forgotten by now."""
        if self._next is None:
            return
        self._ground, self._next, self._since = self._next, None, self._began
        before = self._standings
        standings: dict[UUID | None, Standing] = {
            key: _standing(group, self._ground, before.get(key))
            for key, group in self._ground.groups.items()
        }
        if self._ground.default is not None:
            standings[None] = standings[self._ground.default]
        gone = {
            each.key
            for key, each in before.items()
            if key is not None
            and (key not in standings or standings[key].group.shape != each.group.shape)
        }
        self._standings = standings
        if gone:
            self.cache.drop_where(lambda key: key[1] in gone)

    # What askers are told

    def answers(
        self, skus: Sequence[str], group_id: UUID | None, view: StockView
    ) -> list[AvailabilityAnswer] | None:
        """Answer at once, if there is a copy of every SKU and all are young enough."""
        standing = self._standing(group_id)
        if standing is None:
            return None
        answers, key = [], standing.key
        for blob in self.cache.peek_many([(sku, key) for sku in skus]):
            if blob is None:
                return None
            blob.stand(standing)
            judged = blob.judged(view)
            if judged.is_too_old:
                return None
            answers.append(judged.answer)
        self.hits += len(answers)
        return answers

    async def look(
        self, skus: Sequence[str], group_id: UUID | None, view: StockView, *, anew: bool = False
    ) -> dict[str, StockBlob]:
        """Answer what is known of those of the SKUs that exist; what is too old is read again.

        `anew` reads everything as of now. Raises UnknownGroup.
        """
        standing = self._standing(group_id)
        if standing is None:
            self.aside += len(skus)
            self._aside.spoil_older(self._max_lag_seconds)
            return await self._aside.read(skus, group_id, anew=anew)
        found = {} if anew else self._young(skus, standing, view)
        absent = [sku for sku in skus if sku not in found]
        self.hits += len(found)
        self.misses += len(absent)
        if absent:
            found |= await self._reads.read(absent, standing.group.id, anew=anew)
        return found

    @property
    def edition(self) -> int | None:
        """Answer which locations are known, by a number that none of others had; None if too old.

        Those of a number never change.
        """
        return None if self._standing(None) is None else self._edition

    def locations(self, ids: Sequence[UUID]) -> list[Row] | None:
        """Answer locations, in the asked order, if they are all known and none can be too old."""
        if self._standing(None) is None:
            return None
        found = [self._places[each] for each in ids if each in self._places]
        return found if len(found) == len(ids) else None

    async def close(self) -> None:
        """Give up what is being read."""
        await self._reads.close()
        await self._aside.close()

    def _standing(self, group_id: UUID | None) -> Standing | None:
        """Answer what the copies of a group are judged by; None while the tail is too far back."""
        if self._clock.monotonic() - self._since > self._max_lag_seconds:
            return None
        return self._standings.get(group_id)

    def _young(
        self, skus: Sequence[str], standing: Standing, view: StockView
    ) -> dict[str, StockBlob]:
        found: dict[str, StockBlob] = {}
        blobs = self.cache.peek_many([(sku, standing.key) for sku in skus])
        for sku, blob in zip(skus, blobs, strict=True):
            if blob is not None:
                blob.stand(standing)
                if not blob.judged(view).is_too_old:
                    found[sku] = blob
        return found

    def _keep(self, reading: Reading, read: StockRead) -> dict[str, StockBlob]:
        """Keep what nobody has changed since, if it was read of the group as it stands."""
        blobs = blobs_of(read)
        standing = self._standings.get(read.group.id)
        if standing is not None and standing.group.shape == read.group.shape:
            for sku, blob in blobs.items():
                if sku not in reading.spoiled:
                    blob.keep_apart()
                    blob.stand(standing)
                    self.cache.put((sku, standing.key), blob)
        return blobs


async def look_directly(
    pool: Any, skus: Sequence[str], group_id: UUID | None
) -> dict[str, StockBlob]:
    """Answer what the projection has of those of the SKUs that exist; raises UnknownGroup."""
    read = await load_stock(pool, skus, group_id)
    if read is None:
        raise UnknownGroup("there is no such location group")
    return blobs_of(read)


def blobs_of(read: StockRead) -> dict[str, StockBlob]:
    """Answer what was read, a blob for each SKU."""
    return {sku: StockBlob(stock_of(sku, read.group, each)) for sku, each in read.skus.items()}


def _standing(group: SellingGroup, ground: Ground, before: Standing | None) -> Standing:
    """Answer the former standing where nothing has moved."""
    new = Standing(str(group.id), group, ground.dating)
    return before if before == new else new
