"""Records whose lists lack what is wanted: listed by page or by change, then read one by one."""

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from msgspec import Raw

from connectors.bling import wire
from connectors.bling.client import PAGE
from connectors.bling.cursors import ChangesCursor, Place, WalkCursor
from connectors.bling.lists import Rows, read_page
from gateway.connect.concurrency import concurrently
from gateway.connect.cursors import read_cursor, write_cursor
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.errors import ContractError, CursorExpired, NotFound
from gateway.connect.http import Response
from gateway.connect.protocols import Found
from gateway.connect.records import Mapped, Page, Unmappable
from gateway.model.time import Clock

T = TypeVar("T")
C = TypeVar("C", WalkCursor, ChangesCursor)
FetchList = Callable[[datetime | None, int, Deadline], Awaitable[Response]]
FetchOne = Callable[[str, Deadline], Awaitable[Response]]
Map = Callable[[Raw, datetime, Deadline], Awaitable[T | None]]

# How far a delta looks back: filters know whole seconds, and clocks may be apart.
OVERLAP = timedelta(seconds=65)
# Bling refuses periods of more than a year.
LONGEST = timedelta(days=364)
_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)


class RecordStream(Generic[T]):
    """One kind of record; `of` is its name, and what its cursors are of.

    `map_one` answers None for a record that is not to be shown.
    """

    def __init__(
        self, of: str, fetch_list: FetchList, fetch_one: FetchOne, map_one: Map[T], clock: Clock
    ) -> None:
        self._of = of
        self._fetch_list = fetch_list
        self._fetch_one = fetch_one
        self._map_one = map_one
        self._clock = clock

    async def by_ref(self, refs: Sequence[str], deadline: Deadline) -> list[Found[T]]:
        """Answer the records in the asked order, None where Bling has no such record."""
        return await concurrently(self._read(ref, deadline) for ref in refs)

    async def walk(self, cursor: str | None, deadline: Deadline) -> Page[T]:
        """Answer a page of all records."""
        place = self._own(cursor, WalkCursor).place if cursor is not None else Place()
        listed = await self._list(None, place, deadline)
        items, _ = await self._records(listed, deadline)
        following = listed.following
        upcoming = write_cursor(WalkCursor(self._of, following)) if following else None
        return Page(items, upcoming, following is None, listed.observed_at)

    async def changes(self, cursor: str | None, deadline: Deadline) -> Page[T]:
        """Answer a page of the records changed since the cursor, of which some may be known."""
        floor = self._clock.now() - OVERLAP
        fresh = ChangesCursor(self._of, floor, floor, Place())
        at = fresh if cursor is None else self._own(cursor, ChangesCursor)
        if self._clock.now() - at.since > LONGEST:
            raise CursorExpired("Bling tells changes of at most a year: backfill")
        listed = await self._list(at.since, at.place, deadline)
        items, gone = await self._records(listed, deadline)
        next_since = floor if at.place == Place() else at.next_since
        upcoming = ChangesCursor(self._of, next_since, next_since, Place())
        if listed.following:
            upcoming = ChangesCursor(self._of, at.since, next_since, listed.following)
        is_last = listed.following is None
        return Page(items, write_cursor(upcoming), is_last, listed.observed_at, gone=gone)

    def _own(self, text: str, kind: type[C]) -> C:
        """Read a cursor of this stream; raises CursorExpired for another's."""
        cursor = read_cursor(text, kind)
        if cursor.stream != self._of:
            raise CursorExpired(f"this cursor is not of {self._of}: backfill")
        return cursor

    async def _list(self, since: datetime | None, at: Place, deadline: Deadline) -> Rows:
        return await read_page(
            lambda page, by: self._fetch_list(since, page, by), PAGE, at, deadline
        )

    async def _records(
        self, listed: Rows, deadline: Deadline
    ) -> tuple[tuple[Mapped[T] | Unmappable, ...], tuple[str, ...]]:
        """Read each row's record, once; answer them, and the refs of those that are gone."""
        rows = dict.fromkeys(_row(raw) for raw in listed.rows)
        refs = [row for row in rows if isinstance(row, str)]
        found = await self.by_ref(refs, deadline)
        gone = tuple(ref for ref, each in zip(refs, found, strict=True) if each is None)
        unread = [row for row in rows if not isinstance(row, str)]
        return tuple(each for each in (*found, *unread) if each is not None), gone

    async def _read(self, ref: str, deadline: Deadline) -> Found[T]:
        if not _ID.fullmatch(ref):
            return None
        try:
            answer = await self._fetch_one(ref, deadline)
        except NotFound:
            return None
        raw = Raw(answer.body)
        try:
            raw = decode(answer.body, wire.Single).data
            record = await self._map_one(raw, answer.started_at, deadline)
        except ContractError as error:
            return Unmappable(ref, bytes(raw), error)
        return None if record is None else Mapped(record, bytes(raw))


def _row(raw: Raw) -> str | Unmappable:
    try:
        return str(decode(raw, wire.Named).id)
    except ContractError as error:
        return Unmappable(None, bytes(raw), error)
