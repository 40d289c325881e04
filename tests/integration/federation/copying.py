"""Copies of positions, and the log's tail that keeps them true, driven by hand."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from gateway.events.followers import Followers
from gateway.events.horizon import Horizon
from gateway.events.stock_followers import StockFollowers
from gateway.events.tail import Tail
from gateway.events.turns import Turns
from gateway.federation.stock_copies import StockCopies
from gateway.projection.availability import LOAD_STOCK

from .clock import StoryClock


class SlowReads:
    """The way to the database: notes what stock is read, and keeps it back while it is held."""

    def __init__(self, pool: Any) -> None:
        self.pool = pool
        self.of: list[list[str]] = []
        self._busy = 0
        self._quiet = asyncio.Event()
        self._free = asyncio.Event()
        self._free.set()
        self._came = asyncio.Event()
        self._read = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.pool, name)

    async def fetch(self, query: str, *values: Any) -> Sequence[Any]:
        if query != LOAD_STOCK:
            return await self._fetch(query, *values)
        free = self._free
        is_held = not free.is_set()
        self._busy += 1
        try:
            rows = await self._fetch(query, *values)
        finally:
            self._busy -= 1
            self._quiet.set()
        self.of.append(values[0])
        self._read.set()
        if is_held:
            self._came.set()
            await free.wait()
        return rows

    async def _fetch(self, query: str, *values: Any) -> Sequence[Any]:
        rows: Sequence[Any] = await self.pool.fetch(query, *values)
        return rows

    def hold(self) -> None:
        """Let nothing of what is read from now on arrive."""
        self._free.clear()
        self._came.clear()

    async def until_held(self) -> None:
        """Wait until something was read, and is kept back."""
        await self._came.wait()

    async def until_read(self, count: int) -> None:
        """Wait until so much was read, kept back or not."""
        while len(self.of) < count:
            self._read.clear()
            await self._read.wait()

    def let_others_go(self) -> Callable[[], None]:
        """Let arrive what is read from now on; answer what lets go what is kept back."""
        kept, self._free = self._free, asyncio.Event()
        self._free.set()
        return kept.set

    async def until_quiet(self, asker: "asyncio.Task[Any]") -> None:
        """Wait until an asker is done, or waits for what is kept back."""
        if self._free.is_set():
            await asker
        for _ in range(3):
            await asyncio.sleep(0)
        while self._busy:
            self._quiet.clear()
            await self._quiet.wait()

    def let_go(self) -> None:
        """Let it arrive."""
        self._free.set()


class Copying:
    """What a process keeps, and its tail; while that waits for transactions to end, it stands."""

    def __init__(self, pool: Any, clock: StoryClock, lag: float = 2) -> None:
        self.reads = SlowReads(pool)
        self.copies = StockCopies(
            self.reads, clock, max_entries=1000, max_bytes=10**7, max_lag_seconds=lag
        )
        turns = Turns()
        horizon = Horizon(self.reads, clock, warning_seconds=1e9, sleep=self._sleep)
        self.tail = Tail(
            self.reads, horizon, Followers(turns), StockFollowers(turns),
            poll_seconds=60, mirror=self.copies, renew_seconds=0,
        )  # fmt: skip
        self._under_way: asyncio.Task[None] | None = None
        self._waits, self._go = asyncio.Event(), asyncio.Event()

    @property
    def is_waiting(self) -> bool:
        """Whether a round is under way."""
        return self._under_way is not None

    async def round(self) -> None:
        """Let the tail have passed on what is final by now."""
        await self.step()
        while self.is_waiting:
            await self.step()

    async def step(self) -> None:
        """Begin a round, or go on with it, until it is over or waits for somebody's transaction."""
        self._waits.clear()
        self._go.set()
        if self._under_way is None:
            self._under_way = asyncio.create_task(self.tail.advance())
        waits = asyncio.create_task(self._waits.wait())
        await asyncio.wait({self._under_way, waits}, return_when=asyncio.FIRST_COMPLETED)
        waits.cancel()
        if self._under_way.done():
            over, self._under_way = self._under_way, None
            await over

    async def close(self) -> None:
        """Leave no task."""
        self.reads.let_go()
        if self._under_way is not None:
            self._under_way.cancel()
            await asyncio.gather(self._under_way, return_exceptions=True)
        await self.copies.close()

    async def _sleep(self, seconds: float) -> None:
        self._go.clear()
        self._waits.set()
        await self._go.wait()
