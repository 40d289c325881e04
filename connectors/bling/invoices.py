"""Invoices: their list is filtered by when they were issued alone, so recent ones are compared."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Raw

from connectors.bling import mapping, wire
from connectors.bling.client import LONGEST_PAGE, PAGE, BlingClient
from connectors.bling.cursors import IssuedCursor
from connectors.bling.streams import LONGEST, RecordStream
from gateway.connect.cursors import read_cursor, write_cursor
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.errors import ContractError, CursorExpired
from gateway.connect.protocols import Found
from gateway.connect.records import Page, Unmappable
from gateway.model.invoice import InvoiceRecord
from gateway.model.time import Clock

# How far a delta looks back: an invoice is listed at most so long after the time it bears.
OVERLAP = timedelta(hours=30)
_ROWS_KEPT = 50_000


class Invoices:
    """The outgoing invoices of one account.

    A delta lists those of the last hours, and reads those whose row is not as it was. A row counts
    as read once the cursor of its page comes back: only then what was read is durable.
    """

    def __init__(self, client: BlingClient, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._stream = RecordStream("invoices", client.invoices, client.invoice, _mapped, clock)
        self._known: dict[wire.InvoiceRow, None] = {}
        self._handed: tuple[str, Sequence[wire.InvoiceRow]] = ("", ())
        self._serial = 0

    async def by_ref(self, refs: Sequence[str], deadline: Deadline) -> list[Found[InvoiceRecord]]:
        """Answer the invoices in the asked order."""
        return await self._stream.by_ref(refs, deadline)

    async def walk(self, cursor: str | None, deadline: Deadline) -> Page[InvoiceRecord]:
        """Answer a page of all invoices."""
        return await self._stream.walk(cursor, deadline)

    async def changes(self, cursor: str | None, deadline: Deadline) -> Page[InvoiceRecord]:
        """Answer some of the recent invoices whose rows have changed since they were read."""
        at = self._begun() if cursor is None else self._resumed(cursor)
        answer = await self._client.invoices_issued(at.since, at.page, deadline)
        rows = [_row(raw) for raw in decode(answer.body, wire.Listed).data]
        fresh = [row for row in rows if isinstance(row, wire.InvoiceRow) and row not in self._known]
        chosen = fresh[:PAGE]
        found = await self._stream.by_ref([str(row.id) for row in chosen], deadline)
        broken = [row for row in rows if isinstance(row, Unmappable)]
        upcoming, is_last = self._following(at, len(rows), is_done=len(fresh) <= PAGE)
        text = write_cursor(upcoming)
        self._handed = (text, chosen)
        items = tuple(each for each in (*found, *broken) if each is not None)
        return Page(items, text, is_last, answer.started_at)

    def _begun(self) -> IssuedCursor:
        floor = self._clock.now() - OVERLAP
        return IssuedCursor(floor, floor, 1, 0)

    def _resumed(self, text: str) -> IssuedCursor:
        cursor = read_cursor(text, IssuedCursor)
        if self._clock.now() - cursor.since > LONGEST:
            raise CursorExpired("Bling lists invoices of at most a year: backfill")
        handed, rows = self._handed
        if text == handed:
            self._learn(rows)
        return cursor

    def _learn(self, rows: Sequence[wire.InvoiceRow]) -> None:
        for row in rows:
            self._known[row] = None
        while len(self._known) > _ROWS_KEPT:
            del self._known[next(iter(self._known))]

    def _following(
        self, at: IssuedCursor, listed: int, *, is_done: bool
    ) -> tuple[IssuedCursor, bool]:
        """Answer where the delta goes on, and whether it is at its end."""
        self._serial += 1
        floor = self._clock.now() - OVERLAP
        next_since = floor if at.page == 1 else at.next_since
        is_last = is_done and listed < LONGEST_PAGE
        if is_last:
            return IssuedCursor(next_since, next_since, 1, self._serial), True
        page = at.page + 1 if is_done else at.page
        return IssuedCursor(at.since, next_since, page, self._serial), False


def _row(raw: Raw) -> wire.InvoiceRow | Unmappable:
    try:
        return decode(raw, wire.InvoiceRow)
    except ContractError as error:
        return Unmappable(None, bytes(raw), error)


async def _mapped(raw: Raw, observed_at: datetime, deadline: Deadline) -> InvoiceRecord | None:
    return mapping.map_invoice(decode(raw, wire.Invoice), observed_at)
