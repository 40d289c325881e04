"""What stands at the moment of asking: how sources and streams fare, and what waits."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.engine import engine
from gateway.events.horizon import Horizon
from gateway.federation.breaker import HealthState
from gateway.federation.sources import ConnectedSource, Sources
from gateway.graph.execution import GraphExecutor
from gateway.graph.sampling import Outcome
from gateway.model.time import Clock
from gateway.projection.channel_stock import ShelfCounts, count_shelves
from gateway.projection.database import AWAY
from gateway.projection.inbox import Backlog, load_backlogs
from gateway.projection.orders.joining import count_waiting
from gateway.projection.quarantine import count_quarantined
from gateway.projection.streams import StreamState, load_streams
from gateway.projection.webhooks.deliveries import load_backlog
from gateway.projection.webhooks.endpoints import count_states
from gateway.sync.publishing import PublishedChannel
from gateway.telemetry import catalogue
from gateway.telemetry.meters import Meters, counter, gauge
from gateway.telemetry.totals import Family
from gateway.web.subscribers import Subscribers, Transport

ANSWER_SECONDS = 3.0
COMPILED, HANDED_OVER = "COMPILED", "HANDED_OVER"
_Values = Iterable[tuple[tuple[str, ...], float]]

log = structlog.get_logger("trama.metrics")


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database told at a moment."""

    now: datetime
    streams: list[StreamState]
    quarantined: dict[tuple[str, str], int]
    waiting: dict[tuple[str, str], int]
    backlogs: dict[str, Backlog]
    webhooks: tuple[int, datetime | None]
    endpoints: dict[tuple[str, str], int]
    shelves: list[ShelfCounts]

    def age(self, moment: datetime) -> float:
        return max(0.0, (self.now - moment).total_seconds())


class Standing(Collector):
    """Gauges that are read when somebody asks; several processes on one database tell alike."""

    def __init__(
        self,
        pool: Any,
        sources: Sources,
        channels: Sequence[PublishedChannel],
        clock: Clock,
        meters: Meters,
        subscribers: Subscribers,
    ) -> None:
        self._subscribers = subscribers
        self._pool = pool
        self._sources = sources
        self._channels = channels
        self._clock = clock
        self._meters = meters
        self._asking = asyncio.Lock()
        self._known: _Known | None = None

    async def exposition(self, accept: str) -> tuple[bytes, str]:
        """Answer every meter as text, and its media type; without a database, the others."""
        async with self._asking:
            await self._look()
            return self._meters.exposition(accept)

    async def families(self) -> list[Family]:
        """Answer every meter as it is added up with those of other processes."""
        async with self._asking:
            await self._look()
            return self._meters.families()

    async def _look(self) -> None:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                self._known = await self._load()
        except AWAY as error:
            log.warning("metrics.database_unavailable", error=type(error).__name__)
            self._known = None

    async def _load(self) -> _Known:
        async with self._pool.acquire() as connection:
            return _Known(
                self._clock.now(),
                await load_streams(connection),
                await count_quarantined(connection),
                await count_waiting(connection),
                await load_backlogs(connection),
                await load_backlog(connection),
                await count_states(connection),
                await count_shelves(connection) if self._channels else [],
            )

    def collect(self) -> Iterator[Metric]:
        """Answer the gauges."""
        yield gauge(catalogue.SOURCE_STATE, self._states())
        yield gauge(catalogue.DATABASE_UP, [((), float(self._known is not None))])
        idle, most = self._pool.get_idle_size(), self._pool.get_max_size()
        used = self._pool.get_size() - idle
        yield gauge(catalogue.POOL, [(("IDLE",), idle), (("USED",), used)])
        yield gauge(catalogue.POOL_MOST, [((), most)])
        yield gauge(catalogue.CONNECTIONS, self._connections())
        yield gauge(catalogue.SUBSCRIPTIONS, self._subscriptions())
        if self._known is not None:
            yield from self._streams(self._known)
            yield from self._backlogs(self._known)
            yield from _webhooks(self._known)
            yield from self._shelves(self._known)

    def _states(self) -> _Values:
        for source in self._sources:
            for state in HealthState:
                yield (source.id, state.value), float(source.breaker.health.state is state)

    def _connections(self) -> _Values:
        for transport in Transport:
            yield (transport.value,), self._subscribers.connections[transport]

    def _subscriptions(self) -> _Values:
        for (transport, kind), count in self._subscribers.subscriptions.items():
            yield (transport.value, kind.value), count

    def _streams(self, known: _Known) -> Iterator[Metric]:
        read = {(source.id, stream) for source in self._sources for stream in source.streams}
        states = {
            (each.source_id, each.stream): each
            for each in known.streams
            if (each.source_id, each.stream) in read
        }
        ages = ((key, each.watermark) for key, each in states.items())
        yield gauge(catalogue.WATERMARK_AGE, ((key, known.age(at)) for key, at in ages if at))
        lags = ((key, each.known_until) for key, each in states.items())
        yield gauge(catalogue.LAG, ((key, known.age(at)) for key, at in lags if at))
        walks = ((key, each.walked_at) for key, each in states.items())
        yield gauge(catalogue.WALKED_AT, ((key, at.timestamp()) for key, at in walks if at))
        yield gauge(
            catalogue.STREAM_UP,
            ((key, float(each.health == HealthState.UP)) for key, each in states.items()),
        )
        set_aside = dict.fromkeys(states, 0) | {
            key: count for key, count in known.quarantined.items() if self._sources.get(key[0])
        }
        yield gauge(catalogue.QUARANTINE, set_aside.items())

    def _backlogs(self, known: _Known) -> Iterator[Metric]:
        waits = [key for source in self._sources for key in _joining(source)]
        yield gauge(catalogue.WAITING, ((key, known.waiting.get(key, 0)) for key in waits))
        pushing = [source.id for source in self._sources if source.hooks is not None]
        backlogs = {each: known.backlogs.get(each) for each in pushing}
        counts = (((key,), each.waiting if each else 0) for key, each in backlogs.items())
        yield gauge(catalogue.INBOX, counts)
        ages = (((key,), known.age(each.oldest) if each else 0) for key, each in backlogs.items())
        yield gauge(catalogue.INBOX_AGE, ages)

    def _shelves(self, known: _Known) -> Iterator[Metric]:
        counts = {(each.source_id, each.location): each for each in known.shelves}
        shelves = {
            each.code: counts.get((each.source.id, each.location)) for each in self._channels
        }
        states = ("told", "waiting", "failed", "unknown")
        yield gauge(
            catalogue.TOLD_ITEMS,
            (
                ((code, state.upper()), getattr(each, state) if each else 0)
                for code, each in shelves.items()
                for state in states
            ),
        )
        since = {code: each.oldest_waiting if each else None for code, each in shelves.items()}
        ages = (((code,), known.age(at) if at else 0.0) for code, at in since.items())
        yield gauge(catalogue.TOLD_LAG, ages)
        healths = {(each.source_id, each.stream): each.health for each in known.streams}
        kept = ((each, healths.get((each.source.id, each.stream))) for each in self._channels)
        ups = (((each.code,), float(health == HealthState.UP)) for each, health in kept)
        yield gauge(catalogue.CHANNEL_UP, ups)


