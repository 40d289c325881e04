"""All of the delivering that this process does: woken by the log and by jobs, and by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.models import Job

from gateway.events.feed import Feed
from gateway.events.webhooks.delivering import Deliverer
from gateway.events.webhooks.listening import listen
from gateway.events.webhooks.pumping import Pump
from gateway.events.webhooks.waking import ENTRYPOINT
from gateway.model.time import Clock
from gateway.projection.database import AWAY
from gateway.projection.waking import forget_jobs, woken_by
from gateway.projection.webhooks.deliveries import forget_finished, load_due
from gateway.projection.webhooks.endpoints import forget_previous, load_active

log = structlog.get_logger("trama.webhooks")
JOBS_KEPT = timedelta(days=1)
FORGET_SECONDS = 3600.0
AGAIN_SECONDS = 2.0
ENDPOINTS_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class WorkerRule:
    """How often is looked for what nobody has woken, and how long what is over is kept."""

    sweep_seconds: float
    keep_finished: timedelta


class WebhookWorker:
    """Pumps and delivers until cancelled; any number work side by side on one database."""

    def __init__(
        self,
        pool: Any,
        dsn: str,
        feed: Feed,
        pump: Pump,
        deliverer: Deliverer,
        rule: WorkerRule,
        clock: Clock,
    ) -> None:
        self._pool = pool
        self._dsn = dsn
        self._feed = feed
        self._pump = pump
        self._deliverer = deliverer
        self._rule = rule
        self._clock = clock
        self._appended = asyncio.Event()
        self._turns = _Turns(deliverer.deliver)
        self._forgot_at: float | None = None

    async def run(self) -> None:
        """Deliver until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._again("webhooks.not_heard", self._listen))
                tasks.create_task(self._again("webhooks.not_read", self._pump_appended))
                tasks.create_task(self._again("webhooks.not_woken", self._take_jobs))
                tasks.create_task(self._again("webhooks.not_swept", self._sweep_always))
        finally:
            await self._turns.close()

    async def sweep(self) -> None:
        """Look for everything that is to be done, and wake for it; forget what is over."""
        await self._pump_all()
        for each in await load_due(self._pool, self._clock.now()):
            self._turns.take(each)
        await self._forget()

    async def _listen(self) -> None:
        """Hear that the log goes on."""
        async for _ in listen(self._feed):
            self._appended.set()

    async def _pump_appended(self) -> None:
        while True:
            await self._appended.wait()
            self._appended.clear()
            await self._pump_all()

    async def _pump_all(self) -> None:
        """Read the log for every endpoint, several at a time."""
        waiting = await load_active(self._pool)
        room = asyncio.Semaphore(ENDPOINTS_AT_ONCE)

        async def pump(endpoint_id: UUID) -> None:
            async with room:
                await self._pump.pump(endpoint_id)

        await asyncio.gather(*map(pump, waiting))

    async def _take_jobs(self) -> None:
        """Be woken by jobs; a job is over once its endpoint's turn is noted."""
        async with woken_by(self._dsn) as queries:
            manager = QueueManager(queries)

            @manager.entrypoint(ENTRYPOINT)
            async def look(job: Job) -> None:
                self._turns.take(UUID((job.payload or b"").decode()))

            await manager.run(dequeue_timeout=timedelta(seconds=self._rule.sweep_seconds))

    async def _sweep_always(self) -> None:
        while True:
            await self.sweep()
            await self._clock.sleep(self._rule.sweep_seconds)

    async def _forget(self) -> None:
        """Remove what is over for long, at most once an hour."""
        tick, now = self._clock.monotonic(), self._clock.now()
        await forget_previous(self._pool, now)
        if self._forgot_at is None or tick - self._forgot_at >= FORGET_SECONDS:
            self._forgot_at = tick
            await forget_finished(self._pool, now - self._rule.keep_finished)
            await forget_jobs(self._pool, now - JOBS_KEPT)

    async def _again(self, event: str, work: Callable[[], Awaitable[None]]) -> None:
        """Do a work again and again: nothing that goes wrong ends it."""
        while True:
            try:
                await work()
            except AWAY as error:
                log.warning(event, error=type(error).__name__)
            except Exception:
                log.exception(event)
            await self._clock.sleep(AGAIN_SECONDS)


class _Turns:
    """One turn at a time for each endpoint; who is woken during its turn looks again."""

    def __init__(self, deliver: Callable[[UUID, asyncio.Event], Awaitable[None]]) -> None:
        self._deliver = deliver
        self._tasks: dict[UUID, asyncio.Task[None]] = {}
        self._woken: dict[UUID, asyncio.Event] = {}

    def take(self, endpoint_id: UUID) -> None:
        """Deliver to an endpoint what is due by now."""
        if endpoint_id in self._woken:
            self._woken[endpoint_id].set()
            return
        woken = self._woken[endpoint_id] = asyncio.Event()
        self._tasks[endpoint_id] = asyncio.create_task(self._turn(endpoint_id, woken))

    async def close(self) -> None:
        """End every turn; what is under way is anybody's again."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _turn(self, endpoint_id: UUID, woken: asyncio.Event) -> None:
        try:
            await self._deliver(endpoint_id, woken)
        except AWAY as error:
            log.warning("webhooks.not_delivered", error=type(error).__name__)
        except Exception:
            log.exception("webhooks.not_delivered", endpoint=str(endpoint_id))
        finally:
            del self._tasks[endpoint_id], self._woken[endpoint_id]
