"""A whole gateway: database, sources, services and the web floor, opened and closed together."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.routing import BaseRoute

from gateway.bootstrap.asking import (
    authenticator_of,
    bounds_of,
    executing,
    opening_live,
    taking,
)
from gateway.bootstrap.credentials import Credentials
from gateway.bootstrap.following import following
from gateway.bootstrap.observing import (
    counting_attempts,
    counting_calls,
    counting_deliveries,
    counting_records,
    counting_requests,
    counting_sockets,
    counting_told,
)
from gateway.bootstrap.preparing import groups_of, prepare, read_coordinates
from gateway.bootstrap.problems import StartFailed
from gateway.bootstrap.publishing import published_channels
from gateway.bootstrap.sources import connect_sources
from gateway.bootstrap.standing import LogLag, Standing
from gateway.bootstrap.tickets import StoredTickets
from gateway.bootstrap.trusting import trusted_documents_of
from gateway.bootstrap.webhooks import Webhooks, open_webhooks
from gateway.events.feed import Feed
from gateway.events.webhooks.endpoints import WebhookEndpoints
from gateway.federation.customer_links import CustomerLinks
from gateway.federation.customers import CustomerFederation
from gateway.federation.directory import SourceDirectory
from gateway.federation.freshness import FreshnessRule, OnStale
from gateway.federation.guests import GuestFederation
from gateway.federation.locations import LocationFederation
from gateway.federation.order_details import OrderDetails
from gateway.federation.orders import OrderFederation
from gateway.federation.refreshing import Refresher, WriteThrough
from gateway.federation.sources import ConnectedSource, Sources
from gateway.federation.stock import StockFederation
from gateway.federation.told_channels import ToldChannels
from gateway.graph.execution import GraphExecutor
from gateway.graph.schema import make_schemas
from gateway.graph.services import Services
from gateway.model.stock import PositionRef
from gateway.model.time import Clock, SystemClock
from gateway.projection.database import AWAY, open_pool
from gateway.projection.embedded import EmbeddedPostgres, EmbeddedPostgresError
from gateway.projection.migrate import migrate, missing_revisions
from gateway.settings import Settings
from gateway.sync.apply import Applier, Item
from gateway.sync.mending import Mending
from gateway.sync.publishing import ChannelPublisher, PublishedChannel
from gateway.sync.reading import OnProgress, no_progress
from gateway.sync.replay import Replayer
from gateway.sync.worker import SyncWorker, WorkerOptions
from gateway.telemetry.meters import Meters
from gateway.web.app import create_app
from gateway.web.metrics import create_metrics_app
from gateway.web.parts import Missing, WebParts, random_id
from gateway.web.subscribers import Subscribers


@dataclass(frozen=True, slots=True)
class GatewayOptions:
    """What is not in the configuration: routes of a demo, who watches progress, the clock."""

    routes: Sequence[BaseRoute] = ()
    on_progress: OnProgress = no_progress
    clock: Clock = field(default_factory=SystemClock)
    migrates: bool = False


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
    app: Starlette
    metrics_app: Starlette
    clock: Clock

    async def work(self) -> None:
        """Read the sources and deliver to partners' endpoints, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.worker.run())
            tasks.create_task(self.webhooks.worker.run())


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[str]:
    """Answer the DSN of the database, our own one started if the configuration says so."""
    told = settings.database
    if told.dsn is not None:
        yield told.dsn.get_secret_value()
        return
    server = EmbeddedPostgres(told.data_dir)
    try:
        await server.start()
    except EmbeddedPostgresError as error:
        raise StartFailed([f"database: {error}"]) from error
    try:
        yield server.dsn
    finally:
        await server.stop()


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
        dsn = await stack.enter_async_context(open_database(settings))
        if chosen.migrates or settings.database.embedded:
            await migrate(dsn)
        pool = await _open_pool(settings, dsn)
        stack.push_async_callback(pool.close)
        stack.push_async_callback(sources.close)
        credentials.open(pool)
        await prepare(pool, settings, sources, channels, clock)
        feed, relay = await stack.enter_async_context(following(pool, dsn, settings, clock))
        applier = Applier(
            pool, sources, clock,
            chunk_rows=settings.sync.chunk_rows, on_applied=counting_records(meters),
            on_committed=relay.nudge,
        )  # fmt: skip
        refresher = Refresher(
            pool, sources, _write_through(applier), clock,
            seconds=settings.freshness.deadline_seconds * 4,
        )  # fmt: skip
        stack.push_async_callback(refresher.close)
        webhooks = await stack.enter_async_context(
            open_webhooks(settings, pool, dsn, feed, clock, counting_attempts(meters))
        )
        services = _services(
            pool, settings, sources, channels, refresher, feed, webhooks.endpoints, clock
        )
        publishers = [
            ChannelPublisher(pool, each, services.stock, clock, counting_told(meters))
            for each in channels
        ]
        worker = SyncWorker(
            pool, sources, applier, clock, _worker_options(settings), chosen.on_progress, publishers
        )
        subscribers = Subscribers(settings.limits)
        parts = _web_parts(
            settings, services, pool, sources, worker, clock, dsn, chosen.routes, meters,
            subscribers,
        )  # fmt: skip
        replayer = Replayer(pool, applier)
        standing = Standing(pool, sources, channels, clock, meters, subscribers)
        meters.include(standing)
        meters.include(LogLag(feed.horizon))
        watched = create_metrics_app(settings.metrics, standing.exposition)
        yield Gateway(
            settings, dsn, pool, sources, worker, feed, webhooks, replayer, services.sources,
            parts, create_app(parts), watched, clock,
        )  # fmt: skip


