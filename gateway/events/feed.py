"""The log as its readers see it: entries that are final, in order, within a reach."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import structlog

from gateway.events.cursor import CursorSeal
from gateway.events.entries import Entry, EventPage, StockEntry
from gateway.events.errors import CursorExpired
from gateway.events.followers import QUEUE_ENTRIES, Followers, Hand
from gateway.events.hearing import Hearer
from gateway.events.horizon import Horizon
from gateway.events.mirror import Mirror
from gateway.events.stock_followers import StockFollowers
from gateway.events.tail import Tail
from gateway.events.turns import SLOTS, Turns
from gateway.model.events import EventWish
from gateway.model.principal import Principal
from gateway.model.time import Clock
from gateway.projection.database import AWAY
from gateway.projection.events import LoggedEvent, load_events, load_events_of
from gateway.projection.marks import load_changed_skus, load_extent
from gateway.projection.orders.reach import reading

__all__ = ["Entry", "EventPage", "Feed", "StockEntry"]
PAGE_ENTRIES = 500
# A reader is told so many at once, at most.
LOT_ENTRIES = 20
# So many readers that are behind read at once: the pool is everybody's.
READING_AT_ONCE = 4
WARNING_SECONDS = 10.0
T = TypeVar("T")

log = structlog.get_logger("trama.events")


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
        horizon_warning_seconds: float = WARNING_SECONDS,
        queue_entries: int = QUEUE_ENTRIES,
        mirror: Mirror | None = None,
    ) -> None:
        self.seal = seal
        self.horizon = Horizon(pool, clock, warning_seconds=horizon_warning_seconds)
        self._pool = pool
        self._clock = clock
        self._poll_seconds = poll_seconds
        self._checkpoint_seconds = checkpoint_seconds
        self._turns = Turns()
        self._followers = Followers(self._turns, queue_entries)
        self._stock = StockFollowers(self._turns)
        self._tail = Tail(
            pool, self.horizon, self._followers, self._stock,
            poll_seconds=poll_seconds, mirror=mirror,
        )  # fmt: skip
        self._reading = asyncio.Semaphore(READING_AT_ONCE)

    def wake(self) -> None:
        """Something may have been appended: look at once."""
        self._tail.wake()

    @property
    def readers(self) -> int:
        """How many follow."""
        return len(self._followers) + len(self._stock)

    def final_to(self) -> int:
        """Answer up to where the log is known to be final."""
        return self._followers.position

    async def run(self) -> None:
        """Follow the log until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._tail.run())
            tasks.create_task(self._tick())

    async def page(
        self, principal: Principal, wish: EventWish, *, after: int | None, limit: int
    ) -> EventPage:
        """Answer a page after a place; None is the beginning of what is kept.

        raises: CursorExpired.
        """
        await self._tail.until_ready()
        upto, start = self._followers.position, after or 0
        async with reading(self._pool, principal.reach) as within:
            found = await load_events(within, wish, after=start, upto=upto, limit=limit + 1)
        if after is not None:
            await self._refuse_unknown(after)
        return _page(found, limit, max(start, upto))

    async def pages_of(
        self, principal: Principal, orders: Sequence[UUID], *, after: int | None, limit: int
    ) -> list[EventPage]:
        """Answer a page of each order's entries, in the asked order; raises CursorExpired."""
        await self._tail.until_ready()
        upto, start = self._followers.position, after or 0
        async with reading(self._pool, principal.reach) as within:
            found = await load_events_of(within, orders, after=start, upto=upto, limit=limit + 1)
        if after is not None:
            await self._refuse_unknown(after)
        return [_page(found[key], limit, max(start, upto)) for key in orders]

    async def follow(
        self, principal: Principal, wish: EventWish, *, after: int | None, hand: Hand | None = None
    ) -> AsyncIterator[Sequence[Entry]]:
        """Yield what comes after a place (None: from now on), a checkpoint first and now and then.

        What is there at once is a lot, a checkpoint is alone. While the next entry is waited for,
        `hand` may take it instead: then it is not yielded.

        raises: CursorExpired.
        """
        await self._tail.until_ready()
        if after is not None:
            await self._refuse_unknown(after)
        hearer = Hearer.of(principal.reach, wish)
        start = self._followers.position if after is None else after
        with self._followers.following(hearer, start, hand) as follower:
            yield (Entry(start),)
            while True:
                read_to = follower.position
                if self._followers.is_live(follower):
                    entries: Sequence[Entry] = await follower.take()
                    if not entries and not follower.is_behind:
                        read_to = max(read_to, self._followers.position)
                else:
                    page = await self._next_page(principal, wish, follower.position)
                    entries, read_to = page.entries, page.read_to
                for first in range(0, len(entries), LOT_ENTRIES):
                    lot = entries[first : first + LOT_ENTRIES]
                    follower.position = lot[-1].position
                    yield lot
                follower.position = max(follower.position, read_to)
                if not entries and follower.take_due():
                    yield (Entry(follower.position),)

    async def follow_stock(
        self, skus: Sequence[str], *, after: int | None
    ) -> AsyncIterator[StockEntry]:
        """Yield SKUs once they have changed after a place (None: from now on); several are one.

        No place is too old; one that this database has never reached is before everything.
        """
        await self._tail.until_ready()
        start = self._stock.position if after is None else await self._known_stock(after)
        with self._stock.following(frozenset(skus)) as follower:
            upto = self._stock.position
            yield StockEntry(start)
            follower.add(await self._changed(follower.skus, start, upto))
            while True:
                taken = await follower.take()
                yield StockEntry(max(start, self._stock.position), taken)

    async def _refuse_unknown(self, after: int) -> None:
        """Let nobody go on from a place behind which something is forgotten, or that never was.

        What a restored database has lost, it never had: who was told it goes on from its end.
        """
        extent = await load_extent(self._pool)
        if after < extent.forgotten_to:
            raise CursorExpired(extent.forgotten_to)
        if after > extent.drawn.events:
            raise CursorExpired(extent.drawn.events)

    async def _known_stock(self, after: int) -> int:
        extent = await load_extent(self._pool)
        return after if after <= extent.drawn.stock else 0

    async def _next_page(self, principal: Principal, wish: EventWish, after: int) -> EventPage:
        return await self._read(lambda: self.page(principal, wish, after=after, limit=PAGE_ENTRIES))

    async def _changed(self, skus: frozenset[str], after: int, upto: int) -> list[str]:
        if after >= upto:
            return []
        asked = sorted(skus)
        return await self._read(
            lambda: load_changed_skus(self._pool, asked, after=after, upto=upto)
        )

    async def _read(self, read: Callable[[], Awaitable[T]]) -> T:
        """Read for somebody who is behind; a database that is away is asked again."""
        async with self._reading:
            while True:
                try:
                    return await read()
                except AWAY as error:
                    log.warning("log.page_not_read", error=type(error).__name__)
                await self._clock.sleep(self._poll_seconds)

    async def _tick(self) -> None:
        while True:
            await self._clock.sleep(self._checkpoint_seconds / SLOTS)
            self._turns.tick()


def _page(found: Sequence[LoggedEvent], limit: int, upto: int) -> EventPage:
    """Answer a page of what was found up to a place, one more than the page has at most."""
    entries = tuple(Entry(each.position, each) for each in found[:limit])
    has_more = len(found) > limit
    return EventPage(entries, entries[-1].position if has_more else upto, has_more)
