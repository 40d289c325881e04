"""Stock that Postgres is asked for each time: what it tells again is not put together again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from gateway.cache import BoundedCache
from gateway.engine.pacing import pass_on
from gateway.federation.answers import Row
from gateway.federation.composing import stock_of
from gateway.federation.errors import UnknownGroup
from gateway.federation.stock_blobs import StockBlob
from gateway.federation.stock_lots import StockLots
from gateway.projection.availability import positions_of
from gateway.projection.locations import load_locations
from gateway.projection.pausing import in_lots
from gateway.projection.position_bytes import SkuTold, read_skus
from gateway.projection.positions import GroupRead, read_group

MOST_ENTRIES, MOST_BYTES = 50_000, 128 * 1024 * 1024
MOST_MET = 50_000


@dataclass(frozen=True, slots=True)
class _Group:
    """A group as it was told last; `number` is one that none told otherwise had."""

    told: bytes
    read: GroupRead
    number: int


@dataclass(frozen=True, slots=True)
class _Known:
    """What was told of a SKU in a group of that number, and what was made of it."""

    told: SkuTold
    group: int
    blob: StockBlob

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return self.blob.size + self.told.size


class ToldStock:
    """Blobs by what they were made of, byte for byte, in a bounded cache.

    Each answer is what Postgres says by a statement that began after it was asked for: a blob is
    used again only where that says the very same, of the group with its watermarks too. So
    nothing here can be too old, and nothing has to be forgotten. It is kept when it is met again.
    """

    def __init__(
        self, pool: Any, *, max_entries: int = MOST_ENTRIES, max_bytes: int = MOST_BYTES
    ) -> None:
        self.cache = BoundedCache(
            max_entries=max_entries, max_bytes=max_bytes, size_of=lambda known: known.size
        )
        self.again = self.anew = 0
        # Another number whenever a statement tells of other locations than one before.
        self.edition = 0
        self._pool = pool
        self._lots = StockLots(pool)
        self._met: set[int] = set()
        self._groups: dict[UUID | None, _Group] = {}
        self._numbers = 0
        self._written: dict[UUID | None, tuple[str, int]] = {}
        self._places: dict[UUID, Row] = {}

    @property
    def looks(self) -> dict[str, int]:
        """Answer how many SKUs were asked for, by whether they were told as before."""
        return {"AGAIN": self.again, "ANEW": self.anew}

    async def look(self, skus: Sequence[str], group_id: UUID | None) -> dict[str, StockBlob]:
        """Answer what the projection has of those of the SKUs that exist; raises UnknownGroup."""
        lot = await self._lots.told(skus, group_id)
        if lot.told is None:
            raise UnknownGroup("there is no such location group")
        group = self._group(group_id, lot.told.group)
        self._note_places(group_id, group.read.written, lot.number)
        all_told = lot.told.skus
        told = {sku: all_told[sku] for sku in skus if sku in all_told}
        found: dict[str, StockBlob] = {}
        lots = in_lots(told.items(), positions_of)
        for some in lots:
            if some is not lots[0]:
                await pass_on()
            self._put_together(some, group_id, group, found)
        return found

    async def locations(self, ids: Sequence[UUID]) -> list[Row | None]:
        """Answer the locations of positions that were just read, as of then or later."""
        places = self._places
        absent = [each for each in ids if each not in places]
        if absent:
            # If others are told meanwhile, these are kept for nobody.
            places.update(await load_locations(self._pool, absent))
        return [places.get(each) for each in ids]

    async def close(self) -> None:
        """Give up what is being read."""
        await self._lots.close()

    def _group(self, group_id: UUID | None, told: bytes) -> _Group:
        known = self._groups.get(group_id)
        if known is None or known.told != told:
            self._numbers += 1
            known = self._groups[group_id] = _Group(told, read_group(told), self._numbers)
            self._lots.note(group_id, len(known.read.places))
        return known

    def _put_together(
        self,
        lot: Sequence[tuple[str, SkuTold]],
        group_id: UUID | None,
        group: _Group,
        found: dict[str, StockBlob],
    ) -> None:
        """Find the blobs of SKUs that are told again; make those of all others together."""
        keys = [(sku, group_id) for sku, _ in lot]
        anew: list[tuple[str, SkuTold]] = []
        for known, (sku, told) in zip(self.cache.peek_many(keys), lot, strict=True):
            if known is not None and known.group == group.number and known.told == told:
                found[sku] = known.blob
            else:
                anew.append((sku, told))
        self.again += len(lot) - len(anew)
        self.anew += len(anew)
        all_read = read_skus(group.read, [told for _, told in anew])
        for (sku, told), read in zip(anew, all_read, strict=True):
            blob = found[sku] = StockBlob(stock_of(sku, group.read.group, read))
            if self._was_met(hash((sku, group_id, told.positions))):
                blob.keep_apart()
                self.cache.put((sku, group_id), _Known(told, group.number, blob))

    def _was_met(self, words: int) -> bool:
        """Answer whether words were met lately: those that are not met again are not worth a place.

        To let go as much as is kept, for each SKU of a catalogue that is asked for once, would
        take as long as to put it together.
        """
        if words in self._met:
            return True
        if len(self._met) >= MOST_MET:
            self._met.clear()
        self._met.add(words)
        return False

    def _note_places(self, group_id: UUID | None, written: str, statement: int) -> None:
        """Let go the locations that were read, if the latest statement tells of another edition."""
        known, since = self._written.get(group_id, ("", -1))
        if statement < since:
            return
        self._written[group_id] = written, statement
        if written != known:
            self._places = {}
            self.edition += 1
