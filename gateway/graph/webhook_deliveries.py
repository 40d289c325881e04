"""What is delivered to webhook endpoints, and what came of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

import strawberry

from gateway.events.cursor import Log
from gateway.graph.batches import batch_field
from gateway.graph.context import Context
from gateway.graph.cursors import event_cursor, page_cursor, page_place
from gateway.graph.enums import OrderEventType, WebhookAttemptError, WebhookDeliveryState
from gateway.graph.inputs import page_size
from gateway.graph.nodes import PageInfo
from gateway.graph.scalars import EventCursor, PageCursor
from gateway.model.ids import GlobalId
from gateway.projection.webhooks.deliveries import Counts, Delivery
from gateway.projection.webhooks.outcomes import Attempt

DELIVERIES = "webhook deliveries"


class _Keyed(Protocol):
    """An endpoint, as far as its deliveries need it."""

    key: UUID


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


async def load_webhook_deliveries(
    parents: Sequence[_Keyed],
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
    parents: Sequence[_Keyed], context: Context
) -> list[WebhookCounters]:
    """Answer the counts of each endpoint."""
    found = await context.services.webhooks.counts([each.key for each in parents])
    return [WebhookCounters.of(found[each.key]) for each in parents]


def _page(
    found: Sequence[Delivery], size: int, has_previous: bool, context: Context
) -> WebhookDeliveryConnection:
    shown = found[:size]
    nodes = [
        WebhookDelivery.of(each, event_cursor(context, Log.ORDERS, each.position)) for each in shown
    ]
    cursors = [page_cursor(context, DELIVERIES, str(each.position)) for each in shown]
    return WebhookDeliveryConnection(
        edges=[
            WebhookDeliveryEdge(cursor=cursor, node=node)
            for cursor, node in zip(cursors, nodes, strict=True)
        ],
        nodes=nodes,
        page_info=PageInfo.of(cursors, has_next=len(found) > size, has_previous=has_previous),
    )
