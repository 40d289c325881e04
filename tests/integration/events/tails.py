"""Three tails of one log: two that are written often and are wrong, and ours, driven by hand."""

import asyncio
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

from gateway.events.followers import Follower, Followers
from gateway.events.hearing import Hearer
from gateway.events.horizon import Horizon
from gateway.events.stock_followers import StockFollower, StockFollowers
from gateway.events.tail import Tail
from gateway.events.turns import Turns
from gateway.model.events import EventWish

from .following import EVERYTHING, HandClock

Told = tuple[int, UUID, int]


class PlainTail:
    """Reads whatever has a higher id than the last one that it saw."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._last = 0
        self.told: list[Told] = []

    async def read(self) -> None:
        rows = await self._pool.fetch(
            """SELECT id, aggregate_id, aggregate_version FROM event WHERE id > $1 ORDER BY id""",
            self._last,
        )
        self.told += [tuple(row) for row in rows]
        self._last = max([self._last, *(row["id"] for row in rows)])


class BelowXminTail:
    """Reads what was written by transactions before the oldest one under way, in their order."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._last = ("0", 0)
        self.told: list[Told] = []

    async def read(self) -> None:
        rows = await self._pool.fetch(
            """SELECT id, aggregate_id, aggregate_version, transaction_id::text AS written_by
               FROM event WHERE (transaction_id, id) > ($1::text::xid8, $2)
                 AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
               ORDER BY event.transaction_id, id""",
            *self._last,
        )
        self.told += [tuple(row)[:3] for row in rows]
        if rows:
            self._last = (rows[-1]["written_by"], rows[-1]["id"])


class BelowXminByIdTail(PlainTail):
    """Reads what has a higher id, of transactions before the oldest one under way."""

    async def read(self) -> None:
        rows = await self._pool.fetch(
            """SELECT id, aggregate_id, aggregate_version FROM event WHERE id > $1
                 AND transaction_id < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY id""",
            self._last,
        )
        self.told += [tuple(row) for row in rows]
        self._last = max([self._last, *(row["id"] for row in rows)])


class OurTail:
    """The gateway's tail; while it waits for transactions to end, it takes a step when told to."""

    def __init__(self, pool: Any, stock: frozenset[str] = frozenset()) -> None:
        turns = Turns()
        followers, stocks = Followers(turns), StockFollowers(turns)
        horizon = Horizon(pool, HandClock(), warning_seconds=1e9, sleep=self._sleep)
        self._tail = Tail(pool, horizon, followers, stocks, poll_seconds=60)
        everything = Hearer.of(EVERYTHING, EventWish())
        self._following: AbstractContextManager[Follower] = followers.following(everything, 0)
        self._follower = self._following.__enter__()
        self._stock_following: AbstractContextManager[StockFollower] = stocks.following(stock)
        self.stock = self._stock_following.__enter__()
        self._advancing: asyncio.Task[None] | None = None
        self._sleeps, self._go = asyncio.Event(), asyncio.Event()
        self.told: list[Told] = []

    async def read(self) -> None:
        """Look once whether what was drawn is final; if it is, take it."""
        if self._advancing is None:
            self._advancing = asyncio.create_task(self._tail.advance())
        self._sleeps.clear()
        self._go.set()
        sleeps = asyncio.create_task(self._sleeps.wait())
        await asyncio.wait({self._advancing, sleeps}, return_when=asyncio.FIRST_COMPLETED)
        sleeps.cancel()
        if self._advancing.done():
            await self._advancing
            self._advancing = None
        if self._follower.queued:
            for entry in await self._follower.take():
                assert entry.event is not None
                self.told.append((entry.position, entry.event.order_id, entry.event.version))

    async def read_all(self) -> None:
        """Look until everything that was drawn by now is final."""
        await self.read()
        while self._advancing is not None:
            await self.read()
        await self.read()
        while self._advancing is not None:
            await self.read()

    async def _sleep(self, seconds: float) -> None:
        self._go.clear()
        self._sleeps.set()
        await self._go.wait()


async def our_tail(pool: Any, stock: frozenset[str] = frozenset()) -> OurTail:
    """Answer our tail, which knows how far the log goes by now."""
    tail = OurTail(pool, stock)
    await tail.read_all()
    return tail
