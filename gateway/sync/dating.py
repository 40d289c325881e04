"""Dates what sources say again, behind whoever asked for it: the answer does not wait.

What is said again changes nothing but how old it is known to be. So a date that is lost with the
process, or with the database, is only an older date; and what others have written in between, or
hold, is written whole, as if it had not been compared.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import msgspec
import structlog

from gateway.connect.records import Mapped
from gateway.federation.sources import ConnectedSource
from gateway.projection.database import AWAY
from gateway.projection.orders.confirming import Confirmation, confirm

# What Postgres, or the way to it, does not take.
UNFIT = (asyncpg.DataError, UnicodeEncodeError, ValueError)
# How long the first waits for others: who asked is answered meanwhile.
PAUSE_SECONDS = 0.025
MOST_WAITING = 5000
END_SECONDS = 5.0

log = structlog.get_logger("trama.sync")


class ToldAgain(msgspec.Struct, frozen=True):
    """A record that says what is known, and is itself kept in case that it has to be written."""

    source: ConnectedSource
    stream: str
    table: str
    confirmation: Confirmation
    item: Mapped[Any]

    @property
    def key(self) -> str:
        """What its source is asked for it by."""
        record = self.item.record
        key: str = record.order_ref if self.stream == "fulfillments" else record.ref
        return key


Concerns: TypeAlias = Callable[[ToldAgain], bool]
Write: TypeAlias = Callable[[ConnectedSource, str, Sequence[Mapped[Any]]], Awaitable[object]]
OnDated: TypeAlias = Callable[[str, str, int], None]


def everything(told: ToldAgain) -> bool:
    """Be concerned by whatever waits."""
    return True


class Datings:
    """What waits to be dated: in rounds, one statement for each table."""

    def __init__(self, pool: Any, write: Write, on_dated: OnDated) -> None:
        self._pool = pool
        self._write = write
        self._on_dated = on_dated
        self._waiting: dict[UUID, ToldAgain] = {}
        self._dating: dict[UUID, ToldAgain] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._round: asyncio.Task[None] | None = None

    async def add(self, told: Iterable[ToldAgain]) -> None:
        """Date these soon; waits only where too many wait already."""
        while len(self._waiting) >= MOST_WAITING:
            await self.settled()
        for each in told:
            self._waiting[each.confirmation.id] = each
        self._schedule()

    async def settled(self, concerns: Concerns = everything) -> None:
        """Wait until what waits by now, of what concerns the caller, is dated.

        That is the round under way, and the one after it.
        """
        for _ in range(2):
            if not any(map(concerns, (*self._dating.values(), *self._waiting.values()))):
                return
            if self._round is None:
                self._begin()
            if self._round is not None:
                await asyncio.wait([self._round])

    async def close(self) -> None:
        """Date what waits, and leave no task; what takes too long is given up."""
        try:
            async with asyncio.timeout(END_SECONDS):
                await self.settled()
        except TimeoutError:
            log.warning("dates.lost", records=len(self._waiting))
        self._waiting.clear()
        if self._timer is not None:
            self._timer.cancel()
        if self._round is not None:
            self._round.cancel()
            await asyncio.gather(self._round, return_exceptions=True)

    def _schedule(self) -> None:
        if self._waiting and self._timer is None and self._round is None:
            self._timer = asyncio.get_running_loop().call_later(PAUSE_SECONDS, self._begin)

    def _begin(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._dating, self._waiting = self._waiting, {}
        self._round = asyncio.ensure_future(self._date(list(self._dating.values())))
        self._round.add_done_callback(self._end)

    def _end(self, _: "asyncio.Task[None]") -> None:
        self._round, self._dating = None, {}
        self._schedule()

    async def _date(self, told: Sequence[ToldAgain]) -> None:
        tables: defaultdict[str, list[ToldAgain]] = defaultdict(list)
        for each in told:
            tables[each.table].append(each)
        await asyncio.gather(*(self._date_rows(table, some) for table, some in tables.items()))

    async def _date_rows(self, table: str, told: Sequence[ToldAgain]) -> None:
        try:
            done = await self._confirmed(table, [each.confirmation for each in told])
            for some in _by_stream(told):
                await self._keep(some, done)
        except AWAY as error:
            log.warning("dates.lost", records=len(told), error=repr(error))
        except Exception:
            log.exception("dates.failed")

    async def _confirmed(self, table: str, told: Sequence[Confirmation]) -> set[UUID]:
        try:
            return await confirm(self._pool, table, told)
        except UNFIT:
            return set()

    async def _keep(self, told: Sequence[ToldAgain], done: set[UUID]) -> None:
        source, stream = told[0].source, told[0].stream
        left = [each.item for each in told if each.confirmation.id not in done]
        if len(left) < len(told):
            self._on_dated(source.id, stream, len(told) - len(left))
        if left:
            await self._write(source, stream, left)


def _by_stream(told: Sequence[ToldAgain]) -> Iterable[Sequence[ToldAgain]]:
    found: defaultdict[tuple[str, str], list[ToldAgain]] = defaultdict(list)
    for each in told:
        found[each.source.id, each.stream].append(each)
    return found.values()
