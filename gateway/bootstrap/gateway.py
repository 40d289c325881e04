"""A whole gateway: database, sources, services and the web floor, opened and closed together."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from gateway.bootstrap.applying import open_applier, open_refresher, worker_of
from gateway.bootstrap.copying import CacheStanding, copies_of, told_stock_of
from gateway.bootstrap.facing import executor_of, web_parts_of
from gateway.bootstrap.following import following
from gateway.bootstrap.foundation import Foundation, open_foundation
from gateway.bootstrap.observing import counting_attempts
from gateway.bootstrap.services import services_of
from gateway.bootstrap.standing import Executed, LogLag, Standing
from gateway.bootstrap.warming import warm_up
from gateway.bootstrap.webhooks import Webhooks, open_webhooks
from gateway.events.feed import Feed
from gateway.federation.directory import SourceDirectory
from gateway.federation.sources import Sources
from gateway.federation.stock_copies import StockCopies
from gateway.federation.told_stock import ToldStock
from gateway.model.time import Clock, SystemClock
from gateway.settings import Settings
from gateway.sync.reading import OnProgress, no_progress
from gateway.sync.replay import Replayer
from gateway.sync.worker import SyncWorker
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
    async with AsyncExitStack() as stack:
        under = await open_foundation(
            stack, settings, chosen.clock, chosen.dsn, migrates=chosen.migrates
        )
        yield await _open_floors(stack, under, chosen)


async def _open_floors(stack: AsyncExitStack, under: Foundation, chosen: GatewayOptions) -> Gateway:
    """Open what stands on the database and the sources, floor by floor."""
    settings, clock, meters = under.settings, under.clock, under.meters
    pool, dsn, sources, channels = under.pool, under.dsn, under.sources, under.channels
    near = copies, _ = _open_near(stack, under)
    feed, relay = await stack.enter_async_context(following(pool, dsn, settings, clock, copies))
    applier = open_applier(stack, under, relay.nudge)
    refresher = open_refresher(stack, under, applier)
    webhooks = await stack.enter_async_context(
        open_webhooks(settings, pool, dsn, feed, clock, counting_attempts(meters))
    )
    services = services_of(
        pool, settings, sources, channels, refresher, feed, webhooks.endpoints, clock, *near
    )
    await warm_up(services, settings.database.pool_min, clock)
    worker = worker_of(under, applier, services.stock, chosen.on_progress)
    subscribers = Subscribers(settings.limits)
    executor = executor_of(settings, services, clock)
    stack.push_async_callback(executor.close)
    parts = web_parts_of(
        settings, executor, pool, sources, chosen.on_push or worker.wake, clock,
        chosen.routes, meters, subscribers,
    )  # fmt: skip
    standing = Standing(pool, sources, channels, clock, meters, subscribers)
    for each in (standing, LogLag(feed.horizon), Executed(executor)):
        meters.include(each)
    return Gateway(
        settings, dsn, pool, sources, worker, feed, webhooks, Replayer(pool, applier),
        services.sources, parts, create_app(parts),
        create_metrics_app(settings.metrics, standing.exposition), standing, clock,
    )  # fmt: skip


def _open_near(
    stack: AsyncExitStack, under: Foundation
) -> tuple[StockCopies | None, ToldStock | None]:
    """Answer what keeps stock near the processor: copies, or what Postgres has said before."""
    near = (
        copies_of(under.pool, under.settings, under.clock),
        told_stock_of(under.pool, under.settings),
    )
    for each in near:
        if each is not None:
            stack.push_async_callback(each.close)
            under.meters.include(CacheStanding(each))
    return near
