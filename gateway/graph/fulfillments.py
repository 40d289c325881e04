"""The work given to locations, and its parcels."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

import strawberry

from gateway.federation.answers import Row
from gateway.graph.batches import batch_field
from gateway.graph.context import Context
from gateway.graph.enums import FulfillmentStatus
from gateway.graph.locations import Location, load_locations_by_key
from gateway.graph.nodes import Node
from gateway.graph.scalars import Sku
from gateway.graph.sources import Source, load_sources_by_id
from gateway.model.ids import GlobalId


@strawberry.enum(description="Whether the location has taken the work on.")
class FulfillmentRequestStatus(Enum):
    UNSUBMITTED = "UNSUBMITTED"
    SUBMITTED = "SUBMITTED"
    ACCEPTED = "ACCEPTED"
    REJECTED = "REJECTED"
    CANCELLATION_REQUESTED = "CANCELLATION_REQUESTED"
    CANCELLATION_ACCEPTED = "CANCELLATION_ACCEPTED"
    CANCELLATION_REJECTED = "CANCELLATION_REJECTED"
    CLOSED = "CLOSED"


@strawberry.type(description="Units of a SKU that a location is to send.")
class FulfillmentOrderLine:
    sku: Sku = strawberry.field(description="The SKU.")
    quantity: int = strawberry.field(description="Whole stock units.")


@strawberry.type(description="Units of a SKU in a parcel.")
class ShipmentLine:
    sku: Sku = strawberry.field(description="The SKU.")
    quantity: int = strawberry.field(description="Whole stock units.")


async def load_parcel_lines(
    parents: Sequence["Shipment"], context: Context
) -> list[list[ShipmentLine]]:
    """Answer what is in each parcel."""
    found = await context.services.details.shipment_lines(
        [each.row for each in parents], context.principal
    )
    return [
        [ShipmentLine(sku=Sku(row["sku"]), quantity=row["quantity"]) for row in rows]
        for rows in found
    ]


@strawberry.type(description="A parcel on its way.")
class Shipment:
    row: strawberry.Private[Row]
    id: strawberry.ID = strawberry.field(description="Opaque.")
    carrier: str | None = strawberry.field(description="Who carries it.")
    service: str | None = strawberry.field(description="The carrier's service.")
    tracking_number: str | None = strawberry.field(description="The carrier's number of it.")
    tracking_url: str | None = strawberry.field(description="Where it can be followed.")
    shipped_at: datetime | None = strawberry.field(description="When it left.")
    is_delivered: bool = strawberry.field(description="Whether it has arrived.")
    delivered_at: datetime | None = strawberry.field(description="When it arrived, if told.")
    lines: list[ShipmentLine] | None = batch_field(load_parcel_lines, "What is in it.")

    @classmethod
    def of(cls, row: Row) -> "Shipment":
        """Answer a parcel as the graph shows it."""
        return cls(
            row=row,
            id=strawberry.ID(str(GlobalId("Shipment", str(row["id"])))),
            carrier=row["carrier"],
            service=row["service"],
            tracking_number=row["tracking_number"],
            tracking_url=row["tracking_url"],
            shipped_at=row["shipped_at"],
            is_delivered=row["is_delivered"],
            delivered_at=row["delivered_at"],
        )


async def load_work_locations(
    parents: Sequence["FulfillmentOrder"], context: Context
) -> list[Location | None]:
    """Answer where the work is done."""
    found = await load_locations_by_key([each.row["location_id"] for each in parents], context)
    return [found.get(each.row["location_id"]) for each in parents]


async def load_work_lines(
    parents: Sequence["FulfillmentOrder"], context: Context
) -> list[list[FulfillmentOrderLine]]:
    """Answer what is to be sent."""
    found = await context.services.details.work_lines(
        [each.row for each in parents], context.principal
    )
    return [
        [FulfillmentOrderLine(sku=Sku(row["sku"]), quantity=row["quantity"]) for row in rows]
        for rows in found
    ]


async def load_work_shipments(
    parents: Sequence["FulfillmentOrder"], context: Context
) -> list[list[Shipment]]:
    """Answer the parcels."""
    found = await context.services.details.shipments(
        [each.row for each in parents], context.principal
    )
    return [[Shipment.of(row) for row in rows] for rows in found]


async def load_work_sources(
    parents: Sequence["FulfillmentOrder"], context: Context
) -> list[Source | None]:
    """Answer which source told of the work."""
    return await load_sources_by_id([each.row["source_id"] for each in parents], context)


@strawberry.type(description="The work that is given to one location for one order.")
class FulfillmentOrder(Node):
    row: strawberry.Private[Row]
    status: FulfillmentStatus = strawberry.field(description="How far the work has come.")
    request_status: FulfillmentRequestStatus = strawberry.field(
        description="Whether the location has taken it on."
    )
    native_status: str | None = strawberry.field(description="The source's own word.")
    location: Location | None = batch_field(load_work_locations, "Where it is done.")
    lines: list[FulfillmentOrderLine] | None = batch_field(load_work_lines, "What is to be sent.")
    shipments: list[Shipment] | None = batch_field(load_work_shipments, "The parcels.")
    source: Source | None = batch_field(load_work_sources, "The source that tells of it.")

    @classmethod
    def of(cls, row: Row) -> "FulfillmentOrder":
        """Answer work as the graph shows it."""
        status = FulfillmentStatus(row["status"])
        return cls(
            id=strawberry.ID(str(GlobalId("FulfillmentOrder", str(row["id"])))),
            row=row,
            status=status,
            request_status=_request_status(status),
            native_status=row["native_status"],
        )


def _request_status(status: FulfillmentStatus) -> FulfillmentRequestStatus:
    """A source that works on it has taken it on, though nobody asked it through us."""
    if status is FulfillmentStatus.CLOSED:
        return FulfillmentRequestStatus.CLOSED
    if status is FulfillmentStatus.CANCELLED:
        return FulfillmentRequestStatus.CANCELLATION_ACCEPTED
    return FulfillmentRequestStatus.ACCEPTED
