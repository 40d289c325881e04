"""What the tills of a location may sell, told to Square as physical counts.

A count stands from when it is told: Square takes off what is sold later, and what was sold before
it is in it. Whether a request of which some counts are refused takes the others is not documented,
so those are told again: a count is absolute. Each leaves a record, so what Square has counted so
already is not told.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.square import wire
from connectors.square.catalogue import Catalogue
from connectors.square.client import CHANGES, SquareClient, instant, words
from connectors.square.mapping import IN_STOCK
from connectors.square.stock import Stock
from gateway.connect.concurrency import concurrently
from gateway.connect.deadline import Deadline
from gateway.connect.errors import NotFound, Rejected, SourceError
from gateway.connect.records import Mapped, StockLevel
from gateway.model.time import Clock

Count = dict[str, Any]
Outcome = SourceError | None
Refusals = dict[StockLevel, SourceError]
# Square refuses a count of the future, and clocks may be apart.
BEHIND = timedelta(seconds=2)
# Where an error is, by the number of the change: `changes[3].physical_count.location_id`.
_PLACE = re.compile(r"^changes\[([0-9]{1,3})\]", re.ASCII)


class Published:
    """The counts that one account is told, where it has others."""

    def __init__(
        self, client: SquareClient, catalogue: Catalogue, stock: Stock, clock: Clock
    ) -> None:
        self._client = client
        self._catalogue = catalogue
        self._stock = stock
        self._clock = clock

    async def tell(self, levels: Sequence[StockLevel], deadline: Deadline) -> list[Outcome]:
        """Answer, per level, why Square did not take it; raises where none could be told."""
        refused: Refusals = {x: Rejected("fewer than none") for x in levels if x.quantity < 0}
        asked = [each for each in levels if each not in refused]
        objects = await self._catalogue.objects_of((x.position.item for x in asked), deadline)
        for each in asked:
            unknown = self._unknown(each.position.item, objects)
            if unknown is not None:
                refused[each] = unknown
        news = await self._news([each for each in asked if each not in refused], deadline)
        refused |= await self._in_lots(news, objects, deadline)
        return [refused.get(each) for each in levels]

    def _unknown(self, item: str, objects: Mapping[str, str]) -> Outcome:
        """Answer why nothing can be told of an item, None where its variation is known."""
        if item not in objects:
            return NotFound(f"Square has no variation with the SKU {item!r}")
        if self._catalogue.is_shared(item):
            return Rejected(f"two variations have the SKU {item!r}: neither is told anything")
        return None

    async def _news(self, levels: Sequence[StockLevel], deadline: Deadline) -> list[StockLevel]:
        """Answer the levels that Square has another count of, or none."""
        found = await self._stock.levels([each.position for each in levels], deadline)
        return [
            level
            for level, known in zip(levels, found, strict=True)
            if not isinstance(known, Mapped) or known.record.on_hand != level.quantity
        ]

    async def _in_lots(
        self, levels: Sequence[StockLevel], objects: Mapping[str, str], deadline: Deadline
    ) -> Refusals:
        """Tell the levels, a hundred in one request; a request that fails leaves the others."""
        at = self._clock.now() - BEHIND
        lots = [levels[first : first + CHANGES] for first in range(0, len(levels), CHANGES)]
        counts = [[a_count(level, objects, at) for level in lot] for lot in lots]
        told = await concurrently(self._lot(each, deadline) for each in counts)
        failed = [each for each in told if isinstance(each, SourceError)]
        if failed and len(failed) == len(lots):
            raise failed[0]
        refused: Refusals = {}
        for lot, each in zip(lots, told, strict=True):
            ended = [each] * len(lot) if isinstance(each, SourceError) else each
            refused |= {level: error for level, error in zip(lot, ended, strict=True) if error}
        return refused

    async def _lot(
        self, counts: Sequence[Count], deadline: Deadline
    ) -> list[Outcome] | SourceError:
        """Tell the counts of one request; answer why each was not taken, or why none was told."""
        try:
            return await self._told(counts, deadline)
        except SourceError as error:
            return error

    async def _told(self, counts: Sequence[Count], deadline: Deadline) -> list[Outcome]:
        """Tell counts; without those that Square refuses, or by halves where it names none."""
        faults = await self._client.change(counts, deadline)
        refused = refusals(faults, len(counts))
        if faults and not refused:
            half = len(counts) // 2
            return [
                *await self._told(counts[:half], deadline),
                *await self._told(counts[half:], deadline),
            ]
        left = [each for place, each in enumerate(counts) if place not in refused]
        again = iter(await self._told(left, deadline) if refused and left else [None] * len(left))
        return [refused[place] if place in refused else next(again) for place in range(len(counts))]


def refusals(faults: Sequence[wire.Fault], count: int) -> dict[int, Rejected]:
    """Answer which of so many counts Square refuses, and why; none where it does not say which."""
    if faults and count == 1:
        return {0: _rejected(faults[0])}
    found: dict[int, Rejected] = {}
    for fault in faults:
        named = _PLACE.match(fault.field or "")
        if named is not None and int(named[1]) < count:
            found.setdefault(int(named[1]), _rejected(fault))
    return found


def _rejected(fault: wire.Fault) -> Rejected:
    return Rejected(f"Square does not take the count: {words(fault)}", fault.code)


def a_count(level: StockLevel, objects: Mapping[str, str], at: datetime) -> Count:
    """Answer a level as an InventoryPhysicalCount."""
    return {
        "catalog_object_id": objects[level.position.item],
        "location_id": level.position.location,
        "state": IN_STOCK,
        "quantity": str(level.quantity),
        "occurred_at": instant(at),
    }
