"""Sales: read by id, by change and by page, as orders and as the work of locations."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from msgspec import Raw

from connectors.square import wire
from connectors.square.catalogue import Catalogue
from connectors.square.client import GROUP, ORDERS, SquareClient
from connectors.square.cursors import Place
from connectors.square.mapping import Items, is_sale
from connectors.square.reading import id_of
from connectors.square.streams import Listed, ListStream, Rows, next_place
from gateway.connect.concurrency import concurrently
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.errors import ContractError
from gateway.connect.records import Mapped, Page, Unmappable
from gateway.model.time import Clock

T = TypeVar("T")
Map = Callable[[wire.Order, Items, datetime], T]


class Sales(Generic[T]):
    """The sales of one account in one of the model's forms; `map_sale` makes it of an order.

    A search takes ten locations, so the locations are read in groups, one after the other.
    """

    def __init__(
        self, name: str, client: SquareClient, catalogue: Catalogue, clock: Clock, map_sale: Map[T]
    ) -> None:
        self._client = client
        self._catalogue = catalogue
        self._map = map_sale
        self._stream = ListStream(name, self._fetch, clock)
        self._locations: list[str] | None = None

    async def by_ref(
        self, refs: Sequence[str], deadline: Deadline
    ) -> "list[Mapped[T] | Unmappable | None]":
        """Answer the sales in the asked order, None for what is none."""
        asked = list(dict.fromkeys(refs))
        lots = [asked[i : i + ORDERS] for i in range(0, len(asked), ORDERS)]
        told = await concurrently(self._client.orders(lot, deadline) for lot in lots)
        rows = [(raw, each.started_at) for each in told for raw in each.content.orders]
        read = await self._read(rows, deadline)
        found = {
            ref: sale for (raw, _), sale in zip(rows, read, strict=True) if (ref := id_of(raw))
        }
        return [found.get(ref) for ref in refs]

    async def changes(self, cursor: str | None, deadline: Deadline) -> Page[T]:
        """Answer a page of the sales updated since the cursor."""
        return await self._page(await self._stream.changes(cursor, deadline), deadline)

    async def walk(self, cursor: str | None, deadline: Deadline) -> Page[T]:
        """Answer a page of all sales, of each group of locations the newest first."""
        return await self._page(await self._stream.walk(cursor, deadline), deadline)

    async def _page(self, rows: Rows, deadline: Deadline) -> Page[T]:
        read = await self._read([(raw, rows.observed_at) for raw in rows.rows], deadline)
        items = tuple(each for each in read if each is not None)
        return Page(items, rows.next_cursor, rows.is_last, rows.observed_at)

    async def _fetch(self, since: datetime | None, place: Place, deadline: Deadline) -> Listed:
        if not place.group:
            self._locations = None
            place = Place(await self._group_after("", deadline))
            if not place.group:
                return Listed((), None)
        told = await self._client.search_orders(place.group, since, place.after, deadline)
        following = next_place(place, told.content.cursor)
        if following is None:
            group = await self._group_after(place.group[-1], deadline)
            following = Place(group) if group else None
        return Listed(told.content.orders, following)

    async def _group_after(self, last: str, deadline: Deadline) -> tuple[str, ...]:
        """Answer the next locations in the order of their ids, which are listed once a pass."""
        if self._locations is None:
            told = await self._client.locations(deadline)
            self._locations = sorted(decode(raw, wire.Ident).id for raw in told.content.locations)
        return tuple(each for each in self._locations if each > last)[:GROUP]

    async def _read(
        self, rows: Sequence[tuple[Raw, datetime]], deadline: Deadline
    ) -> "list[Mapped[T] | Unmappable | None]":
        decoded = [_decoded(raw) for raw, _ in rows]
        named = [
            line.catalog_object_id
            for order in decoded
            if isinstance(order, wire.Order) and is_sale(order)
            for line in order.line_items or ()
            if line.catalog_object_id
        ]
        items = await self._catalogue.items(named, deadline)
        return [
            self._mapped(raw, order, items, observed_at)
            for (raw, observed_at), order in zip(rows, decoded, strict=True)
        ]

    def _mapped(
        self, raw: Raw, order: wire.Order | ContractError, items: Items, observed_at: datetime
    ) -> "Mapped[T] | Unmappable | None":
        try:
            if isinstance(order, ContractError):
                raise order
            if not is_sale(order):
                return None
            return Mapped(self._map(order, items, observed_at), bytes(raw))
        except ContractError as error:
            return Unmappable(id_of(raw), bytes(raw), error)


def _decoded(raw: Raw) -> wire.Order | ContractError:
    try:
        return decode(raw, wire.Order)
    except ContractError as error:
        return error