def _webhooks(known: _Known) -> Iterator[Metric]:
    waiting, oldest = known.webhooks
    yield gauge(catalogue.WEBHOOKS_WAITING, [((), waiting)])
    yield gauge(catalogue.WEBHOOKS_AGE, [((), known.age(oldest) if oldest else 0.0)])
    yield gauge(catalogue.WEBHOOK_ENDPOINTS, known.endpoints.items())


def _joining(source: ConnectedSource) -> Iterator[tuple[str, str]]:
    """The streams of a source whose facts wait for an order of another source's."""
    for stream in ("fulfillments", "invoices"):
        if stream in source.streams:
            yield source.id, stream
    if source.channel is None and "orders" in source.streams:
        yield source.id, "orders"


class LogLag(Collector):
    """How long the log waits to be final, as this process's tail sees it."""

    def __init__(self, horizon: Horizon) -> None:
        self._horizon = horizon

    def collect(self) -> Iterator[Metric]:
        """Answer the gauge."""
        yield gauge(catalogue.HORIZON_LAG, [((), self._horizon.lag_seconds)])


class Executed(Collector):
    """How operations were executed, as the graph's executor has counted them."""

    def __init__(self, executor: GraphExecutor) -> None:
        self._executor = executor

    def collect(self) -> Iterator[Metric]:
        """Answer the counters."""
        counts = self._executor.counts
        yield counter(catalogue.CAREFUL, [((), counts.pop(engine.CAREFUL, 0))])
        compiled = counts.pop(engine.COMPILED, 0)
        reasons = ((each.upper().replace(" ", "_"), count) for each, count in counts.items())
        handed_over = (((HANDED_OVER, reason), count) for reason, count in reasons)
        yield counter(catalogue.EXECUTED, [((COMPILED, ""), compiled), *handed_over])
        samples = self._executor.samples
        yield counter(catalogue.SAMPLES, (((each.value,), samples[each]) for each in Outcome))
