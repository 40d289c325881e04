"""Availability: what may be sold of a SKU, where, and how old that knowledge is."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Annotated
from uuid import UUID

import strawberry

from gateway.federation.answers import AvailabilityAnswer, PositionAnswer
from gateway.federation.errors import UnknownGroup
from gateway.graph.batches import batch_field
from gateway.graph.context import Context, Info
from gateway.graph.enums import AvailabilityStatus
from gateway.graph.freshness import Freshness, FreshnessInput, asked, show
from gateway.graph.locations import Location, load_locations_by_key
from gateway.graph.refusals import bad_request, unavailable
from gateway.graph.scalars import Sku
from gateway.model.ids import GlobalId, InvalidGlobalId

MOST_SKUS = 200
GroupArgument = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="The locations that sell; the default group if left out."),
]
FreshnessArgument = Annotated[
    FreshnessInput | None, strawberry.argument(description="How old the answer may be.")
]


async def load_position_locations(
    parents: Sequence["LocationAvailability"], context: Context
) -> list[Location | None]:
    """Answer the location of each position."""
    found = await load_locations_by_key([each.key for each in parents], context)
    return [found.get(each.key) for each in parents]


@strawberry.type(description="What is known of a SKU at one location, in whole stock units.")
class LocationAvailability:
    key: strawberry.Private[UUID]
    location: Location | None = batch_field(load_position_locations, "The location.")
    on_hand: int | None = strawberry.field(description="What lies there.")
    committed: int | None = strawberry.field(description="What the source has promised itself.")
    held: int | None = strawberry.field(description="What is reserved here for a while.")
    allocated: int | None = strawberry.field(description="What is bound to orders here.")
    safety_stock: int | None = strawberry.field(description="What is kept back.")
    incoming: int | None = strawberry.field(description="What is on its way there.")
    available_to_promise: int | None = strawberry.field(
        description="max(0, onHand - committed - held - allocated not yet seen by the source "
        "- safetyStock); no more than the caller may be shown."
    )
    freshness: Freshness = strawberry.field(description="How old this is and who said it.")

    @classmethod
    def of(cls, answer: PositionAnswer, promise: int | None) -> "LocationAvailability":
        """Answer a position as the graph shows it."""
        return cls(
            key=answer.location_id,
            on_hand=answer.on_hand,
            committed=answer.committed,
            held=answer.held,
            allocated=answer.allocated,
            safety_stock=answer.safety_stock,
            incoming=answer.incoming,
            available_to_promise=promise,
            freshness=show(answer.dated),
        )


def _available_to_sell(root: "Availability", info: Info) -> int | None:
    _refuse_stale(root)
    return info.context.capped(root.answer.available_to_sell)


def _is_capped(root: "Availability", info: Info) -> bool:
    units = root.answer.available_to_sell
    return units is not None and info.context.capped(units) != units


def _locations(root: "Availability", info: Info) -> list[LocationAvailability] | None:
    _refuse_stale(root)
    context = info.context
    return [
        LocationAvailability.of(each, context.capped(each.available_to_promise))
        for each in root.answer.positions
    ]


def _refuse_stale(root: "Availability") -> None:
    failure = root.answer.failure
    if failure is not None:
        dated = root.answer.dated
        raise unavailable(failure, dated.source_id, dated.as_of)


@strawberry.type(description="What may be sold of a SKU.")
class Availability:
    answer: strawberry.Private[AvailabilityAnswer]
    sku: Sku = strawberry.field(description="The SKU that was asked for.")
    status: AvailabilityStatus = strawberry.field(description="In a word.")
    status_reason: str | None = strawberry.field(
        description="Why it is UNKNOWN: SKU_NOT_FOUND, NEVER_READ, INCOMPLETE, STALE or "
        "SOURCE_UNAVAILABLE."
    )
    is_complete: bool = strawberry.field(
        description="False when a selling location is unknown or older than allowed: the sum is "
        "then a lower bound."
    )
    next_available_at: datetime | None = strawberry.field(
        description="When more is expected, while there is nothing to sell."
    )
    freshness: Freshness | None = strawberry.field(description="Of the oldest part.")

    available_to_sell: int | None = strawberry.field(
        resolver=_available_to_sell,
        description="Sum over the locations that may sell and are known. Null when none is known: "
        "unknown is never zero. No more than the caller may be shown.",
    )
    is_capped: bool = strawberry.field(
        resolver=_is_capped,
        description="Whether there is more than availableToSell: the caller is shown no more.",
    )
    locations: list[LocationAvailability] | None = strawberry.field(
        resolver=_locations, description="Where it lies."
    )

    @classmethod
    def of(cls, answer: AvailabilityAnswer) -> "Availability":
        """Answer availability as the graph shows it."""
        day = answer.next_available_on
        return cls(
            answer=answer,
            sku=Sku(answer.sku),
            status=answer.status,
            status_reason=answer.status_reason,
            is_complete=answer.is_complete,
            next_available_at=None if day is None else datetime.combine(day, time(), UTC),
            freshness=show(answer.dated),
        )


async def load_item_availability(
    parents: Sequence["InventoryItem"],
    context: Context,
    *,
    location_group: GroupArgument = None,
    freshness: FreshnessArgument = None,
) -> list[Availability]:
    """Answer the availability of each item."""
    skus = [each.sku for each in parents]
    return await load_availability(skus, location_group, freshness, context, "inventory_item")


@strawberry.type(description="A SKU that the retailer sells.")
class InventoryItem:
    sku: Sku = strawberry.field(description="The SKU.")
    availability: Availability | None = batch_field(
        load_item_availability, "What may be sold of it."
    )


async def load_availability(
    skus: Sequence[Sku],
    location_group: strawberry.ID | None,
    freshness: FreshnessInput | None,
    context: Context,
    kind: str,
) -> list[Availability]:
    """Answer one entry per asked SKU, in the asked order; raises BAD_REQUEST errors."""
    if len(skus) > MOST_SKUS:
        raise bad_request(f"at most {MOST_SKUS} SKUs at a time; these are {len(skus)}")
    try:
        answers = await context.services.stock.availability(
            skus, group_key(location_group), asked(freshness), kind=kind,
            floor=context.floor, now=context.now, deadline=context.deadline,
            allowance=context.allowance,
        )  # fmt: skip
    except UnknownGroup as error:
        raise bad_request(str(error)) from error
    return [Availability.of(answer) for answer in answers]


def group_key(group: strawberry.ID | None) -> UUID | None:
    """Read a group's id; raises a BAD_REQUEST error."""
    if group is None:
        return None
    try:
        return GlobalId.parse(group).uuid("LocationGroup")
    except InvalidGlobalId as error:
        raise bad_request(f"locationGroup: {error}") from error
