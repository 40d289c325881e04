"""Stock: what each location has on hand of each variation, as Square counts it."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Raw

from connectors.square import mapping, wire
from connectors.square.catalogue import Catalogue
from connectors.square.client import LEVELS, SquareClient
from connectors.square.cursors import Place
from connectors.square.mapping import Items
from connectors.square.streams import Listed, ListStream, Rows, next_place
from gateway.connect.concurrency import concurrently
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.errors import ContractError, MalformedPayload
from gateway.connect.protocols import Found
from gateway.connect.records import Mapped, Page, Unmappable
from gateway.model.stock import PositionRef, StockRecord
from gateway.model.time import Clock

Read = Mapped[StockRecord] | Unmappable


class Stock:
    """The counts of one account."""

    def __init__(self, client: SquareClient, catalogue: Catalogue, clock: Clock) -> None:
        self._client = client
        self._catalogue = catalogue
        self._stream = ListStream("stock", self._fetch, clock, moves=True)

    async def levels(
        self, positions: Sequence[PositionRef], deadline: Deadline
    ) -> list[Found[StockRecord]]:
        """Answer the positions in the asked order, None where Square has no such count."""
        objects = await self._catalogue.objects_of((at.item for at in positions), deadline)
        asked = {
            PositionRef(objects[at.item], at.location) for at in positions if at.item in objects
        }
        placed = sorted(asked, key=lambda at: (at.location, at.item))
        lots = [placed[i : i + LEVELS] for i in range(0, len(placed), LEVELS)]
        read = await concurrently(self._lot(lot, deadline) for lot in lots)
        found = {at: level for lot in read for at, level in lot.items()}
        return [found.get(PositionRef(objects.get(at.item, ""), at.location)) for at in positions]

    async def changes(self, cursor: str | None, deadline: Deadline) -> Page[StockRecord]:
        """Answer a page of the counts changed since the cursor."""
        return await self._page(await self._stream.changes(cursor, deadline), deadline)

    async def walk(self, cursor: str | None, deadline: Deadline) -> Page[StockRecord]:
        """Answer a page of all counts, at last those that changed since the walk began."""
        return await self._page(await self._stream.walk(cursor, deadline), deadline)

    async def _fetch(self, since: datetime | None, place: Place, deadline: Deadline) -> Listed:
        told = await self._client.search_counts(since, place.after, deadline)
        return Listed(told.content.counts, next_place(place, told.content.cursor))

    async def _page(self, rows: Rows, deadline: Deadline) -> Page[StockRecord]:
        items = await self._items_of(rows.rows, deadline)
        read = tuple(self._map(raw, items, rows.observed_at) for raw in rows.rows)
        return Page(read, rows.next_cursor, rows.is_last, rows.observed_at)

    async def _lot(
        self, positions: Sequence[PositionRef], deadline: Deadline
    ) -> dict[PositionRef, Read]:
        """Read the counts of a lot: Square answers each of its items at each of its locations.

        They fit into one answer, by Square's bounds; should it be cut all the same, none is missed.
        A count whose place cannot be read may be of any that is not answered.
        """
        objects = sorted({at.item for at in positions})
        locations = sorted({at.location for at in positions})
        found: dict[PositionRef, Read] = {}
        lost: list[Read] = []
        place: Place | None = Place()
        while place is not None:
            told = await self._client.counts(objects, locations, place.after, deadline)
            items = await self._items_of(told.content.counts, deadline)
            for raw in told.content.counts:
                at, read = _place(raw), self._map(raw, items, told.started_at)
                if at is not None:
                    found[at] = read
                else:
                    lost.append(read)
            place = next_place(place, told.content.cursor)
        return dict.fromkeys(positions, lost[0]) | found if lost else found

    async def _items_of(self, rows: Sequence[Raw], deadline: Deadline) -> Items:
        named = [each for raw in rows if (each := _object(raw))]
        return await self._catalogue.items(named, deadline)

    def _map(self, raw: Raw, items: Items, observed_at: datetime) -> Read:
        """Answer a count; one that fails is called as its position is, if its name is known."""
        try:
            record = mapping.map_count(decode(raw, wire.Count), items, observed_at)
            if self._catalogue.is_shared(record.position.item):
                raise MalformedPayload("another variation has the same SKU", "catalog_object_id")
        except ContractError as error:
            object_id = _object(raw)
            name = items.name_of(object_id) if object_id else None
            return Unmappable(name or object_id, bytes(raw), error, _location(raw))
        return Mapped(record, bytes(raw))


def _object(raw: Raw) -> str | None:
    try:
        return decode(raw, wire.CountItem).catalog_object_id
    except ContractError:
        return None


def _location(raw: Raw) -> str | None:
    try:
        return decode(raw, wire.CountLocation).location_id
    except ContractError:
        return None


def _place(raw: Raw) -> PositionRef | None:
    try:
        told = decode(raw, wire.CountPlace)
    except ContractError:
        return None
    return PositionRef(told.catalog_object_id, told.location_id)
