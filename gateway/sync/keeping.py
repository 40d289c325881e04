"""Keeps a stream in the hands of one process at a time, turn after turn."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import asyncpg
import structlog

from gateway.connect.errors import CredentialError, SourceError, Throttled
from gateway.federation.sources import ConnectedSource
from gateway.model.time import Clock
from gateway.projection.streams import (
    LeaseLost,
    StreamState,
    release_lease,
    renew_lease,
    save_health,
    take_lease,
)

log = structlog.get_logger("trama.sync")
LOST = (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError)
LONGEST_WAIT_SECONDS = 60.0
# Does a stream's work once, and answers the seconds until the next time.
Turn: TypeAlias = Callable[[StreamState], Awaitable[float]]


class StreamKeeper:
    """Leases of this process; `owner` is its name, a lease lasts for `seconds`."""

    def __init__(self, pool: Any, clock: Clock, *, owner: str, seconds: float) -> None:
        self._pool = pool
        self._clock = clock
        self._owner = owner
        self._seconds = seconds

    async def keep(
        self,
        source: ConnectedSource,
        stream: str,
        turn: Turn,
        wake: asyncio.Event | None,
    ) -> None:
        """Take turns while the lease is ours; wait for it while it is not."""
        while True:
            try:
                async with self._leased(source, stream) as state:
                    while state is not None:
                        wait = await self._attempt(source, stream, turn, state)
                        await self._wait(wait, wake)
            except LeaseLost:
                log.info("stream.lease_lost", source=source.id, stream=stream)
            except (*LOST, OSError) as error:
                log.warning("database.unavailable", error=type(error).__name__, stream=stream)
            except Exception:
                log.exception("stream.failed", source=source.id, stream=stream)
            await self._clock.sleep(self._seconds / 10)

    @asynccontextmanager
    async def _leased(
        self, source: ConnectedSource, stream: str
    ) -> AsyncIterator[StreamState | None]:
        state = await take_lease(self._pool, source.id, stream, self._owner, self._seconds)
        if state is None:
            yield None
            return
        reading = _this_task()
        keeping = asyncio.create_task(self._renew(state, reading))
        try:
            yield state
        except asyncio.CancelledError:
            failure = _failure_of(keeping)
            if failure is None or reading.uncancel() > 0:
                raise
            raise LeaseLost(f"{source.id}/{stream}") from failure
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await release_lease(self._pool, source.id, stream, state.lease_token)

    async def _renew(self, state: StreamState, reading: "asyncio.Task[Any]") -> None:
        of = (state.source_id, state.stream, state.lease_token)
        try:
            while True:
                await self._clock.sleep(self._seconds / 3)
                await renew_lease(self._pool, *of, self._seconds)
        except Exception:
            reading.cancel()
            raise

    async def _attempt(
        self,
        source: ConnectedSource,
        stream: str,
        turn: Turn,
        state: StreamState,
    ) -> float:
        """Take one turn and note how the source fares; answer the seconds until the next."""
        try:
            wait = await turn(state)
        except SourceError as error:
            await save_health(self._pool, source.id, stream, _health_of(error), reason_of(error))
            return _wait_after(error, source.rules.poll_seconds)
        await save_health(self._pool, source.id, stream, "UP", None)
        return wait

    async def _wait(self, seconds: float, wake: asyncio.Event | None) -> None:
        if wake is None:
            await self._clock.sleep(seconds)
            return
        sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
        waking = asyncio.ensure_future(wake.wait())
        try:
            await asyncio.wait({sleeping, waking}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeping.cancel()
            waking.cancel()
            await asyncio.gather(sleeping, waking, return_exceptions=True)
            wake.clear()


def _this_task() -> "asyncio.Task[Any]":
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("a lease is held by a task")
    return task


def _failure_of(keeping: "asyncio.Task[None]") -> BaseException | None:
    return keeping.exception() if keeping.done() and not keeping.cancelled() else None


def _health_of(error: SourceError) -> str:
    if isinstance(error, CredentialError):
        return "PAUSED"
    return "DEGRADED" if isinstance(error, Throttled) else "DOWN"


def reason_of(error: SourceError) -> str:
    """Answer in one line why a source did not answer."""
    return f"{error.code}: {error}"


def _wait_after(error: SourceError, poll_seconds: float) -> float:
    if isinstance(error, Throttled):
        return max(error.retry_after, 0.1)
    return min(poll_seconds, LONGEST_WAIT_SECONDS)
