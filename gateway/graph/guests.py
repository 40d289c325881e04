"""Order status for a guest, who has no account."""

from datetime import datetime
from typing import Annotated

import strawberry

from gateway.federation.answers import Row
from gateway.federation.guests import GuestAnswer, GuestProof
from gateway.graph.context import Info
from gateway.graph.enums import OrderStatus
from gateway.graph.inputs import storable
from gateway.graph.refusals import bad_request
from gateway.graph.scalars import PostalCode


@strawberry.input(description="What a guest knows of an order: its number, and one more thing.")
class OrderLookupInput:
    number: str = strawberry.field(description="The number that the customer was given.")
    email: str | None = strawberry.field(
        default=None, description="The address that the order was placed with."
    )
    postal_code: PostalCode | None = strawberry.field(
        default=None, description="Where the order is sent; marks may be left out."
    )

    def proof(self) -> GuestProof:
        """Answer what is told; raises a BAD_REQUEST error."""
        if (self.email is None) == (self.postal_code is None):
            raise bad_request("lookup: give either email or postalCode beside the number")
        email = None if self.email is None else storable(self.email)
        code = None if self.postal_code is None else storable(self.postal_code)
        return GuestProof(storable(self.number), email, code)


@strawberry.type(description="A parcel, as a guest may see it.")
class ParcelSummary:
    carrier: str | None = strawberry.field(description="Who carries it.")
    tracking_number: str | None = strawberry.field(description="The carrier's number of it.")
    tracking_url: str | None = strawberry.field(description="Where it can be followed.")
    shipped_at: datetime | None = strawberry.field(description="When it left.")
    is_delivered: bool = strawberry.field(description="Whether it has arrived.")
    delivered_at: datetime | None = strawberry.field(description="When it arrived, if told.")

    @classmethod
    def of(cls, row: Row) -> "ParcelSummary":
        """Answer a parcel as a guest sees it."""
        return cls(
            carrier=row["carrier"],
            tracking_number=row["tracking_number"],
            tracking_url=row["tracking_url"],
            shipped_at=row["shipped_at"],
            is_delivered=row["is_delivered"],
            delivered_at=row["delivered_at"],
        )


@strawberry.type(description="Where an order stands, without a word of who bought or what.")
class OrderStatusSummary:
    number: str = strawberry.field(description="The number that was asked for.")
    status: OrderStatus = strawberry.field(description="Where it stands.")
    placed_at: datetime = strawberry.field(description="When it was placed.")
    promised_delivery_by: datetime | None = strawberry.field(
        description="By when the customer was told to have it."
    )
    parcels: list[ParcelSummary] = strawberry.field(description="What is on its way.")

    @classmethod
    def of(cls, answer: GuestAnswer) -> "OrderStatusSummary":
        """Answer an order as a guest sees it."""
        row = answer.order
        return cls(
            number=row["number"],
            status=OrderStatus(row["status"]),
            placed_at=row["placed_at"],
            promised_delivery_by=row["promised_delivery_by"],
            parcels=[ParcelSummary.of(each) for each in answer.shipments],
        )


async def find_order_status(
    info: Info,
    lookup: Annotated[OrderLookupInput, strawberry.argument(description="Which order.")],
) -> OrderStatusSummary | None:
    """Answer an order's status; null, after the same work, for wrong and for absent."""
    answer = await info.context.services.guests.status(lookup.proof())
    return None if answer is None else OrderStatusSummary.of(answer)
