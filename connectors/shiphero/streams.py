"""The two ways to read a list: all of it, and what was updated since a moment."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec import Raw

from connectors.shiphero import wire
from connectors.shiphero.client import Data
from connectors.shiphero.cursors import ChangesCursor, Place, WalkCursor
from connectors.shiphero.paging import next_page
from gateway.connect.cursors import Cursor, read_cursor, write_cursor
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.errors import CursorExpired
from gateway.model.time import Clock

C = TypeVar("C", WalkCursor, ChangesCursor)
Fetch = Callable[[datetime | None, str | None, Deadline], Awaitable[Data]]

# How far a delta looks back: what ShipHero may show late, and what the clocks may be apart.
OVERLAP = timedelta(seconds=65)


@dataclass(frozen=True, slots=True)
class Rows:
    """A page's rows, each as its own bytes, and where the next page begins."""

    rows: tuple[Raw, ...]
    next_cursor: str | None
    is_last: bool
    observed_at: datetime


class ListStream:
    """One of ShipHero's lists, by the name of its query."""

    def __init__(self, name: str, fetch: Fetch, clock: Clock) -> None:
        self._name = name
        self._fetch = fetch
        self._clock = clock

    async def walk(self, cursor: str | None, deadline: Deadline) -> Rows:
        """Answer a page of all rows."""
        place = self._own(cursor, WalkCursor).place if cursor is not None else Place()
        data, rows, following = await self._page(None, place, deadline)
        upcoming = write_cursor(WalkCursor(self._name, following)) if following else None
        return Rows(rows, upcoming, following is None, data.started_at)

    async def changes(self, cursor: str | None, deadline: Deadline) -> Rows:
        """Answer a page of the rows updated since the cursor, of which some may be known."""
        floor = self._clock.now() - OVERLAP
        fresh = ChangesCursor(self._name, floor, floor, Place())
        at = fresh if cursor is None else self._own(cursor, ChangesCursor)
        data, rows, following = await self._page(at.since, at.place, deadline)
        next_since = floor if at.place == Place() else at.next_since
        upcoming: Cursor = ChangesCursor(self._name, next_since, next_since, Place())
        if following:
            upcoming = ChangesCursor(self._name, at.since, next_since, following)
        return Rows(rows, write_cursor(upcoming), following is None, data.started_at)

    def _own(self, text: str, kind: type[C]) -> C:
        """Read a cursor of this stream; raises CursorExpired for another's."""
        cursor = read_cursor(text, kind)
        if cursor.stream != self._name:
            raise CursorExpired(f"this cursor is not of {self._name}: backfill")
        return cursor

    async def _page(
        self, since: datetime | None, place: Place, deadline: Deadline
    ) -> tuple[Data, tuple[Raw, ...], Place | None]:
        data = await self._fetch(since, place.after, deadline)
        listing = decode(data.part(self._name), wire.Listing)
        return data, *next_page(listing.data, place)
