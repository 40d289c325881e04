"""Joins the web floor to the graph and to the inbox."""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import asyncpg
import structlog

from gateway.connect.records import RawDelivery
from gateway.federation.sources import Sources
from gateway.graph.execution import Ask, GraphExecutor, operation_kind
from gateway.model.principal import PrincipalKind
from gateway.model.time import Clock
from gateway.settings import Settings
from gateway.sync.inbox import Receipt, receive
from gateway.web.auth import GatewayAuthenticator
from gateway.web.jwks import IssuerKeys, fetch_keys
from gateway.web.keys import key_ring_of
from gateway.web.parts import (
    Execute,
    ExecutionOutcome,
    GraphQLRequest,
    HookDelivery,
    HookOutcome,
    HookVerdict,
    RequestContext,
    TakeDelivery,
)
from gateway.web.tokens import CustomerTokens

log = structlog.get_logger("trama.web")


def executing(executor: GraphExecutor) -> Execute:
    """Answer how a GraphQL request is executed."""

    async def execute(request: GraphQLRequest, context: RequestContext) -> ExecutionOutcome:
        if request.query is None:
            return _refused("persisted queries are not kept here: send the whole query")
        ask = Ask(request.query, request.operation_name, request.variables, request.reads_only)
        answer = await executor.run(ask, context.principal)
        return ExecutionOutcome(
            answer.body, answer.is_executed,
            operation_kind=operation_kind(ask.document, ask.operation_name),
            has_errors="errors" in answer.body,
        )  # fmt: skip

    return execute


def _refused(message: str) -> ExecutionOutcome:
    error = {"message": message, "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}}
    return ExecutionOutcome({"errors": [error]}, has_data=False, status=HTTPStatus.BAD_REQUEST)


def taking(pool: Any, sources: Sources, wake: Callable[[str], None]) -> TakeDelivery:
    """Answer how a vendor's push is taken: durable first, then acknowledged, then acted on."""

    async def take(delivery: HookDelivery) -> HookOutcome:
        source = sources.get(delivery.source_id)
        if source is None or source.hooks is None:
            return HookOutcome(HookVerdict.UNKNOWN_SOURCE)
        raw = RawDelivery(delivery.headers, delivery.body, delivery.url, delivery.received_at)
        try:
            receipt = await receive(pool, source, raw)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
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


def floors_of(settings: Settings) -> dict[PrincipalKind, timedelta]:
    """Answer the least age that each kind of caller may ask for."""
    floors = settings.freshness.floors
    return {
        PrincipalKind.STOREFRONT: timedelta(seconds=floors.storefront),
        PrincipalKind.CUSTOMER: timedelta(seconds=floors.customer),
        PrincipalKind.PARTNER: timedelta(seconds=floors.partner),
        PrincipalKind.OPERATOR: timedelta(seconds=floors.operator),
        PrincipalKind.ROUTER: timedelta(seconds=floors.storefront),
    }
