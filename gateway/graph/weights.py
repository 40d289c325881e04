"""What types and fields of the schema weigh, and how long its lists may be: said here alone.

The schema's text says it by `@cost` and `@listSize`, as the GraphQL Cost Directives have them
(https://ibm.github.io/graphql-specs/cost-spec.html, read 2026-11-25). 1 is a record that is read
by itself. A schema with a list of objects that is not named here is not made.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)

from gateway.graph.inputs import USUAL_PER_PAGE
from gateway.graph.naming import plain_field, plain_type

POINTS = 100  # prices are counted in hundredths
FREE, _RECORD, _CHANGE, _LIVE, _GUESS = "0", "1", "10", "10", "5"
# What comes with what it is a part of, or leads to records and is none.
_WITHIN = (
    "Query", "Mutation", "Subscription", "Address", "AvailabilityEdge", "Channel",
    "CustomerConnection", "CustomerEdge", "Drift", "FieldClaim", "Freshness", "GeoPoint",
    "LineQuantities", "LocationConnection", "LocationEdge", "LocationGroup", "Money",
    "OrderConnection", "OrderEdge", "OrderEventConnection", "OrderEventEdge", "PageInfo", "Party",
    "QuarantineConnection", "QuarantineEdge", "Source", "WebhookDeliveryConnection",
    "WebhookDeliveryEdge", "WebhookEndpointConnection", "WebhookEndpointEdge", "WebhookGap",
    "_Service",
)  # fmt: skip
# Entries of lists that are kept with their record and are as long as they are.
_PARTS = (
    "CustomerLink", "ExternalRef", "FieldConflict", "FulfillmentOrderLine", "OrderLine",
    "ParcelSummary", "ShipmentLine", "UntoldItem", "WebhookAttempt",
)  # fmt: skip
TYPES: Mapping[str, str] = {
    **dict.fromkeys(_WITHIN, FREE),
    **dict.fromkeys(_PARTS, "0.05"),
    "DriftedRecord": "0.01",
    "FulfillmentOrder": "0.5",
    "Invoice": "0.2",
    "LocationAvailability": "0.02",
    "Shipment": "0.2",
}
FIELDS: Mapping[tuple[str, str], str] = {
    # The locations are few, whatever their positions.
    ("LocationAvailability", "location"): FREE,
    ("Query", "orderStatus"): _GUESS,
    ("Query", "sources"): _RECORD,
    ("OrderConnection", "totalCount"): _RECORD,
    **{
        ("Mutation", name): _CHANGE
        for name in (
            "syncSource", "linkCustomers", "unlinkCustomers", "mapItem", "replayQuarantined",
            "createWebhookEndpoint", "updateWebhookEndpoint", "rotateWebhookSecret",
            "testWebhookEndpoint", "pauseWebhookEndpoint", "resumeWebhookEndpoint",
            "deleteWebhookEndpoint", "redeliverWebhook",
        )
    },
}  # fmt: skip
# Sources may have to be asked.
ARGUMENTS: Mapping[tuple[str, str, str], str] = {
    (kind, field, "freshness"): _LIVE
    for kind, field in (
        ("Query", "availability"), ("Query", "order"), ("Query", "ordersByKey"),
        ("InventoryItem", "availability"),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListSize:
    """How long a list is at most: as arguments say, or as is assumed; `sized` are the lists.

    A list argument that says so says it by its own length.
    """

    assumed: int | None = None
    slicing: tuple[str, ...] = ()
    sized: tuple[str, ...] = ()


_ENTRIES = ("edges", "nodes")
LISTS: Mapping[tuple[str, str], ListSize] = {
    **{
        place: ListSize(USUAL_PER_PAGE, ("first",), _ENTRIES)
        for place in (
            ("Customer", "orders"), ("Query", "customers"), ("Query", "locations"),
            ("Query", "quarantine"), ("Query", "webhookEndpoints"),
            ("WebhookEndpoint", "deliveries"),
        )
    },
    ("Query", "orders"): ListSize(USUAL_PER_PAGE, ("first", "last"), _ENTRIES),
    **dict.fromkeys(
        (("Query", "orderEvents"), ("Order", "events")), ListSize(None, ("first",), _ENTRIES)
    ),
    **dict.fromkeys((("Source", "runs"), ("ToldChannel", "failures")), ListSize(None, ("first",))),
    ("Query", "availability"): ListSize(None, ("skus",)),
    ("Query", "nodes"): ListSize(None, ("ids",)),
    ("Query", "ordersByKey"): ListSize(None, ("keys",)),
    ("Query", "_entities"): ListSize(None, ("representations",)),
    **{
        place: ListSize(assumed)
        for place, assumed in {
            ("Availability", "locations"): 400,
            ("Customer", "externalRefs"): 20,
            ("Customer", "freshness"): 10,
            ("Customer", "links"): 20,
            ("Drift", "records"): 300,
            ("FieldConflict", "others"): 10,
            ("FulfillmentOrder", "lines"): 10,
            ("FulfillmentOrder", "shipments"): 2,
            ("Location", "groups"): 10,
            ("Order", "conflicts"): 20,
            ("Order", "externalRefs"): 10,
            ("Order", "freshness"): 10,
            ("Order", "fulfillmentOrders"): 4,
            ("Order", "invoices"): 2,
            ("Order", "lines"): 20,
            ("OrderStatusSummary", "parcels"): 10,
            ("Query", "sources"): 20,
            ("ReplayQuarantinedSuccess", "runs"): 10,
            ("Shipment", "lines"): 10,
            ("Source", "streams"): 6,
            ("Source", "toldChannels"): 10,
            ("UnlinkCustomersSuccess", "customers"): 21,
            ("Viewer", "customers"): 20,
            ("WebhookDelivery", "attempts"): 20,
        }.items()
    },
}  # fmt: skip


def type_weight(kind: GraphQLObjectType) -> str | None:
    """Answer what objects of a type weigh, where that is not 1."""
    return TYPES.get(plain_type(kind))


def field_weight(kind: GraphQLObjectType, name: str) -> str | None:
    """Answer what a field's objects weigh, where that is not what their type does."""
    return FIELDS.get(_place(kind, name))


