"""Shares reads at a source: one fetch for everybody who asks for the same at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Generic, TypeVar

import structlog

from gateway.connect.deadline import Deadline
from gateway.connect.errors import DeadlineExceeded, SourceError, Throttled
from gateway.model.time import Clock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
MOST_WAITING = 5000
# Of the loop, until what was asked for is written to the wire: gathered, begun, sent.
TURNS_TO_THE_WIRE = 4

log = structlog.get_logger("trama.federation")


class Fanout(Generic[K, V]):
    """Gathers the keys asked for in one turn of the loop into batches, each fetched once.

    A key under way is not fetched again: whoever asks for it waits with the others. An asker that
    is cancelled or runs out of time cancels nobody: the fetch goes on until its own deadline,
    because what it brings is kept.
    """

    def __init__(
        self,
        fetch: "Callable[[Sequence[K], Deadline], Awaitable[Mapping[K, V]]]",
        *,
        batch_size: int,
        clock: Clock,
        seconds: float,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._fetch = fetch
        self._batch_size = max(1, batch_size)
        self._clock = clock
        self._seconds = seconds
        self._most_waiting = most_waiting
        self._under_way: dict[K, _Batch[K, V]] = {}
        self._gathered: list[_Batch[K, V]] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def get(self, keys: Iterable[K], deadline: Deadline) -> "dict[K, V | Exception | None]":
        """Answer each key's value, None where the source has none, or what went wrong with it."""
        asked = self.ask(keys)
        await all_told([asked], deadline)
        return asked.outcomes

    def ask(self, keys: Iterable[K]) -> "Asked[K, V]":
        """Fetch behind what is not under way: nobody waits, but whoever wants may."""
        return Asked({key: self._ask(key) for key in dict.fromkeys(keys)})

    async def close(self) -> None:
        """Give up what is under way, and leave no task."""
        self._gathered.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for batch in self._under_way.values():
            batch.over.cancel()
        self._under_way.clear()

    def _ask(self, key: K) -> "_Batch[K, V] | None":
        known = self._under_way.get(key)
        if known is not None:
            return known
        if len(self._under_way) >= self._most_waiting:
            return None
        batch = self._under_way[key] = self._gathering()
        batch.keys.append(key)
        return batch

    def _gathering(self) -> "_Batch[K, V]":
        """Answer the batch that has room; the first of a turn is sent off when the turn ends."""
        if not self._gathered:
            asyncio.get_running_loop().call_soon(self._dispatch)
        elif len(self._gathered[-1].keys) < self._batch_size:
            return self._gathered[-1]
        self._gathered.append(_Batch())
        return self._gathered[-1]

    def _dispatch(self) -> None:
        batches, self._gathered = self._gathered, []
        for batch in batches:
            task = asyncio.ensure_future(self._run(batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, batch: "_Batch[K, V]") -> None:
        try:
            batch.found = await self._fetch(batch.keys, Deadline.after(self._seconds, self._clock))
        except Exception as error:
            batch.failure = error
            if not isinstance(error, SourceError):
                log.exception("refresh.failed")
        finally:
            for key in batch.keys:
                self._under_way.pop(key, None)
            if not batch.over.done():
                batch.over.set_result(None)


class _Batch(Generic[K, V]):
    """Keys that are fetched together; once it is over, what was found or what went wrong."""

    __slots__ = ("failure", "found", "keys", "over")

    def __init__(self) -> None:
        self.keys: list[K] = []
        self.found: Mapping[K, V] = {}
        self.failure: Exception | None = None
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def outcome(self, key: K) -> V | Exception | None:
        """Answer a key's value, None where there is none, or what went wrong with it."""
        if not self.over.done() or self.over.cancelled():
            return DeadlineExceeded("the source did not answer in time")
        return self.found.get(key) if self.failure is None else self.failure


class Asked(Generic[K, V]):
    """Keys that were asked for: what is to be waited for, and what came of it."""

    def __init__(self, batches: "Mapping[K, _Batch[K, V] | None]") -> None:
        self._batches = batches

    @property
    def outcomes(self) -> "dict[K, V | Exception | None]":
        """Each key's value, None where the source has none, or what went wrong with it by now."""
        return {
            key: _refused() if batch is None else batch.outcome(key)
            for key, batch in self._batches.items()
        }

    @property
    def waits(self) -> "set[asyncio.Future[None]]":
        """What is not over yet."""
        return {each.over for each in self._batches.values() if each and not each.over.done()}


async def all_told(every: Iterable[Asked[Any, Any]], deadline: Deadline) -> None:
    """Wait until all that was asked for is there, or for the deadline; cancels none of it."""
    left = {wait for asked in every for wait in asked.waits}
    if left:
        with suppress(DeadlineExceeded):
            await deadline.run(asyncio.wait(left))


async def after_requests() -> None:
    """Let what was asked for now be sent first: what is read while sources answer can wait."""
    for _ in range(TURNS_TO_THE_WIRE):
        await asyncio.sleep(0)


def _refused() -> Throttled:
    return Throttled("too much is being read from this source already", 1.0)
