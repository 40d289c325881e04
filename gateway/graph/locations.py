"""Locations: where stock lies and orders are fulfilled from."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any
from uuid import UUID

import strawberry

from gateway.federation.answers import Row
from gateway.graph.batches import batch_field
from gateway.graph.context import Context
from gateway.graph.enums import LocationKind
from gateway.graph.nodes import Node, PageInfo
from gateway.graph.scalars import CountryCode, PageCursor, PostalCode
from gateway.graph.sources import Source, load_sources_by_id
from gateway.model.ids import GlobalId

MOST_SHOWN = 10_000


@strawberry.type(description="A postal address; what nobody told is null.")
class Address:
    recipient: str | None = strawberry.field(description="Who receives.")
    street: str | None = strawberry.field(description="Street.")
    number: str | None = strawberry.field(description="Number in the street.")
    complement: str | None = strawberry.field(description="Flat, block, floor.")
    district: str | None = strawberry.field(description="District of the city.")
    city: str | None = strawberry.field(description="City.")
    region: str | None = strawberry.field(description="State or province, e.g. SP.")
    postal_code: PostalCode | None = strawberry.field(description="Postal code (CEP in Brazil).")
    country: CountryCode | None = strawberry.field(description="Country.")


@strawberry.type(description="A place on the earth.")
class GeoPoint:
    latitude: float = strawberry.field(description="Degrees north.")
    longitude: float = strawberry.field(description="Degrees east.")


@strawberry.type(description="Who owns a location: the retailer itself, or another seller.")
class Party:
    name: str = strawberry.field(description="The owner's name.")


@strawberry.type(description="Locations that sell together.")
class LocationGroup:
    id: strawberry.ID = strawberry.field(description="Opaque.")
    code: str = strawberry.field(description="Its name in the configuration.")
    name: str = strawberry.field(description="Its name for people.")
    threshold: int | None = strawberry.field(description="Units of a SKU that it never sells.")

    @classmethod
    def of(cls, row: Row) -> "LocationGroup":
        """Answer a group as the graph shows it."""
        return cls(
            id=strawberry.ID(str(GlobalId("LocationGroup", str(row["id"])))),
            code=row["code"],
            name=row["name"],
            threshold=row["threshold"],
        )


async def load_groups(parents: Sequence["Location"], context: Context) -> list[list[LocationGroup]]:
    """Answer the groups of each location."""
    found = await context.services.locations.groups_of([each.key for each in parents])
    return [[LocationGroup.of(row) for row in rows] for rows in found]


async def load_authority(parents: Sequence["Location"], context: Context) -> list[Source | None]:
    """Answer the source that owns each location's stock."""
    return await load_sources_by_id([each.authority for each in parents], context)


@strawberry.type(description="A place with stock.")
class Location(Node):
    key: strawberry.Private[UUID]
    authority: strawberry.Private[str | None]
    code: str = strawberry.field(description="Its code in the retailer's systems.")
    name: str | None = strawberry.field(description="Its name for people.")
    kind: LocationKind = strawberry.field(description="What it is.")
    owner: Party | None = strawberry.field(description="The seller that it belongs to.")
    address: Address | None = strawberry.field(description="Where it is.")
    coordinates: GeoPoint | None = strawberry.field(description="Where it is on the earth.")
    time_zone: str = strawberry.field(description="Its time zone (IANA).")
    pickup: bool = strawberry.field(description="Whether shoppers may collect there.")
    shipping: bool = strawberry.field(description="Whether it sends parcels.")
    daily_capacity: int | None = strawberry.field(description="Orders that it can do in a day.")
    groups: list[LocationGroup] | None = batch_field(load_groups, "The groups that it is in.")
    stock_authority: Source | None = batch_field(
        load_authority, "The source whose word counts for its stock."
    )

    @classmethod
    def of(cls, row: Row) -> "Location":
        """Answer a location as the graph shows it."""
        has_place = row["latitude"] is not None and row["longitude"] is not None
        point = GeoPoint(latitude=row["latitude"], longitude=row["longitude"])
        return cls(
            id=strawberry.ID(str(GlobalId("Location", str(row["id"])))),
            key=row["id"],
            authority=row["stock_source_id"],
            code=row["code"],
            name=row["name"],
            kind=LocationKind(row["kind"]),
            owner=None if row["owner"] is None else Party(name=row["owner"]),
            address=show_address(row["address"]),
            coordinates=point if has_place else None,
            time_zone=row["time_zone"],
            pickup=row["pickup"],
            shipping=row["shipping"],
            daily_capacity=row["daily_capacity"],
        )


@strawberry.type(description="A location and its place in the list.")
class LocationEdge:
    cursor: PageCursor = strawberry.field(description="Its place.")
    node: Location = strawberry.field(description="The location.")


@strawberry.type(description="A page of locations, in the order of their codes.")
class LocationConnection:
    edges: list[LocationEdge] = strawberry.field(description="The entries.")
    nodes: list[Location] = strawberry.field(description="The locations by themselves.")
    page_info: PageInfo = strawberry.field(description="Where the page begins and ends.")


def show_address(stored: dict[str, Any] | None) -> Address | None:
    """Answer an address as the graph shows it."""
    return None if stored is None else Address(**stored)


async def load_locations_by_key(keys: Sequence[UUID], context: Context) -> "dict[UUID, Location]":
    """Answer locations by key; needs the scope of locations."""
    return _shown(await context.services.locations.by_id(list(dict.fromkeys(keys))))


async def load_locations_of_positions(
    keys: Sequence[UUID], context: Context
) -> "dict[UUID, Location]":
    """Answer the locations of positions of this request by key; needs the scope of locations."""
    return _shown(await context.services.locations.of_positions(list(dict.fromkeys(keys))))


def _shown(rows: Iterable[Row | None]) -> "dict[UUID, Location]":
    return {row["id"]: _SHOWN.of(row) for row in rows if row is not None}


def known_locations(context: Context) -> Hashable | None:
    """Answer what changes whenever a location may have changed; None if that cannot be told."""
    return context.services.locations.edition


class _Shown:
    """Locations as they were shown last: made again only of rows that have changed."""

    def __init__(self) -> None:
        self._kept: dict[UUID, tuple[Row, Location]] = {}

    def of(self, row: Row) -> Location:
        key: UUID = row["id"]
        kept = self._kept.get(key)
        if kept is not None and (kept[0] is row or kept[0] == row):
            return kept[1]
        if len(self._kept) >= MOST_SHOWN:
            self._kept.clear()
        shown = Location.of(row)
        self._kept[key] = (row, shown)
        return shown


_SHOWN = _Shown()