async def _open_pool(settings: Settings, dsn: str) -> Any:
    told = settings.database
    try:
        missing = await missing_revisions(dsn)
        if missing:
            raise StartFailed(
                [f"database: {len(missing)} migrations are missing; run `trama migrate` first"]
            )
        return await open_pool(dsn, minimum=told.pool_min, maximum=told.pool_max)
    except AWAY as error:
        raise StartFailed([f"database: cannot be reached ({type(error).__name__})"]) from error


def _write_through(applier: Applier) -> WriteThrough:
    async def stock(
        source: ConnectedSource,
        asked: Sequence[PositionRef],
        found: Sequence[Item | None],
        observed_at: Any,
    ) -> None:
        await applier.apply(source, "stock", [each for each in found if each is not None])
        gone = [at for at, each in zip(asked, found, strict=True) if each is None]
        if gone:
            await applier.clear(source, gone, observed_at)

    async def records(source: ConnectedSource, stream: str, items: Sequence[Item]) -> None:
        await applier.apply(source, stream, items)

    return WriteThrough(stock, records)


def _worker_options(settings: Settings) -> WorkerOptions:
    return WorkerOptions(
        owner=f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}",
        lease_seconds=settings.sync.lease_seconds,
        groups=groups_of(settings),
        coordinates=read_coordinates(settings.locations.coordinates_file),
    )


def _services(
    pool: Any,
    settings: Settings,
    sources: Sources,
    published: Sequence[PublishedChannel],
    refresher: Refresher,
    feed: Feed,
    webhooks: WebhookEndpoints,
    clock: Clock,
) -> Services:
    defaults = settings.freshness.defaults
    rules = {
        name: FreshnessRule(timedelta(seconds=told.max_age_seconds), OnStale(told.on_stale))
        for name, told in (
            ("availability", defaults.availability),
            ("inventory_item", defaults.inventory_item),
            ("order", defaults.order),
            ("customer", defaults.customer),
        )
    }
    channels = {code: channel.name for code, channel in settings.channels.items()}
    authority = {str(name): sources for name, sources in settings.authority.orders.items()}
    customers = CustomerFederation(pool, rules["customer"].max_age)
    return Services(
        stock=StockFederation(
            pool, refresher, rules, low_at_most=settings.locations.low_stock_at_most
        ),
        orders=OrderFederation(pool, sources, refresher, rules["order"], channels, authority),
        details=OrderDetails(pool, authority),
        customers=customers,
        customer_links=CustomerLinks(pool, customers, clock),
        guests=GuestFederation(pool),
        locations=LocationFederation(pool),
        sources=SourceDirectory(pool, sources, clock),
        told_channels=ToldChannels(pool, [each.shelf for each in published]),
        mending=Mending(pool, sources, clock),
        feed=feed,
        webhooks=webhooks,
    )


def _web_parts(
    settings: Settings,
    services: Services,
    pool: Any,
    sources: Sources,
    worker: SyncWorker,
    clock: Clock,
    dsn: str,
    routes: Sequence[BaseRoute],
    meters: Meters,
    subscribers: Subscribers,
) -> WebParts:
    executor = GraphExecutor(
        make_schemas(
            prefix=settings.federation.prefix,
            router_enforces_scopes=settings.federation.router_enforces_scopes,
        ),
        services,
        clock,
        limits=settings.limits.document,
        bounds=bounds_of(settings),
        deadline_seconds=settings.freshness.deadline_seconds,
        new_id=random_id,
        introspection=settings.server.introspection,
        uses_engine=settings.engine.enabled,
    )
    documents = trusted_documents_of(settings)
    executor.prepare(documents.texts.values())

    async def readiness() -> list[Missing]:
        try:
            await pool.fetchval("SELECT 1")
            missing = await missing_revisions(dsn)
        except AWAY as error:
            return [Missing("database", f"cannot be reached ({type(error).__name__})")]
        if missing:
            return [Missing("migrations", f"missing: {', '.join(missing)}; run trama migrate")]
        return []

    return WebParts(
        execute=executing(executor),
        open_live=opening_live(executor),
        authenticator=authenticator_of(settings, clock),
        readiness=readiness,
        take_delivery=counting_deliveries(meters, taking(pool, sources, worker.wake)),
        server=settings.server,
        clock=clock,
        subscribers=subscribers,
        webhook_public_url=settings.sync.webhook_public_url,
        routes=routes,
        on_request=counting_requests(meters),
        on_socket=counting_sockets(meters),
        limits=settings.limits,
        documents=documents,
        ticket_store=StoredTickets(pool, clock),
        events=settings.events,
    )
