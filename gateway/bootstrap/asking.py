"""Joins the web floor to the graph and to the inbox."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import structlog

from gateway.connect.records import RawDelivery
from gateway.federation.sources import Sources
from gateway.graph.asking import Answer
from gateway.graph.bounds import Bounds
from gateway.graph.execution import GraphExecutor
from gateway.model.principal import PrincipalKind
from gateway.model.time import Clock
from gateway.projection.database import AWAY
from gateway.settings import Settings
from gateway.sync.inbox import Receipt, receive
from gateway.web.auth import GatewayAuthenticator
from gateway.web.jwks import IssuerKeys, fetch_keys
from gateway.web.keys import key_ring_of
from gateway.web.parts import (
    NO_HEADERS,
    Execute,
    ExecutionOutcome,
    GraphQLRequest,
    HookDelivery,
    HookOutcome,
    HookVerdict,
    Live,
    OpenLive,
    RequestContext,
    TakeDelivery,
)
from gateway.web.tokens import CustomerTokens

log = structlog.get_logger("trama.web")

STATUSES = {
    "METHOD_NOT_ALLOWED": HTTPStatus.METHOD_NOT_ALLOWED,
    "DOCUMENT_TOO_COMPLEX": HTTPStatus.BAD_REQUEST,
    "COST_TOO_HIGH": HTTPStatus.BAD_REQUEST,
    "STREAM_REQUIRED": HTTPStatus.NOT_ACCEPTABLE,
    "INTERNAL": HTTPStatus.INTERNAL_SERVER_ERROR,
    "OPERATION_TOO_SLOW": HTTPStatus.SERVICE_UNAVAILABLE,
}
ALLOWED = {"Allow": "POST"}


def executing(executor: GraphExecutor) -> Execute:
    """Answer how a GraphQL request is executed."""

    def execute(
        request: GraphQLRequest, context: RequestContext
    ) -> ExecutionOutcome | Awaitable[ExecutionOutcome]:
        begun = executor.begin(request, context.principal)
        return _outcome(begun) if isinstance(begun, Answer) else _later(begun)

    return execute


async def _later(begun: Awaitable[Answer]) -> ExecutionOutcome:
    return _outcome(await begun)


def opening_live(executor: GraphExecutor) -> OpenLive:
    """Answer how a subscription is opened."""

    async def open_live(
        request: GraphQLRequest, context: RequestContext
    ) -> Live | ExecutionOutcome:
        told = await executor.open_live(request, context.principal, request.resume_after)
        return _outcome(told) if isinstance(told, Answer) else told

    return open_live


def _outcome(answer: Answer) -> ExecutionOutcome:
    status, headers = None, NO_HEADERS
    if answer.refusal is not None:
        status = STATUSES.get(answer.refusal)
        headers = ALLOWED if answer.refusal == "METHOD_NOT_ALLOWED" else NO_HEADERS
    return ExecutionOutcome(
        answer.body, answer.is_executed, status, headers, answer.operation_kind,
        answer.has_errors, answer.is_public, answer.refusal,
    )  # fmt: skip


def taking(pool: Any, sources: Sources, wake: Callable[[str], None]) -> TakeDelivery:
    """Answer how a vendor's push is taken: durable first, then acknowledged, then acted on."""

    async def take(delivery: HookDelivery) -> HookOutcome:
        source = sources.get(delivery.source_id)
        if source is None or source.hooks is None:
            return HookOutcome(HookVerdict.UNKNOWN_SOURCE)
        raw = RawDelivery(delivery.headers, delivery.body, delivery.url, delivery.received_at)
        try:
            receipt = await receive(pool, source, raw)
        except AWAY:
            log.exception("push.not_stored", source=source.id)
            return HookOutcome(HookVerdict.UNAVAILABLE)
        if receipt is Receipt.STORED:
            wake(source.id)
        return HookOutcome(HookVerdict[receipt.name])

    return take


def authenticator_of(settings: Settings, clock: Clock) -> GatewayAuthenticator:
    """Answer who judges credentials."""
    customers = None
    if settings.customers is not None:
        keys = IssuerKeys(settings.customers.jwks_url, fetch_keys, clock)
        customers = CustomerTokens(settings.customers, keys, clock)
    return GatewayAuthenticator(key_ring_of(settings.keys), customers)


def bounds_of(settings: Settings) -> dict[PrincipalKind, Bounds]:
    """Answer what an operation of each kind of caller may ask for."""
    floors = settings.freshness.floors
    seconds = {
        PrincipalKind.STOREFRONT: floors.storefront,
        PrincipalKind.CUSTOMER: floors.customer,
        PrincipalKind.PARTNER: floors.partner,
        PrincipalKind.OPERATOR: floors.operator,
        PrincipalKind.ROUTER: floors.storefront,
    }
    return {kind: _bounds(settings, kind, floor) for kind, floor in seconds.items()}


def _bounds(settings: Settings, kind: PrincipalKind, floor: float) -> Bounds:
    told = settings.limits.of(kind.value.lower())
    return Bounds(
        timedelta(seconds=floor), told.max_cost, told.deadline_seconds, told.calls_per_source
    )
