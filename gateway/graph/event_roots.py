"""The log of orders as callers read it: page by page, or as it grows."""

from collections.abc import AsyncIterator, Hashable, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import strawberry

from gateway.events.cursor import Log
from gateway.events.feed import Entry
from gateway.graph.context import Context, Info
from gateway.graph.cursors import event_place, going_on
from gateway.graph.enums import OrderEventType
from gateway.graph.inputs import storable
from gateway.graph.moments import Place, closed_at_the_end
from gateway.graph.order_events import (
    USUAL_EVENTS_PER_PAGE,
    OrderEventConnection,
    OrderEventEdge,
    events_page_size,
)
from gateway.graph.refusals import bad_request
from gateway.graph.scalars import EventCursor
from gateway.model.events import EventWish
from gateway.model.ids import GlobalId, InvalidGlobalId

MOST_WISHED = 100


@strawberry.input(description="Which events; what is left out does not matter.")
class OrderEventFilter:
    order_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Of any of these orders; at most 100."
    )
    channels: list[str] | None = strawberry.field(
        default=None, description="Of orders of any of these channels, by code; at most 100."
    )
    types: list[OrderEventType] | None = strawberry.field(default=None, description="Any of these.")

    def wish(self) -> EventWish:
        """Answer what is asked for; raises a BAD_REQUEST error."""
        return EventWish(
            orders=frozenset(map(_order, _few(self.order_ids, "orderIds"))),
            channels=frozenset(map(storable, _few(self.channels, "channels"))),
            types=frozenset(self.types or ()),
        )


FilterArgument = Annotated[
    OrderEventFilter | None, strawberry.argument(description="Which events.")
]


async def list_order_events(
    info: Info,
    after: Annotated[
        EventCursor | None,
        strawberry.argument(
            description="Only what comes after this place; the oldest that is kept if left out."
        ),
    ] = None,
    first: Annotated[
        int | None, strawberry.argument(description="How many: 1 to 500.")
    ] = USUAL_EVENTS_PER_PAGE,
    filter: FilterArgument = None,
) -> OrderEventConnection | None:
    """Answer a page of the log within the caller's reach."""
    context = info.context
    place = event_place(context, Log.ORDERS, after)
    with going_on(context, Log.ORDERS):
        page = await context.services.feed.page(
            context.principal, _wish(filter), after=place, limit=events_page_size(first)
        )
    return OrderEventConnection.of(page, context, is_first=after is None)


@dataclass(frozen=True, slots=True)
class OrderMoment:
    """One entry of the log: one answer."""

    entry: Entry

    @property
    def key(self) -> Hashable:
        """Answer what is the same for the same answer: an order is left by one reader alone."""
        event = self.entry.event
        return (self.entry.position, None if event is None else event.type)

    @property
    def places(self) -> Sequence[Place]:
        """Answer the entry's place."""
        return ((Log.ORDERS, self.entry.position),)

    def edges(self, cursors: Sequence[EventCursor]) -> Sequence[OrderEventEdge]:
        """Answer the entry's one edge."""
        (cursor,) = cursors
        return (OrderEventEdge.of(self.entry, cursor),)


async def follow_order_events(
    info: Info,
    after: Annotated[
        EventCursor | None,
        strawberry.argument(description="Only what comes after this place; now if left out."),
    ] = None,
    filter: FilterArgument = None,
) -> AsyncIterator[Sequence[OrderMoment]]:
    """Answer the log within the caller's reach as it grows."""
    context = info.context
    place = event_place(context, Log.ORDERS, context.resume_after or after)
    return _order_moments(context, _wish(filter), place)


async def _order_moments(
    context: Context, wish: EventWish, after: int | None
) -> AsyncIterator[Sequence[OrderMoment]]:
    at_once = context.at_once
    hand = None if at_once is None else lambda entry: at_once.tell(OrderMoment(entry))
    lots = context.services.feed.follow(context.principal, wish, after=after, hand=hand)
    async with closed_at_the_end(lots):
        with going_on(context, Log.ORDERS):
            async for lot in lots:
                yield [OrderMoment(entry) for entry in lot]


def _wish(told: OrderEventFilter | None) -> EventWish:
    return EventWish() if told is None else told.wish()


def _few(told: Sequence[str] | None, name: str) -> Sequence[str]:
    if told is not None and len(told) > MOST_WISHED:
        raise bad_request(f"filter.{name}: at most {MOST_WISHED}; these are {len(told)}")
    return told or ()


def _order(text: str) -> UUID:
    try:
        return GlobalId.parse(text).uuid("Order")
    except InvalidGlobalId as error:
        raise bad_request(f"filter.orderIds: {error}") from error
