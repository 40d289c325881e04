"""Availability: what may be sold of a SKU, where, and how old that knowledge is."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Annotated, Any, cast
from uuid import UUID

import strawberry
from graphql import GraphQLError

from gateway.federation.answers import AvailabilityAnswer, PositionAnswers
from gateway.federation.errors import UnknownGroup
from gateway.graph.batches import batch_field
from gateway.graph.context import Context
from gateway.graph.enums import AvailabilityStatus
from gateway.graph.freshness import Freshness, FreshnessInput, asked, show
from gateway.graph.locations import Location, known_locations, load_locations_of_positions
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
    keys = [each.location_id for each in parents]
    found = await load_locations_of_positions(keys, context)
    return [*map(found.get, keys)]


@strawberry.type(description="What is known of a SKU at one location, in whole stock units.")
class LocationAvailability:
    location_id: strawberry.Private[UUID]
    location: Location | None = batch_field(
        load_position_locations, "The location.", steady=known_locations, by="location_id"
    )
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
    dated: Freshness = strawberry.field(
        name="freshness", description="How old this is and who said it."
    )


def show_positions(positions: PositionAnswers, cap: int | None) -> Sequence[LocationAvailability]:
    """Answer positions as the graph shows them to a caller that is shown no more than a cap.

    A position has all that is read of a LocationAvailability, so nothing is made of one that is
    shown as it is: there may be 40,000 in one answer.
    """
    shown = positions if cap is None else positions.capped(cap)
    return cast(Sequence[LocationAvailability], shown)


@strawberry.type(description="What may be sold of a SKU.")
class Availability:
    is_met_again: strawberry.Private[bool] = False
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
        description="Sum over the locations that may sell and are known. Null when none is known: "
        "unknown is never zero. No more than the caller may be shown.",
    )
    is_capped: bool = strawberry.field(
        description="Whether there is more than availableToSell: the caller is shown no more.",
    )
    locations: list[LocationAvailability] | None = strawberry.field(
        description="Where it lies.", metadata={"in_columns": True}
    )

    @classmethod
    def of(cls, answer: AvailabilityAnswer, cap: int | None) -> "Availability":
        """Answer availability as the graph shows it to a caller that is shown no more than a cap.

        Where nothing may be served, what cannot be told is the error that says why.
        """
        day, units = answer.next_available_on, answer.available_to_sell
        is_capped = units is not None and cap is not None and units > cap
        told: dict[str, Any] = {
            "available_to_sell": cap if is_capped else units,
            "locations": show_positions(answer.positions, cap),
        }
        if answer.failure is not None:
            told = {name: _refusal(answer, answer.failure) for name in told}
        return cls(
            sku=Sku(answer.sku),
            status=answer.status,
            status_reason=answer.status_reason,
            is_complete=answer.is_complete,
            next_available_at=None if day is None else datetime.combine(day, time(), UTC),
            freshness=show(answer.dated),
            is_capped=is_capped,
            **told,
        )


def _refusal(answer: AvailabilityAnswer, failure: Exception) -> GraphQLError:
    return unavailable(failure, answer.dated.source_id, answer.dated.as_of)


def show_availability(answer: AvailabilityAnswer, cap: int | None) -> Availability:
    """Answer availability as the graph shows it: made once of an answer that is met again."""
    shown: Availability | None = answer.shown.get(cap)
    if shown is not None:
        shown.is_met_again = True
        return shown
    shown = Availability.of(answer, cap)
    if answer.failure is None:
        answer.shown[cap] = shown
    return shown


def is_met_again(shown: Availability) -> bool:
    """Answer whether availability was shown before, so that it pays to keep its JSON."""
    return shown.is_met_again


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
        load_item_availability, "What may be sold of it.", lasting=is_met_again
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
    cap = context.principal.quantity_cap
    return [show_availability(each, cap) for each in answers]


def group_key(group: strawberry.ID | None) -> UUID | None:
    """Read a group's id; raises a BAD_REQUEST error."""
    if group is None:
        return None
    try:
        return GlobalId.parse(group).uuid("LocationGroup")
    except InvalidGlobalId as error:
        raise bad_request(f"locationGroup: {error}") from error
