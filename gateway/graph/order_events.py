"""Events of orders: what became of each, as the log says it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry
from strawberry.utils.str_converters import to_camel_case

from gateway.events.cursor import Log
from gateway.events.feed import Entry, EventPage
from gateway.graph.batches import batch_field
from gateway.graph.context import Context
from gateway.graph.cursors import event_cursor, event_place, going_on
from gateway.graph.enums import OrderEventType
from gateway.graph.nodes import PageInfo
from gateway.graph.refusals import bad_request
from gateway.graph.scalars import EventCursor
from gateway.model.events import event_id
from gateway.model.ids import GlobalId
from gateway.projection.events import LoggedEvent

if TYPE_CHECKING:
    from gateway.graph.orders import Order

MOST_EVENTS_PER_PAGE = 500
USUAL_EVENTS_PER_PAGE = 50


async def load_event_orders(
    parents: "Sequence[OrderEvent]", context: Context
) -> "list[Order | None]":
    """Answer the order of each event, as it is now; what was left is not asked for."""
    from gateway.graph.orders import Order

    wanted = list(
        dict.fromkeys(each.key for each in parents if each.type is not OrderEventType.LEFT)
    )
    answers = await context.services.orders.by_id(wanted, context.principal) if wanted else []
    found = {
        key: Order.of(answer)
        for key, answer in zip(wanted, answers, strict=True)
        if answer is not None
    }
    return [None if each.type is OrderEventType.LEFT else found.get(each.key) for each in parents]


@strawberry.type(
    description="What became of an order: what changed of it, and when. It says nothing of what "
    "it changed to: read the order for that."
)
class OrderEvent:
    key: strawberry.Private[UUID]
    id: strawberry.ID = strawberry.field(
        description="The same in whichever way the event is read: what was dealt with once need "
        "not be dealt with again."
    )
    type: OrderEventType = strawberry.field(description="What became of the order.")
    order_id: strawberry.ID = strawberry.field(description="Our id of the order.")
    version: int = strawberry.field(
        description="Counts the order's events: they come in this order."
    )
    changed_fields: list[str] = strawberry.field(description="The fields of `Order` that changed.")
    occurred_at: datetime = strawberry.field(description="When it happened, as the source says it.")
    recorded_at: datetime = strawberry.field(description="When it was written here.")
    order: Annotated["Order", strawberry.lazy("gateway.graph.orders")] | None = batch_field(
        load_event_orders,
        "The order as it is now, not as it was then; null when it is no longer within reach.",
    )

    @classmethod
    def of(cls, event: LoggedEvent) -> "OrderEvent":
        """Answer an event as the graph shows it."""
        return cls(
            key=event.order_id,
            id=strawberry.ID(str(event_id(event.position))),
            type=OrderEventType(event.type),
            order_id=strawberry.ID(str(GlobalId("Order", str(event.order_id)))),
            version=event.version,
            changed_fields=[to_camel_case(each) for each in event.changed],
            occurred_at=event.occurred_at,
            recorded_at=event.recorded_at,
        )


@strawberry.type(description="A place in the log, and the event there.")
class OrderEventEdge:
    cursor: EventCursor = strawberry.field(description="Where to go on from, in whichever way.")
    node: OrderEvent | None = strawberry.field(
        description="The event; null at a checkpoint, which says that there is nothing up to here."
    )

    @classmethod
    def of(cls, entry: Entry, cursor: EventCursor) -> "OrderEventEdge":
        """Answer an entry of the log as the graph shows it."""
        return cls(cursor=cursor, node=None if entry.event is None else OrderEvent.of(entry.event))


@strawberry.type(description="A page of events, the oldest first.")
class OrderEventConnection:
    edges: list[OrderEventEdge] = strawberry.field(description="The entries.")
    nodes: list[OrderEvent] = strawberry.field(description="The events by themselves.")
    page_info: PageInfo = strawberry.field(
        description="Where the page begins and ends; `endCursor` is how far the log was read: it "
        "is there on an empty page too, and goes on from there."
    )

    @classmethod
    def of(cls, page: EventPage, context: Context, *, is_first: bool) -> "OrderEventConnection":
        """Answer a page of the log as the graph shows it."""
        edges = [
            OrderEventEdge.of(entry, event_cursor(context, Log.ORDERS, entry.position))
            for entry in page.entries
        ]
        info = PageInfo(
            has_next_page=page.has_more,
            has_previous_page=not is_first,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=event_cursor(context, Log.ORDERS, page.read_to),
        )
        nodes = [edge.node for edge in edges if edge.node is not None]
        return cls(edges=edges, nodes=nodes, page_info=info)


async def pages_of_orders(
    context: Context, keys: Sequence[UUID], *, first: int | None, after: str | None
) -> list[OrderEventConnection]:
    """Answer a page of each order's events."""
    place = event_place(context, Log.ORDERS, after)
    with going_on(context, Log.ORDERS):
        pages = await context.services.feed.pages_of(
            context.principal, keys, after=place, limit=events_page_size(first)
        )
    return [OrderEventConnection.of(page, context, is_first=after is None) for page in pages]


def events_page_size(first: int | None) -> int:
    """Answer how many events a page has; raises a BAD_REQUEST error."""
    if first is None:
        return USUAL_EVENTS_PER_PAGE
    if not 1 <= first <= MOST_EVENTS_PER_PAGE:
        raise bad_request(f"a page has 1 to {MOST_EVENTS_PER_PAGE} events; {first} were asked for")
    return first
