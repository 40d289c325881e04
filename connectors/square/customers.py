"""Customers: read by id, by change and by page."""

from collections.abc import Sequence
from datetime import datetime

from connectors.square import mapping, wire
from connectors.square.client import CUSTOMERS, SquareClient
from connectors.square.cursors import Place
from connectors.square.reading import read_row
from connectors.square.streams import Listed, ListStream, Rows, next_place
from gateway.connect.concurrency import concurrently
from gateway.connect.deadline import Deadline
from gateway.connect.errors import UpstreamFault
from gateway.connect.protocols import Found
from gateway.connect.records import Page
from gateway.model.customer import CustomerRecord
from gateway.model.time import Clock

_ABSENT = "NOT_FOUND"
_NOTHING = (b"", b"null")


class Customers:
    """The customer profiles of one account."""

    def __init__(self, client: SquareClient, clock: Clock) -> None:
        self._client = client
        self._stream = ListStream("customers", self._fetch, clock)

    async def by_ref(self, refs: Sequence[str], deadline: Deadline) -> list[Found[CustomerRecord]]:
        """Answer the customers in the asked order, None for one that there is not."""
        asked = list(dict.fromkeys(refs))
        lots = [asked[i : i + CUSTOMERS] for i in range(0, len(asked), CUSTOMERS)]
        told = await concurrently(self._client.customers(lot, deadline) for lot in lots)
        found: dict[str, Found[CustomerRecord]] = {}
        for each in told:
            for ref, answer in each.content.responses.items():
                found[ref] = _found(ref, answer, each.started_at)
        return [found.get(ref) for ref in refs]

    async def changes(self, cursor: str | None, deadline: Deadline) -> Page[CustomerRecord]:
        """Answer a page of the customers updated since the cursor."""
        return _page(await self._stream.changes(cursor, deadline))

    async def walk(self, cursor: str | None, deadline: Deadline) -> Page[CustomerRecord]:
        """Answer a page of all customers, the oldest first."""
        return _page(await self._stream.walk(cursor, deadline))

    async def _fetch(self, since: datetime | None, place: Place, deadline: Deadline) -> Listed:
        told = await self._client.search_customers(since, place.after, deadline)
        content = told.content
        return Listed(content.customers, next_place(place, content.cursor), content.count)


def _page(rows: Rows) -> Page[CustomerRecord]:
    items = tuple(
        read_row(raw, wire.Customer, mapping.map_customer, rows.observed_at) for raw in rows.rows
    )
    return Page(items, rows.next_cursor, rows.is_last, rows.observed_at, rows.expected)


def _found(ref: str, answer: wire.FoundCustomer, observed_at: datetime) -> Found[CustomerRecord]:
    if bytes(answer.customer) not in _NOTHING:
        return read_row(answer.customer, wire.Customer, mapping.map_customer, observed_at)
    if any(fault.code == _ABSENT for fault in answer.errors):
        return None
    raise UpstreamFault(f"neither a customer nor {_ABSENT} where one was asked for")
