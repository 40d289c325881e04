"""Webhook endpoints, what is delivered to them, and what came of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from gateway.graph.batches import batch_field
from gateway.graph.context import Context, Info
from gateway.graph.cursors import id_place, page_cursor, page_place
from gateway.graph.enums import (
    OrderEventType,
    WebhookAttemptError,
    WebhookDeliveryState,
    WebhookEndpointState,
    WebhookPauseReason,
)
from gateway.graph.inputs import page_size
from gateway.graph.nodes import PageInfo
from gateway.graph.refusals import bad_request
from gateway.graph.scalars import EventCursor, PageCursor
from gateway.model.ids import GlobalId, InvalidGlobalId
from gateway.projection.webhooks.deliveries import Counts, Delivery
from gateway.projection.webhooks.endpoints import Endpoint
from gateway.projection.webhooks.outcomes import Attempt

EndpointArgument = Annotated[strawberry.ID, strawberry.argument(description="Our id of it.")]
ENDPOINTS = "webhook endpoints"
DELIVERIES = "webhook deliveries"


@strawberry.type(description="One request that was sent to an endpoint, and what came back.")
class WebhookAttempt:
    number: int = strawberry.field(description="The first one is 1.")
    started_at: datetime = strawberry.field(description="When it was sent.")
    milliseconds: int = strawberry.field(description="How long it took.")
    status: int | None = strawberry.field(description="The answer's HTTP status, if there was one.")
    error: WebhookAttemptError | None = strawberry.field(
        description="Why it has not delivered; null where it has."
    )
    answer: str | None = strawberry.field(
        description="The beginning of an answer that refuses; what looks like a secret, an e-mail "
        "address or a long number is left out."
    )

    @classmethod
    def of(cls, attempt: Attempt) -> "WebhookAttempt":
        """Answer an attempt as the graph shows it."""
        return cls(
            number=attempt.number,
            started_at=attempt.started_at,
            milliseconds=attempt.milliseconds,
            status=attempt.status,
            error=attempt.error,
            answer=attempt.glimpse,
        )


async def load_webhook_attempts(
    parents: Sequence["WebhookDelivery"], context: Context
) -> list[list[WebhookAttempt]]:
    """Answer the attempts of each delivery."""
    found = await context.services.webhooks.attempts([each.key for each in parents])
    return [[WebhookAttempt.of(attempt) for attempt in found[each.key]] for each in parents]


@strawberry.type(description="An event that is sent to an endpoint until it is taken or dead.")
class WebhookDelivery:
    key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Opaque.")
    message_id: str = strawberry.field(description="The `webhook-id` of every attempt.")
    type: OrderEventType = strawberry.field(description="What became of the order.")
    order_id: strawberry.ID = strawberry.field(description="The order's id.")
    cursor: EventCursor = strawberry.field(
        description="The event's place in the log, for the caller."
    )
    state: WebhookDeliveryState = strawberry.field(description="How far it has come.")
    occurred_at: datetime = strawberry.field(description="When it happened.")
    due_at: datetime | None = strawberry.field(
        description="When it is sent next, once the order's earlier events are over."
    )
    finished_at: datetime | None = strawberry.field(description="When it was taken or given up.")
    attempts: list[WebhookAttempt] | None = batch_field(
        load_webhook_attempts, "What was sent, the first one first."
    )

    @classmethod
    def of(cls, delivery: Delivery, cursor: EventCursor) -> "WebhookDelivery":
        """Answer a delivery as the graph shows it."""
        is_waiting = delivery.state is WebhookDeliveryState.WAITING
        return cls(
            key=delivery.id,
            id=strawberry.ID(str(GlobalId("WebhookDelivery", str(delivery.id)))),
            message_id=delivery.message_id,
            type=OrderEventType(delivery.type),
            order_id=strawberry.ID(str(GlobalId("Order", str(delivery.order_id)))),
            cursor=cursor,
            state=delivery.state,
            occurred_at=delivery.occurred_at,
            due_at=delivery.due_at if is_waiting else None,
            finished_at=delivery.finished_at,
        )


@strawberry.type(description="A delivery and its place in the list.")
class WebhookDeliveryEdge:
    cursor: PageCursor = strawberry.field(description="Its place in this list.")
    node: WebhookDelivery = strawberry.field(description="The delivery.")


@strawberry.type(description="A page of an endpoint's deliveries, the latest event first.")
class WebhookDeliveryConnection:
    edges: list[WebhookDeliveryEdge] = strawberry.field(description="The entries.")
    nodes: list[WebhookDelivery] = strawberry.field(description="The deliveries by themselves.")
    page_info: PageInfo = strawberry.field(description="Where the page begins and ends.")


@strawberry.type(description="How many deliveries of an endpoint are kept.")
class WebhookCounters:
    waiting: int = strawberry.field(description="For a retry, for a turn, or for a resume.")
    delivered: int = strawberry.field(description="Taken.")
    dead: int = strawberry.field(description="Given up.")
    oldest_waiting_since: datetime | None = strawberry.field(
        description="Since when the oldest waits."
    )

    @classmethod
    def of(cls, counts: Counts) -> "WebhookCounters":
        """Answer the counts as the graph shows them."""
        return cls(
            waiting=counts.waiting,
            delivered=counts.delivered,
            dead=counts.dead,
            oldest_waiting_since=counts.oldest_waiting,
        )


@strawberry.type(
    description="What the log had forgotten before it was read for an endpoint that was paused for "
    "long: read what matters of it by itself."
)
class WebhookGap:
    noticed_at: datetime = strawberry.field(description="When the endpoint went on.")
    after: EventCursor = strawberry.field(description="Cursor of the last event before it.")
    resumed_after: EventCursor = strawberry.field(
        description="Cursor from which events are sent again."
    )
    at_most: int = strawberry.field(
        description="At most so many events are lost; those beyond reach are counted too."
    )


async def load_webhook_deliveries(
    parents: Sequence["WebhookEndpoint"],
    context: Context,
    *,
    state: Annotated[
        WebhookDeliveryState | None, strawberry.argument(description="Only these.")
    ] = None,
    first: Annotated[int | None, strawberry.argument(description="How many: 1 to 100.")] = None,
    after: Annotated[
        PageCursor | None, strawberry.argument(description="Only what comes after this place.")
    ] = None,
) -> list[WebhookDeliveryConnection]:
    """Answer a page of each endpoint's deliveries."""
    size = page_size(first)
    told = page_place(context, DELIVERIES, after)
    before = None if told is None else int(told)
    found = await context.services.webhooks.deliveries(
        [each.key for each in parents], state, before, size + 1
    )
    return [_page(found[each.key], size, before is not None, context) for each in parents]


