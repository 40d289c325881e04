"""Webhook endpoints: where events are sent to, and how each of them fares."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from gateway.events.cursor import Log
from gateway.graph.batches import batch_field
from gateway.graph.context import Context, Info
from gateway.graph.cursors import event_cursor, id_place, page_cursor
from gateway.graph.enums import (
    OrderEventType,
    WebhookEndpointState,
    WebhookPauseReason,
)
from gateway.graph.inputs import page_size
from gateway.graph.nodes import PageInfo
from gateway.graph.refusals import bad_request
from gateway.graph.scalars import EventCursor, PageCursor
from gateway.graph.webhook_deliveries import (
    WebhookCounters,
    WebhookDeliveryConnection,
    load_webhook_counters,
    load_webhook_deliveries,
)
from gateway.model.ids import GlobalId, InvalidGlobalId
from gateway.projection.webhooks.endpoints import Endpoint

EndpointArgument = Annotated[strawberry.ID, strawberry.argument(description="Our id of it.")]
ENDPOINTS = "webhook endpoints"


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
            cursor=event_cursor(context, Log.ORDERS, endpoint.position),
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
        page_info=PageInfo.of(
            [edge.cursor for edge in edges],
            has_next=len(found) > size,
            has_previous=place is not None,
        ),
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


def _future(moment: datetime | None, context: Context) -> datetime | None:
    return moment if moment is not None and moment > context.now else None


def _gap(endpoint: Endpoint, context: Context) -> WebhookGap | None:
    after, to, at = endpoint.missed_after, endpoint.missed_to, endpoint.missed_at
    if after is None or to is None or at is None:
        return None
    return WebhookGap(
        noticed_at=at,
        after=event_cursor(context, Log.ORDERS, after),
        resumed_after=event_cursor(context, Log.ORDERS, to),
        at_most=max(0, to - after),
    )