def argument_weight(kind: GraphQLObjectType, name: str, argument: str) -> str:
    """Answer what it costs to give an argument."""
    return ARGUMENTS.get((*_place(kind, name), argument), FREE)


def list_size(kind: GraphQLObjectType, name: str) -> ListSize | None:
    """Answer how long a field's list is, or the lists of what it leads to."""
    return LISTS.get(_place(kind, name))


def usual_size(field: GraphQLField, told: ListSize) -> int:
    """Answer how long a list is where no argument says: as is assumed, or by its default."""
    if told.assumed is not None:
        return told.assumed
    defaults = [field.args[name].default_value for name in told.slicing]
    return max((each for each in defaults if isinstance(each, int)), default=0)


def points(weight: str) -> int:
    """Answer a weight in hundredths; raises ValueError for what is finer."""
    told = Decimal(weight) * POINTS
    if told < 0 or told != int(told):
        raise ValueError(f"a weight is a number of hundredths: {weight}")
    return int(told)


def check_weights(schema: GraphQLSchema) -> None:
    """Raise LookupError, naming the lists that nothing sizes, or what is not in the schema."""
    kinds = {plain_type(kind): kind for kind in _objects(schema)}
    if odd := set(TYPES) - set(kinds) - {"_Service"}:
        raise LookupError(f"there are no such types: {odd}")
    fields = {
        _place(kind, name): field for kind in kinds.values() for name, field in kind.fields.items()
    }
    arguments = {(*place, name) for place, field in fields.items() for name in field.args}
    told = {*FIELDS, *LISTS} - set(fields)
    told |= {place[:2] for place in set(ARGUMENTS) - arguments}
    if told:
        raise LookupError(f"there are no such fields or arguments: {told}")
    if unsized := set(_lists(fields)) - set(_sized(fields)):
        raise LookupError(f"lists of which nothing says how long they are: {unsized}")


def _objects(schema: GraphQLSchema) -> Iterator[GraphQLObjectType]:
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__"):
            yield kind


def _lists(fields: Mapping[tuple[str, str], GraphQLField]) -> Iterator[tuple[str, str]]:
    for place, field in fields.items():
        is_list = is_list_type(get_nullable_type(field.type))
        if is_list and not is_leaf_type(get_named_type(field.type)):
            yield place


def _sized(fields: Mapping[tuple[str, str], GraphQLField]) -> Iterator[tuple[str, str]]:
    for place, told in LISTS.items():
        target = get_named_type(fields[place].type)
        yield from ((plain_type(target), name) for name in told.sized)
        if not told.sized:
            yield place


def _place(kind: GraphQLObjectType, name: str) -> tuple[str, str]:
    return plain_type(kind), plain_field(name, kind.fields[name])