async def load_webhook_counters(
    parents: Sequence["WebhookEndpoint"], context: Context
) -> list[WebhookCounters]:
    """Answer the counts of each endpoint."""
    found = await context.services.webhooks.counts([each.key for each in parents])
    return [WebhookCounters.of(found[each.key]) for each in parents]


@strawberry.type(description="Where events are sent to; its secret is shown by no query.")
class WebhookEndpoint:
    key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(description="Opaque.")
    owner: str = strawberry.field(description="The key or the caller whose reach it has.")
    url: str = strawberry.field(description="Where events are sent to.")
    description: str | None = strawberry.field(description="What it is for.")
    types: list[OrderEventType] = strawberry.field(
        description="Only events of these types; empty for all."
    )
    channels: list[str] = strawberry.field(
        description="Only events of these channels' orders; empty for all within reach."
    )
    state: WebhookEndpointState = strawberry.field(description="Whether it is sent to.")
    pause_reason: WebhookPauseReason | None = strawberry.field(description="Why it is paused.")
    paused_at: datetime | None = strawberry.field(description="Since when it is paused.")
    failing_since: datetime | None = strawberry.field(
        description="Since when it has taken nothing, though something was sent."
    )
    held_until: datetime | None = strawberry.field(
        description="Until when it has asked to be left alone."
    )
    previous_secret_until: datetime | None = strawberry.field(
        description="Until when the secret before the last rotation is signed with too."
    )
    cursor: EventCursor = strawberry.field(
        description="How far the log was read for it, for the caller."
    )
    missed: WebhookGap | None = strawberry.field(
        description="What was lost while it was paused for longer than the log is kept."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    counters: WebhookCounters | None = batch_field(
        load_webhook_counters, "How many deliveries are kept."
    )
    deliveries: WebhookDeliveryConnection | None = batch_field(
        load_webhook_deliveries, "What is sent and was sent, the latest event first."
    )

    @classmethod
    def of(cls, endpoint: Endpoint, context: Context) -> "WebhookEndpoint":
        """Answer an endpoint as the graph shows it."""
        until = endpoint.previous_until
        return cls(
            key=endpoint.id,
            id=strawberry.ID(str(GlobalId("WebhookEndpoint", str(endpoint.id)))),
            owner=endpoint.owner,
            url=endpoint.url,
            description=endpoint.description,
            types=[OrderEventType(each) for each in endpoint.types],
            channels=list(endpoint.channels),
            state=endpoint.state,
            pause_reason=endpoint.pause_reason,
            paused_at=endpoint.paused_at,
            failing_since=endpoint.failing_since,
            held_until=_future(endpoint.held_until, context),
            previous_secret_until=_future(until, context),
            cursor=_cursor(context, endpoint.position),
            missed=_gap(endpoint, context),
            created_at=endpoint.created_at,
        )


@strawberry.type(description="An endpoint and its place in the list.")
class WebhookEndpointEdge:
    cursor: PageCursor = strawberry.field(description="Its place.")
    node: WebhookEndpoint = strawberry.field(description="The endpoint.")


@strawberry.type(description="A page of endpoints, in the order of their ids.")
class WebhookEndpointConnection:
    edges: list[WebhookEndpointEdge] = strawberry.field(description="The entries.")
    nodes: list[WebhookEndpoint] = strawberry.field(description="The endpoints by themselves.")
    page_info: PageInfo = strawberry.field(description="Where the page begins and ends.")


async def list_webhook_endpoints(
    info: Info,
    first: Annotated[int | None, strawberry.argument(description="How many: 1 to 100.")] = None,
    after: Annotated[
        PageCursor | None, strawberry.argument(description="Only what comes after this place.")
    ] = None,
) -> WebhookEndpointConnection | None:
    """Answer a page of the caller's endpoints, of everybody's for an operator."""
    context, size = info.context, page_size(first)
    place = id_place(context, ENDPOINTS, after)
    found = await context.services.webhooks.page(context.principal, place, size + 1)
    nodes = [WebhookEndpoint.of(each, context) for each in found[:size]]
    edges = [
        WebhookEndpointEdge(cursor=page_cursor(context, ENDPOINTS, str(each.key)), node=each)
        for each in nodes
    ]
    return WebhookEndpointConnection(
        edges=edges,
        nodes=nodes,
        page_info=_page_info([each.cursor for each in edges], len(found) > size, place is not None),
    )


async def find_webhook_endpoint(info: Info, id: EndpointArgument) -> WebhookEndpoint | None:
    """Answer an endpoint; null when it is not there or somebody else's."""
    context = info.context
    try:
        key = GlobalId.parse(id).uuid("WebhookEndpoint")
    except InvalidGlobalId as error:
        raise bad_request(f"id: {error}") from error
    found = await context.services.webhooks.find(context.principal, key)
    return None if found is None else WebhookEndpoint.of(found, context)


def _page(
    found: Sequence[Delivery], size: int, has_previous: bool, context: Context
) -> WebhookDeliveryConnection:
    shown = found[:size]
    nodes = [WebhookDelivery.of(each, _cursor(context, each.position)) for each in shown]
    cursors = [page_cursor(context, DELIVERIES, str(each.position)) for each in shown]
    return WebhookDeliveryConnection(
        edges=[
            WebhookDeliveryEdge(cursor=cursor, node=node)
            for cursor, node in zip(cursors, nodes, strict=True)
        ],
        nodes=nodes,
        page_info=_page_info(cursors, len(found) > size, has_previous),
    )


def _page_info(cursors: Sequence[PageCursor], has_next: bool, has_previous: bool) -> PageInfo:
    return PageInfo(
        has_next_page=has_next,
        has_previous_page=has_previous,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )


def _cursor(context: Context, position: int) -> EventCursor:
    return EventCursor(context.services.webhooks.cursor(context.principal, position))


def _future(moment: datetime | None, context: Context) -> datetime | None:
    return moment if moment is not None and moment > context.now else None


def _gap(endpoint: Endpoint, context: Context) -> WebhookGap | None:
    after, to, at = endpoint.missed_after, endpoint.missed_to, endpoint.missed_at
    if after is None or to is None or at is None:
        return None
    return WebhookGap(
        noticed_at=at,
        after=_cursor(context, after),
        resumed_after=_cursor(context, to),
        at_most=max(0, to - after),
    )
