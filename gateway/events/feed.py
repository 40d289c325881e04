"""The log as its readers see it: entries that are final, in order, within a reach."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import structlog

from gateway.events.cursor import CursorSeal
from gateway.model.events import EventWish
from gateway.model.principal import Principal
from gateway.model.time import Clock
from gateway.projection.database import AWAY
from gateway.projection.events import LoggedEvent, load_events, load_events_of
from gateway.projection.marks import Marks, load_changed_skus, load_marks, until_final
from gateway.projection.orders.reach import reading

PAGE_ENTRIES = 500

log = structlog.get_logger("trama.events")


@dataclass(frozen=True, slots=True)
class Entry:
    """An event at its place in the log; without an event it is a checkpoint: nothing up to here."""

    position: int
    event: LoggedEvent | None = None


@dataclass(frozen=True, slots=True)
class EventPage:
    """Entries in order, how far the log was read for them, and whether there is more by now."""

    entries: tuple[Entry, ...]
    read_to: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class StockEntry:
    """SKUs whose availability may have changed up to a place; none of them is a checkpoint."""

    position: int
    skus: tuple[str, ...] = ()


class Feed:
    """The one tail of the log in this process, and everybody who reads behind it."""

    def __init__(
        self,
        pool: Any,
        clock: Clock,
        seal: CursorSeal,
        *,
        poll_seconds: float,
        checkpoint_seconds: float,
    ) -> None:
        self.seal = seal
        self._pool = pool
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._checkpoint_seconds = checkpoint_seconds
        self._final = Marks()
        self._advanced = asyncio.Condition()
        self._ready = asyncio.Event()
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something may have been appended: look at once."""
        self._wake.set()

    async def run(self) -> None:
        """Follow the log until cancelled."""
        while True:
            try:
                await self._advance()
            except AWAY as error:
                log.warning("log.not_read", error=type(error).__name__)
            await self._pause()

    async def page(
        self, principal: Principal, wish: EventWish, *, after: int | None, limit: int
    ) -> EventPage:
        """Answer a page after a place; None is the beginning of what is kept.

        raises: CursorExpired.
        """
        await self._ready.wait()
        upto = self._final.events
        async with reading(self._pool, principal.reach) as within:
            found = await load_events(within, wish, after=after or 0, upto=upto, limit=limit + 1)
        return _page(found, limit, upto)

    async def pages_of(
        self, principal: Principal, orders: Sequence[UUID], *, after: int | None, limit: int
    ) -> list[EventPage]:
        """Answer a page of each order's entries, in the asked order; raises CursorExpired."""
        await self._ready.wait()
        upto = self._final.events
        async with reading(self._pool, principal.reach) as within:
            found = await load_events_of(
                within, orders, after=after or 0, upto=upto, limit=limit + 1
            )
        return [_page(found[key], limit, upto) for key in orders]

    async def follow(
        self, principal: Principal, wish: EventWish, *, after: int | None
    ) -> AsyncIterator[Entry]:
        """Yield what comes after a place (None: from now on), a checkpoint first and now and then.

        raises: CursorExpired.
        """
        await self._ready.wait()
        position = self._final.events if after is None else after
        yield Entry(position)
        while True:
            page = await self.page(principal, wish, after=position, limit=PAGE_ENTRIES)
            for entry in page.entries:
                yield entry
            position = page.read_to
            if not page.has_more and not await self._beyond("events", position):
                yield Entry(position)

    async def follow_stock(
        self, skus: Sequence[str], *, after: int | None
    ) -> AsyncIterator[StockEntry]:
        """Yield SKUs once they have changed after a place (None: from now on); several are one."""
        await self._ready.wait()
        position, asked = self._final.stock if after is None else after, sorted(set(skus))
        yield StockEntry(position)
        while True:
            upto = self._final.stock
            changed = await load_changed_skus(self._pool, asked, after=position, upto=upto)
            position = max(position, upto)
            if changed:
                yield StockEntry(position, tuple(changed))
            if not await self._beyond("stock", position):
                yield StockEntry(position)

    async def _beyond(self, what: Literal["events", "stock"], position: int) -> bool:
        """Wait for something after a place, but no longer than a checkpoint may be away."""
        try:
            async with asyncio.timeout(self._checkpoint_seconds), self._advanced:
                await self._advanced.wait_for(lambda: getattr(self._final, what) > position)
        except TimeoutError:
            return False
        return True

    async def _advance(self) -> None:
        marks = await load_marks(self._pool)
        if marks != self._final or not self._ready.is_set():
            async with self._pool.acquire() as connection:
                await until_final(connection)
            async with self._advanced:
                self._final = marks
                self._ready.set()
                self._advanced.notify_all()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._poll_seconds):
                await self._wake.wait()
        except TimeoutError:
            return
        finally:
            self._wake.clear()


def _page(found: Sequence[LoggedEvent], limit: int, upto: int) -> EventPage:
    """Answer a page of what was found up to a place, one more than the page has at most."""
    entries = tuple(Entry(each.position, each) for each in found[:limit])
    has_more = len(found) > limit
    return EventPage(entries, entries[-1].position if has_more else upto, has_more)
