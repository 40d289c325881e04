"""The work of warehouses: read by the channel's order id, by change and by page."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Raw

from connectors.shiphero import mapping, queries, wire
from connectors.shiphero.client import Data, ShipHeroClient
from connectors.shiphero.streams import ListStream, Rows
from gateway.connect.concurrency import concurrently
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.errors import ContractError, NotFound, UpstreamFault
from gateway.connect.records import Mapped, Page, Unmappable
from gateway.model.order import FulfillmentRecord
from gateway.model.time import Clock

Read = Mapped[FulfillmentRecord] | Unmappable

# So many orders of a page are read again alone; where it would be more, the page is made smaller.
_FEW_CUT = 3


class Fulfillments:
    """The orders of one account, as the work of its warehouses."""

    def __init__(self, client: ShipHeroClient, clock: Clock) -> None:
        self._client = client
        self._stream = ListStream("orders", self._fetch, clock)
        self._size = queries.PAGE

    async def by_ref(self, refs: Sequence[str], deadline: Deadline) -> list[tuple[Read, ...]]:
        """Answer, per channel order id, the work of every warehouse."""
        asked = list(dict.fromkeys(refs))
        lots = [asked[i : i + queries.REFS] for i in range(0, len(asked), queries.REFS)]
        read = await concurrently(self._lot(lot, deadline) for lot in lots)
        found = {ref: work for lot in read for ref, work in lot.items()}
        return [found[ref] for ref in refs]

    async def changes(self, cursor: str | None, deadline: Deadline) -> Page[FulfillmentRecord]:
        """Answer a page of the work of orders updated since the cursor."""
        return await self._page(await self._stream.changes(cursor, deadline), deadline)

    async def walk(self, cursor: str | None, deadline: Deadline) -> Page[FulfillmentRecord]:
        """Answer a page of the work of all orders."""
        return await self._page(await self._stream.walk(cursor, deadline), deadline)

    async def _fetch(self, since: datetime | None, after: str | None, deadline: Deadline) -> Data:
        """Read a page of orders, from now on a smaller one where many have more lines than come."""
        while True:
            data = await self._client.orders(self._size, since, after, deadline)
            if self._size <= queries.SMALLEST_PAGE or _count_cut(data) <= _FEW_CUT:
                return data
            self._size = max(queries.SMALLEST_PAGE, self._size // 2)

    async def _page(self, read: Rows, deadline: Deadline) -> Page[FulfillmentRecord]:
        items = await self._map_rows(read.rows, read.observed_at, deadline)
        return Page(items, read.next_cursor, read.is_last, read.observed_at)

    async def _lot(self, refs: Sequence[str], deadline: Deadline) -> dict[str, tuple[Read, ...]]:
        variables = {f"p{i}": ref for i, ref in enumerate(refs)}
        data = await self._client.read(queries.orders_of(len(refs)), variables, deadline)
        work: dict[str, tuple[Read, ...]] = {}
        for index, ref in enumerate(refs):
            page = decode(data.part(f"o{index}"), wire.Listing).data
            if page.page_info.has_next_page:
                page = await self._all_of(ref, deadline)
            rows = [edge.node for edge in page.edges]
            work[ref] = await self._map_rows(rows, data.started_at, deadline)
        return work

    async def _all_of(self, ref: str, deadline: Deadline) -> wire.Connection:
        """Read one channel order alone, which leaves room for many orders of it."""
        operation = queries.orders_of(1, is_exhaustive=True)
        data = await self._client.read(operation, {"p0": ref}, deadline)
        page = decode(data.part("o0"), wire.Listing).data
        if page.page_info.has_next_page:
            raise UpstreamFault("more orders than are read have the same partner_order_id")
        return page

    async def _map_rows(
        self, rows: Iterable[Raw], observed_at: datetime, deadline: Deadline
    ) -> tuple[Read, ...]:
        work: list[Read] = []
        for raw in rows:
            work += await self._map_row(raw, observed_at, deadline)
        return tuple(work)

    async def _map_row(
        self, raw: Raw, observed_at: datetime, deadline: Deadline
    ) -> tuple[Read, ...]:
        try:
            order = decode(raw, wire.Order)
            if mapping.is_cut(order):
                raw = await self._whole(order.id, deadline)
                order = decode(raw, wire.Order)
            records = mapping.map_order(order, observed_at)
        except NotFound:
            return ()
        except ContractError as error:
            return (Unmappable(_ref(raw), bytes(raw), error),)
        return tuple(Mapped(record, bytes(raw)) for record in records)

    async def _whole(self, order_id: str, deadline: Deadline) -> Raw:
        """Read an order alone, which leaves room for all of its lines."""
        data = await self._client.read(queries.ORDER, {"id": order_id}, deadline)
        return decode(data.part("order"), wire.Single).data


def _count_cut(data: Data) -> int:
    """Count the orders that have more lines than came; those that are broken count as none."""
    edges = decode(data.part("orders"), wire.Listing).data.edges
    return sum(_is_cut(edge.node) for edge in edges)


def _is_cut(raw: Raw) -> bool:
    try:
        return mapping.is_cut(decode(raw, wire.OrderLength))
    except ContractError:
        return False


def _ref(raw: Raw) -> str | None:
    try:
        return decode(raw, wire.OrderRef).partner_order_id
    except ContractError:
        return None
