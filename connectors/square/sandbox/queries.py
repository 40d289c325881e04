"""What may be asked, as Square documents it; other members and numbers beyond bounds are 400."""

from datetime import datetime
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta

from connectors.square.sandbox.access import Refused

Moment = Annotated[datetime, Meta(tz=True)]
Order = Literal["ASC", "DESC"]
T = TypeVar("T")


class Query(msgspec.Struct, forbid_unknown_fields=True):
    """A part of a request's body."""


class TimeRange(Query):
    start_at: Moment | None = None
    end_at: Moment | None = None

    def has(self, moment: datetime) -> bool:
        """Answer whether a moment lies within, both ends included."""
        after = self.start_at is None or moment >= self.start_at
        return after and (self.end_at is None or moment <= self.end_at)


class OrderTimes(Query):
    created_at: TimeRange | None = None
    updated_at: TimeRange | None = None
    closed_at: TimeRange | None = None


class OrderFilter(Query):
    date_time_filter: OrderTimes | None = None


class OrderSort(Query):
    sort_field: Literal["CREATED_AT", "UPDATED_AT"]
    sort_order: Order = "DESC"


class OrderQuery(Query):
    filter: OrderFilter | None = None
    sort: OrderSort | None = None


class SearchOrders(Query):
    location_ids: list[str] | None = None
    cursor: str | None = None
    query: OrderQuery | None = None
    limit: int = 500

    def check(self) -> None:
        """Raise Refused unless Square takes it."""
        if not self.location_ids:
            raise Refused("MISSING_REQUIRED_PARAMETER", "Name a location.", "location_ids")
        if len(self.location_ids) > 10:
            detail = "At most 10 locations may be searched."
            raise Refused("ARRAY_LENGTH_TOO_LONG", detail, "location_ids")
        if not 1 <= self.limit <= 1000:
            raise Refused("VALUE_TOO_HIGH", "limit is between 1 and 1000.", "limit")
        times = self.times
        named = [name for name in OrderTimes.__struct_fields__ if getattr(times, name)]
        if len(named) > 1 or any(name.upper() != self.sort.sort_field for name in named):
            detail = "The sort field is not the one that is filtered by."
            raise Refused("BAD_REQUEST", detail, "query.sort.sort_field")

    @property
    def times(self) -> OrderTimes:
        """The times that are asked for."""
        filter_ = self.query.filter if self.query else None
        return (filter_.date_time_filter if filter_ else None) or OrderTimes()

    @property
    def sort(self) -> OrderSort:
        """The order that is asked for."""
        return (self.query.sort if self.query else None) or OrderSort("CREATED_AT")


class BatchRetrieveOrders(Query):
    order_ids: Annotated[list[str], Meta(max_length=100)]


class BatchRetrieveCounts(Query):
    catalog_object_ids: list[str] | None = None
    location_ids: list[str] | None = None
    updated_after: Moment | None = None
    cursor: str | None = None
    states: list[str] | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 100


class PhysicalCount(Query):
    catalog_object_id: str
    location_id: str
    state: Literal["IN_STOCK"]
    quantity: Annotated[str, Meta(pattern=r"^[0-9]{1,20}(\.[0-9]{1,5})?$", max_length=26)]
    occurred_at: Moment
    catalog_object_type: Literal["ITEM_VARIATION"] = "ITEM_VARIATION"
    reference_id: Annotated[str, Meta(max_length=255)] | None = None
    team_member_id: Annotated[str, Meta(max_length=100)] | None = None


class Change(Query):
    type: Literal["PHYSICAL_COUNT"]
    physical_count: PhysicalCount


class BatchChangeInventory(Query):
    idempotency_key: Annotated[str, Meta(min_length=1, max_length=128)]
    changes: Annotated[list[Change], Meta(max_length=100)]
    ignore_unchanged_counts: bool = True


class CustomerFilter(Query):
    updated_at: TimeRange | None = None


class CustomerSort(Query):
    field: Literal["CREATED_AT"] = "CREATED_AT"
    order: Order = "ASC"


class CustomerQuery(Query):
    filter: CustomerFilter | None = None
    sort: CustomerSort | None = None


class SearchCustomers(Query):
    cursor: str | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 100
    query: CustomerQuery | None = None
    count: bool = False


class BulkRetrieveCustomers(Query):
    customer_ids: Annotated[list[str], Meta(min_length=1, max_length=100)]


class BatchRetrieveObjects(Query):
    object_ids: Annotated[list[str], Meta(max_length=1000)]
    include_deleted_objects: bool = False


class SetQuery(Query):
    attribute_name: Literal["sku"]
    attribute_values: Annotated[list[str], Meta(min_length=1, max_length=250)]


class ObjectQuery(Query):
    set_query: SetQuery


class SearchObjects(Query):
    object_types: Annotated[list[Literal["ITEM_VARIATION"]], Meta(min_length=1)]
    query: ObjectQuery
    cursor: str | None = None
    limit: int = 100


class Subscription(Query):
    name: str | None = None
    enabled: bool | None = None
    event_types: list[str] | None = None
    notification_url: str | None = None
    api_version: str | None = None


class WriteSubscription(Query):
    subscription: Subscription
    idempotency_key: str | None = None


def asked(raw: bytes, kind: type[T]) -> T:
    """Read a request's body; raises Refused."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.DecodeError as error:
        raise Refused("BAD_REQUEST", str(error)) from error
