"""The one tail of the log in a process: reads every final entry once, and passes it on."""

import asyncio
from collections.abc import Sequence
from typing import Any

import structlog

from gateway.events.followers import Followers
from gateway.events.horizon import Horizon
from gateway.events.mirror import Mirror, NoMirror
from gateway.events.stock_followers import StockFollowers
from gateway.projection.database import AWAY
from gateway.projection.marks import Marks
from gateway.projection.tail import TailEntry, load_changed_positions, load_tail

PAGE_ENTRIES = 500
# So many are told in one turn of the loop: each may be for many readers, who are told at once.
TOLD_AT_ONCE = 50
PAGE_POSITIONS = 5000
# Rounds begin no more often: what is appended meanwhile is read together.
ROUND_SECONDS = 0.015
# What copies are judged by is read this often at most, however often something is appended.
RENEW_SECONDS = 0.2

log = structlog.get_logger("trama.events")


class Tail:
    """Follows the log, and tells the followers, and who mirrors the positions."""

    def __init__(
        self,
        pool: Any,
        horizon: Horizon,
        followers: Followers,
        stock: StockFollowers,
        *,
        poll_seconds: float,
        mirror: Mirror | None = None,
        renew_seconds: float = RENEW_SECONDS,
    ) -> None:
        self._pool = pool
        self._mirror = mirror or NoMirror()
        self._horizon = horizon
        self._followers = followers
        self._stock = stock
        self._poll_seconds = poll_seconds
        self._renew_seconds = renew_seconds
        self._began = self._renewed = float("-inf")
        self._known: Marks | None = None
        self._ready = asyncio.Event()
        self._wake = asyncio.Event()
        self._is_away = False

    def wake(self) -> None:
        """Something may have been appended: look at once."""
        self._wake.set()

    async def until_ready(self) -> None:
        """Wait until it is known how far the log is final."""
        await self._ready.wait()

    async def run(self) -> None:
        """Follow the log until cancelled; whatever fails is tried again."""
        while True:
            try:
                await self.advance()
                if self._is_away:
                    log.info("log.read_again")
                self._is_away = False
            except AWAY as error:
                self._mirror.forget_everything()
                if not self._is_away:
                    log.warning("log.not_read", error=type(error).__name__)
                self._is_away = True
            except Exception:
                self._mirror.forget_everything()
                log.exception("log.tail_failed")
            await self._pause()

    async def advance(self) -> None:
        """Pass on what has become final; wait for it where more was drawn."""
        self._began = now = asyncio.get_running_loop().time()
        renews = now - self._renewed >= self._renew_seconds
        if renews:
            await self._mirror.begin()
            self._renewed = now
        marks = await self._horizon.next_marks(self._known)
        if marks is not None:
            await self._pass_on(marks)
        if renews:
            self._mirror.complete()

    async def _pass_on(self, marks: Marks) -> None:
        if self._known is None:
            self._followers.position, self._stock.position = marks.events, marks.stock
        self._go_back(marks)
        await self._pass_on_events(marks.events)
        await self._pass_on_stock(marks.stock)
        self._known = marks
        self._ready.set()

    def _go_back(self, marks: Marks) -> None:
        """A database that was restored, or whose standby took over, may know less than we told."""
        if marks.events < self._followers.position:
            log.warning("log.went_back", told=self._followers.position, drawn=marks.events)
            self._followers.lose(marks.events)
        if marks.stock < self._stock.position:
            self._mirror.forget_everything()
            self._stock.lose(marks.stock)

    async def _pass_on_events(self, upto: int) -> None:
        followers = self._followers
        while followers.position < upto and len(followers):
            entries = await load_tail(
                self._pool, after=followers.position, upto=upto, limit=PAGE_ENTRIES
            )
            is_full = len(entries) == PAGE_ENTRIES
            await self._tell(entries, entries[-1].event.position if is_full else upto)
        followers.position = upto

    async def _tell(self, entries: Sequence[TailEntry], upto: int) -> None:
        """Tell a page up to a place; others have their turns between its lots."""
        for start in range(0, max(1, len(entries)), TOLD_AT_ONCE):
            lot = entries[start : start + TOLD_AT_ONCE]
            is_last = start + TOLD_AT_ONCE >= len(entries)
            self._followers.publish(lot, upto if is_last else lot[-1].event.position)
            if not is_last:
                await asyncio.sleep(0)

    async def _pass_on_stock(self, upto: int) -> None:
        """Tell what has changed up to a place, and let copies be forgotten of all that is beyond.

        A position that was changed before the round, and once more meanwhile, has a number beyond
        the place by now: its copy from before both is not to be judged by the round's beginning.
        """
        stock, after, is_full = self._stock, self._stock.position, self._stock.position < upto
        while is_full and (len(stock) or self._mirror.is_keeping):
            changed = await load_changed_positions(self._pool, after=after, limit=PAGE_POSITIONS)
            self._mirror.forget({sku for _, sku in changed})
            is_full = len(changed) == PAGE_POSITIONS
            after = changed[-1][0] if is_full else upto
            stock.publish([sku for place, sku in changed if place <= upto], min(after, upto))
        stock.position = upto

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._poll_seconds):
                await self._wake.wait()
            passed = asyncio.get_running_loop().time() - self._began
            await asyncio.sleep(max(0.0, ROUND_SECONDS - passed))
        except TimeoutError:
            return
        finally:
            self._wake.clear()
