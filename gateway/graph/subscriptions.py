"""The root fields that go on."""

import strawberry

from gateway.graph.availability_changes import AvailabilityEdge, follow_availability
from gateway.graph.event_roots import follow_order_events
from gateway.graph.order_events import OrderEventEdge


@strawberry.type(
    description="What can be followed. Each answer has a cursor to go on from; the first and one "
    "every now and then is a checkpoint: a cursor without a node."
)
class Subscription:
    order_events = strawberry.subscription(
        resolver=follow_order_events,
        graphql_type=OrderEventEdge | None,
        description="Events of orders within reach as they are written, an order's in their "
        "order. After `after` nothing is lost.",
    )
    availability_changed = strawberry.subscription(
        resolver=follow_availability,
        graphql_type=AvailabilityEdge | None,
        description="What may be sold of these SKUs, whenever that changes: several changes at "
        "once are one, the latest state counts.",
    )
