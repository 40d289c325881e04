"""Shares reads at a source: one fetch for everybody who asks for the same at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

import structlog

from gateway.connect.deadline import Deadline
from gateway.connect.errors import DeadlineExceeded, SourceError, Throttled
from gateway.model.time import Clock

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
MOST_WAITING = 5000

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
        self._under_way: dict[K, asyncio.Future[V | Exception | None]] = {}
        self._gathered: list[K] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def get(self, keys: Iterable[K], deadline: Deadline) -> "dict[K, V | Exception | None]":
        """Answer each key's value, None where the source has none, or what went wrong with it."""
        wanted = list(dict.fromkeys(keys))
        waits = {key: self._ask(key) for key in wanted}
        await _within(deadline, [wait for wait in waits.values() if wait is not None])
        return {key: _outcome(wait) for key, wait in waits.items()}

    def start(self, keys: Iterable[K]) -> None:
        """Fetch behind: nobody waits."""
        for key in dict.fromkeys(keys):
            self._ask(key)

    async def close(self) -> None:
        """Give up what is under way, and leave no task."""
        self._gathered.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for wait in self._under_way.values():
            wait.cancel()
        self._under_way.clear()

    def _ask(self, key: K) -> "asyncio.Future[V | Exception | None] | None":
        known = self._under_way.get(key)
        if known is not None:
            return known
        if len(self._under_way) >= self._most_waiting:
            return None
        loop = asyncio.get_running_loop()
        if not self._gathered:
            loop.call_soon(self._dispatch)
        wait: asyncio.Future[V | Exception | None] = loop.create_future()
        self._under_way[key] = wait
        self._gathered.append(key)
        return wait

    def _dispatch(self) -> None:
        keys, self._gathered = self._gathered, []
        for first in range(0, len(keys), self._batch_size):
            task = asyncio.ensure_future(self._run(keys[first : first + self._batch_size]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, keys: Sequence[K]) -> None:
        found: Mapping[K, V] = {}
        failure: Exception | None = None
        try:
            found = await self._fetch(keys, Deadline.after(self._seconds, self._clock))
        except Exception as error:
            failure = error
            if not isinstance(error, SourceError):
                log.exception("refresh.failed")
        finally:
            for key in keys:
                wait = self._under_way.pop(key, None)
                if wait is not None and not wait.done():
                    wait.set_result(found.get(key) if failure is None else failure)


def _outcome(wait: "asyncio.Future[V | Exception | None] | None") -> "V | Exception | None":
    if wait is None:
        return Throttled("too much is being read from this source already", 1.0)
    if not wait.done() or wait.cancelled():
        return DeadlineExceeded("the source did not answer in time")
    return wait.result()


async def _within(deadline: Deadline, waits: "Sequence[asyncio.Future[V]]") -> None:
    """Wait for all of them, or for the deadline; cancels none of them."""
    if not waits:
        return
    everything = asyncio.ensure_future(asyncio.wait(waits))
    alarm = asyncio.ensure_future(deadline.clock.sleep(deadline.remaining))
    try:
        await asyncio.wait({everything, alarm}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        everything.cancel()
        alarm.cancel()
        await asyncio.gather(everything, alarm, return_exceptions=True)
