"""Takes those who ask for stock meanwhile together: one statement for all that wait."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from gateway.projection.availability import StockTold, load_told

# Statements under way before others wait for one of them to end. The more wait, the more does the
# next one tell; while Postgres works on it, those who were told by the last are answered.
MOST_OPEN = 1
# Positions that are taken together; who asks for more goes alone, and nobody waits for it.
MOST_TOGETHER = 2_000
PLACES = 10


@dataclass(frozen=True, slots=True)
class Told:
    """What a statement told (None: there is no such group), and its place in their order."""

    told: StockTold | None
    number: int


@dataclass(slots=True)
class _Lot:
    """SKUs of a group that wait for a statement, who waits, and in the end what became of it."""

    group_id: UUID | None
    askers: int = 0
    task: "asyncio.Task[None] | None" = None
    skus: dict[str, None] = field(default_factory=dict)
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    outcome: Told | Exception = field(default_factory=lambda: RuntimeError("stock is closed"))


class StockLots:
    """The statements of this process that ask for stock.

    A statement tells nobody who asked after it began. An asker that is cancelled cancels nobody;
    what nobody waits for any more is given up, so that one that hangs holds up its askers alone.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._open = self._number = 0
        self._queue: deque[_Lot] = deque()
        self._joinable: dict[UUID | None, _Lot] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._most: dict[UUID | None, int] = {}

    def note(self, group_id: UUID | None, places: int) -> None:
        """A group has so many locations."""
        self._most[group_id] = max(1, MOST_TOGETHER // max(1, places))

    async def told(self, skus: Sequence[str], group_id: UUID | None) -> Told:
        """Answer what is told by a statement that begins now or later."""
        most = self._most.get(group_id, MOST_TOGETHER // PLACES)
        if len(skus) > most:
            return await self._ask(skus, group_id)
        if self._open < MOST_OPEN:
            self._open += 1
            try:
                return await self._ask(skus, group_id)
            finally:
                self._ended()
        lot = self._lot(skus, group_id, most)
        lot.skus.update(dict.fromkeys(skus))
        await self._wait(lot)
        if isinstance(lot.outcome, Exception):
            raise lot.outcome
        return lot.outcome

    async def close(self) -> None:
        """Give up what is under way, and leave no task."""
        waiting = list(self._queue)
        self._queue.clear()
        for lot in waiting:
            lot.is_over.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _lot(self, skus: Sequence[str], group_id: UUID | None, most: int) -> _Lot:
        lot = self._joinable.get(group_id)
        if lot is None or len(lot.skus) + len(skus) > most:
            lot = self._joinable[group_id] = _Lot(group_id)
            self._queue.append(lot)
        return lot

    async def _wait(self, lot: _Lot) -> None:
        lot.askers += 1
        try:
            await lot.is_over.wait()
        finally:
            lot.askers -= 1
            if lot.askers == 0 and lot.task is not None:
                lot.task.cancel()

    async def _ask(self, skus: Sequence[str], group_id: UUID | None) -> Told:
        self._number += 1
        number = self._number
        return Told(await load_told(self._pool, skus, group_id), number)

    def _ended(self) -> None:
        """Let the next lot begin that somebody waits for, if there is one."""
        self._open -= 1
        while self._queue and self._open < MOST_OPEN:
            lot = self._queue.popleft()
            if self._joinable.get(lot.group_id) is lot:
                del self._joinable[lot.group_id]
            if lot.askers:
                self._open += 1
                lot.task = asyncio.ensure_future(self._run(lot))
                self._tasks.add(lot.task)
                lot.task.add_done_callback(self._tasks.discard)

    async def _run(self, lot: _Lot) -> None:
        try:
            lot.outcome = await self._ask(list(lot.skus), lot.group_id)
        except Exception as error:  # noqa: BLE001
            lot.outcome = error
        finally:
            lot.is_over.set()
            self._ended()
