"""Puts together what the web floor is given."""

from collections.abc import Callable, Sequence
from typing import Any

from starlette.routing import BaseRoute

from gateway.bootstrap.asking import (
    authenticator_of,
    bounds_of,
    executing,
    opening_live,
    taking,
)
from gateway.bootstrap.observing import (
    counting_deliveries,
    counting_requests,
    counting_sockets,
)
from gateway.bootstrap.tickets import StoredTickets
from gateway.bootstrap.trusting import trusted_documents_of
from gateway.federation.sources import Sources
from gateway.graph.execution import GraphExecutor
from gateway.graph.schema import make_schemas
from gateway.graph.services import Services
from gateway.model.time import Clock
from gateway.projection.database import AWAY
from gateway.projection.migrate import load_missing
from gateway.settings import Settings
from gateway.telemetry.meters import Meters
from gateway.web.parts import Missing, Readiness, WebParts, random_id
from gateway.web.subscribers import Subscribers


def web_parts_of(
    settings: Settings,
    executor: GraphExecutor,
    pool: Any,
    sources: Sources,
    on_push: Callable[[str], None],
    clock: Clock,
    routes: Sequence[BaseRoute],
    meters: Meters,
    subscribers: Subscribers,
) -> WebParts:
    """Answer the parts; trusted documents are ready to be executed. Raises StartFailed."""
    documents = trusted_documents_of(settings)
    executor.prepare(documents.texts.values())
    return WebParts(
        execute=executing(executor),
        open_live=opening_live(executor),
        authenticator=authenticator_of(settings, clock),
        readiness=_readiness(pool),
        take_delivery=counting_deliveries(meters, taking(pool, sources, on_push)),
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


def executor_of(settings: Settings, services: Services, clock: Clock) -> GraphExecutor:
    """Answer who executes documents."""
    return GraphExecutor(
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
        sample_rate=settings.engine.sample_rate,
        most_kept_bytes=settings.engine.max_kept_bytes,
    )


def _readiness(pool: Any) -> Readiness:
    async def readiness() -> list[Missing]:
        try:
            missing = await load_missing(pool)
        except AWAY as error:
            return [Missing("database", f"cannot be reached ({type(error).__name__})")]
        if missing:
            return [Missing("migrations", f"missing: {', '.join(missing)}; run trama migrate")]
        return []

    return readiness
