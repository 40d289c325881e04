"""The two ways to read a list: all of it, and what was updated since a moment."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec import Raw

from connectors.square.cursors import ChangesCursor, Place, WalkCursor
from gateway.connect.cursors import Cursor, read_cursor, write_cursor
from gateway.connect.deadline import Deadline
from gateway.connect.errors import CursorExpired, Rejected, UpstreamFault
from gateway.model.time import Clock

C = TypeVar("C", WalkCursor, ChangesCursor)

# How far a delta looks back: what Square may show late, and what the clocks may be apart. Sales
# made offline come up to 72 hours late, and with the time at which they came as `updated_at`.
OVERLAP = timedelta(seconds=65)
_RESTARTS = 5


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of one of Square's lists: its rows, the next page's place, Square's count of all."""

    rows: tuple[Raw, ...]
    following: Place | None
    expected: int | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """A page's rows, each as its own bytes, and where the next page begins."""

    rows: tuple[Raw, ...]
    next_cursor: str | None
    is_last: bool
    observed_at: datetime
    expected: int | None


Fetch = Callable[[datetime | None, Place, Deadline], Awaitable[Listed]]


class ListStream:
    """One of Square's lists, by the name of its stream.

    `moves`: a row that changes moves to the list's front, past whoever is reading it; a walk ends
    with what changed since it began.
    """

    def __init__(self, name: str, fetch: Fetch, clock: Clock, *, moves: bool = False) -> None:
        self._name = name
        self._fetch = fetch
        self._clock = clock
        self._moves = moves

    async def walk(self, cursor: str | None, deadline: Deadline) -> Rows:
        """Answer a page of all rows."""
        now = self._clock.now()
        fresh = WalkCursor(self._name, now, False, Place())
        at = fresh if cursor is None else self._own(cursor, WalkCursor)
        since = at.began - OVERLAP if at.is_second else None
        listed = await self._page(since, at.place, deadline)
        upcoming: WalkCursor | None = None
        if listed.following is not None:
            upcoming = WalkCursor(self._name, at.began, at.is_second, listed.following)
        elif self._moves and not at.is_second:
            upcoming = WalkCursor(self._name, at.began, True, Place())
        return _rows(listed, upcoming, upcoming is None, now)

    async def changes(self, cursor: str | None, deadline: Deadline) -> Rows:
        """Answer a page of the rows updated since the cursor, of which some may be known."""
        now = self._clock.now()
        floor = now - OVERLAP
        fresh = ChangesCursor(self._name, floor, floor, Place())
        at = fresh if cursor is None else self._own(cursor, ChangesCursor)
        listed = await self._page(at.since, at.place, deadline)
        next_since = floor if at.place == Place() else at.next_since
        upcoming = ChangesCursor(self._name, next_since, next_since, Place())
        if listed.following is not None:
            upcoming = ChangesCursor(self._name, at.since, next_since, listed.following)
        return _rows(listed, upcoming, listed.following is None, now)

    def _own(self, text: str, kind: type[C]) -> C:
        """Read a cursor of this stream; raises CursorExpired for another's."""
        cursor = read_cursor(text, kind)
        if cursor.stream != self._name:
            raise CursorExpired(f"this cursor is not of {self._name}: backfill")
        return cursor

    async def _page(self, since: datetime | None, place: Place, deadline: Deadline) -> Listed:
        """Read a page; a list whose cursor Square takes no more is read again from its start."""
        try:
            return await self._fetch(since, place, deadline)
        except Rejected as refused:
            if place.after is None or refused.remote_code != "400":
                raise
            if place.restarts >= _RESTARTS:
                raise UpstreamFault(
                    f"Square refused its own cursors {_RESTARTS} times"
                ) from refused
        return Listed((), Place(place.group, None, place.restarts + 1))


def next_place(place: Place, cursor: str | None) -> Place | None:
    """Answer the place of the next page, None at the end; raises UpstreamFault for a loop."""
    if not cursor:
        return None
    if cursor == place.after:
        raise UpstreamFault("the list says that there is more and repeats its cursor")
    return Place(place.group, cursor, place.restarts)


def _rows(listed: Listed, upcoming: Cursor | None, is_last: bool, observed_at: datetime) -> Rows:
    cursor = write_cursor(upcoming) if upcoming else None
    return Rows(listed.rows, cursor, is_last, observed_at, listed.expected)
