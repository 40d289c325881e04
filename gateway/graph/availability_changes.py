"""Changes of availability as callers follow them: the latest state of each SKU that changed."""

from collections.abc import AsyncIterator, Hashable, Sequence
from dataclasses import dataclass
from typing import Annotated

import strawberry

from gateway.events.cursor import Log
from gateway.events.feed import StockEntry
from gateway.graph.batches import batch_field
from gateway.graph.context import Context, Info
from gateway.graph.cursors import event_place, going_on
from gateway.graph.moments import Place, closed_at_the_end
from gateway.graph.refusals import bad_request
from gateway.graph.scalars import EventCursor, Sku
from gateway.graph.stock import MOST_SKUS, Availability, load_availability


async def load_changed(
    parents: "Sequence[AvailabilityEdge]", context: Context
) -> list[Availability | None]:
    """Answer the availability of each SKU that changed, those of an entry in one batch."""
    skus = [each.sku for each in parents if each.sku is not None]
    if not skus:
        return [None for _ in parents]
    answers = await load_availability(skus, None, None, context, "availability")
    found = dict(zip(skus, answers, strict=True))
    return [None if each.sku is None else found[each.sku] for each in parents]


@strawberry.type(description="A place in the sequence of stock changes, and what changed there.")
class AvailabilityEdge:
    sku: strawberry.Private[Sku | None]
    cursor: EventCursor = strawberry.field(
        description="Where to go on from. Of several SKUs that changed at once only the last "
        "moves it on: a reader that stops before is told all of them again."
    )
    node: Availability | None = batch_field(
        load_changed,
        "What may be sold by now; null at a checkpoint, which says that nothing changed.",
    )


@dataclass(frozen=True, slots=True)
class StockMoment:
    """SKUs that changed at once, and where the reader was before: an answer each."""

    before: int
    entry: StockEntry

    @property
    def key(self) -> Hashable:
        """Answer what is the same for the same answers."""
        return (self.before, self.entry.position, self.entry.skus)

    @property
    def places(self) -> Sequence[Place]:
        """Answer where to go on from: only the last of several SKUs moves the reader on."""
        others = len(self.entry.skus) - 1
        return (*((Log.STOCK, self.before),) * others, (Log.STOCK, self.entry.position))

    def edges(self, cursors: Sequence[EventCursor]) -> Sequence[AvailabilityEdge]:
        """Answer an edge for each SKU, or the one of a checkpoint."""
        skus = self.entry.skus or (None,)
        return [
            AvailabilityEdge(sku=None if sku is None else Sku(sku), cursor=cursor)
            for sku, cursor in zip(skus, cursors, strict=True)
        ]


async def follow_availability(
    info: Info,
    skus: Annotated[list[Sku], strawberry.argument(description="At most 200 SKUs.")],
    after: Annotated[
        EventCursor | None,
        strawberry.argument(description="Only what changed after this place; now if left out."),
    ] = None,
) -> AsyncIterator[Sequence[StockMoment]]:
    """Answer the availability of SKUs whenever it changes, only its latest state."""
    context = info.context
    if not 1 <= len(skus) <= MOST_SKUS:
        raise bad_request(f"1 to {MOST_SKUS} SKUs at a time; these are {len(skus)}")
    place = event_place(context, Log.STOCK, context.resume_after or after)
    return _stock_moments(context, skus, place)


async def _stock_moments(
    context: Context, skus: Sequence[str], after: int | None
) -> AsyncIterator[Sequence[StockMoment]]:
    entries = context.services.feed.follow_stock(skus, after=after)
    before = after or 0
    async with closed_at_the_end(entries):
        with going_on(context, Log.STOCK):
            async for entry in entries:
                yield (StockMoment(before, entry),)
                before = entry.position
