"""A whole gateway: database, sources, services and the web floor, opened and closed together."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from gateway.bootstrap.copying import CacheStanding, copies_of, told_stock_of
from gateway.bootstrap.credentials import Credentials
from gateway.bootstrap.database import open_database, open_projection
from gateway.bootstrap.facing import executor_of, web_parts_of
from gateway.bootstrap.following import following
from gateway.bootstrap.observing import (
    counting_attempts,
    counting_calls,
    counting_records,
    counting_told,
)
from gateway.bootstrap.preparing import groups_of, prepare, read_coordinates
from gateway.bootstrap.publishing import published_channels
from gateway.bootstrap.services import services_of
from gateway.bootstrap.sources import connect_sources
from gateway.bootstrap.standing import Executed, LogLag, Standing
from gateway.bootstrap.warming import warm_up
from gateway.bootstrap.webhooks import Webhooks, open_webhooks
from gateway.events.feed import Feed
from gateway.federation.directory import SourceDirectory
from gateway.federation.refreshing import Refresher, WriteThrough
from gateway.federation.sources import ConnectedSource, Sources
from gateway.model.stock import PositionRef
from gateway.model.time import Clock, SystemClock
from gateway.projection.migrate import migrate
from gateway.projection.orders.confirming import Confirmed
from gateway.settings import Settings
from gateway.sync.apply import Applier
from gateway.sync.chunks import Item
from gateway.sync.confirming import Expected
from gateway.sync.publishing import ChannelPublisher
from gateway.sync.reading import OnProgress, no_progress
from gateway.sync.replay import Replayer
from gateway.sync.reread import told_of
from gateway.sync.worker import SyncWorker, WorkerOptions
from gateway.telemetry.meters import Meters
from gateway.web.app import create_app
from gateway.web.metrics import create_metrics_app
from gateway.web.parts import WebParts
from gateway.web.subscribers import Subscribers


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """What is not in the configuration: routes of a demo, who watches progress, the clock.

    A `dsn` is of a database that is open and prepared already, by whoever runs several gateways.
    `on_push` is told the source of each push that was stored, instead of the gateway's own worker.
    """

    routes: Sequence[BaseRoute] = ()
    on_progress: OnProgress = no_progress
    clock: Clock = field(default_factory=SystemClock)
    migrates: bool = False
    dsn: str | None = None
    on_push: Callable[[str], None] | None = None


@dataclass(frozen=True, slots=True)
class Gateway:
    """An open gateway."""

    settings: Settings
    dsn: str
    pool: Any
    sources: Sources
    worker: SyncWorker
    feed: Feed
    webhooks: Webhooks
    replayer: Replayer
    directory: SourceDirectory
    parts: WebParts
    app: ASGIApp
    metrics_app: Starlette
    standing: Standing
    clock: Clock

    async def work(self) -> None:
        """Read the sources and deliver to partners' endpoints, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.worker.run())
            tasks.create_task(self.webhooks.worker.run())


@asynccontextmanager
async def open_gateway(
    settings: Settings, options: GatewayOptions | None = None
) -> AsyncIterator[Gateway]:
    """Open everything; nothing is read before `work()`. Raises StartFailed."""
    chosen = options or GatewayOptions()
    clock = chosen.clock
    async with AsyncExitStack() as stack:
        meters = Meters()
        credentials = Credentials()
        sources = connect_sources(settings, clock, partial(counting_calls, meters), credentials)
        channels = published_channels(settings, sources)
        dsn = chosen.dsn
        if dsn is None:
            dsn = await stack.enter_async_context(open_database(settings))
            if chosen.migrates or settings.database.embedded:
                await migrate(dsn)
        pool = await open_projection(settings, dsn)
        stack.push_async_callback(pool.close)
        stack.push_async_callback(sources.close)
        credentials.open(pool)
        if chosen.dsn is None:
            await prepare(pool, settings, sources, channels, clock)
        near = copies, _told = copies_of(pool, settings, clock), told_stock_of(pool, settings)
        for each in near:
            if each is not None:
                stack.push_async_callback(each.close)
                meters.include(CacheStanding(each))
        feed, relay = await stack.enter_async_context(following(pool, dsn, settings, clock, copies))
        applier = Applier(
            pool, sources, clock,
            chunk_rows=settings.sync.chunk_rows, on_applied=counting_records(meters),
            on_committed=relay.nudge,
        )  # fmt: skip
        stack.push_async_callback(applier.close)
        refresher = Refresher(
            pool, sources, _write_through(applier), clock,
            seconds=settings.freshness.deadline_seconds * 4,
        )  # fmt: skip
        stack.push_async_callback(refresher.close)
        webhooks = await stack.enter_async_context(
            open_webhooks(settings, pool, dsn, feed, clock, counting_attempts(meters))
        )
        services = services_of(
            pool, settings, sources, channels, refresher, feed, webhooks.endpoints, clock, *near
        )
        await warm_up(services, settings.database.pool_min, clock)
        publishers = [
            ChannelPublisher(pool, each, services.stock, clock, counting_told(meters))
            for each in channels
        ]
        worker = SyncWorker(
            pool, sources, applier, clock, _worker_options(settings), chosen.on_progress, publishers
        )
        subscribers = Subscribers(settings.limits)
        executor = executor_of(settings, services, clock)
        stack.push_async_callback(executor.close)
        parts = web_parts_of(
            settings, executor, pool, sources, chosen.on_push or worker.wake, clock,
            chosen.routes, meters, subscribers,
        )  # fmt: skip
        replayer = Replayer(pool, applier)
        standing = Standing(pool, sources, channels, clock, meters, subscribers)
        meters.include(standing)
        meters.include(LogLag(feed.horizon))
        meters.include(Executed(executor))
        watched = create_metrics_app(settings.metrics, standing.exposition)
        yield Gateway(
            settings, dsn, pool, sources, worker, feed, webhooks, replayer, services.sources,
            parts, create_app(parts), watched, standing, clock,
        )  # fmt: skip


def _write_through(applier: Applier) -> WriteThrough:
    async def stock(
        source: ConnectedSource,
        asked: Sequence[PositionRef],
        found: Sequence[Item | None],
        observed_at: Any,
    ) -> None:
        items, gone = told_of(asked, found)
        await applier.apply(source, "stock", items)
        if gone:
            await applier.clear(source, gone, observed_at)

    async def records(
        source: ConnectedSource, stream: str, items: Sequence[Item], expected: Expected
    ) -> Confirmed:
        return (await applier.apply(source, stream, items, expected=expected)).confirmed

    return WriteThrough(stock, applier.expect, records, applier.settled)


def _worker_options(settings: Settings) -> WorkerOptions:
    return WorkerOptions(
        owner=f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}",
        lease_seconds=settings.sync.lease_seconds,
        groups=groups_of(settings),
        coordinates=read_coordinates(settings.locations.coordinates_file),
    )
