"""What each type and field asks of its caller: said here, and nowhere else.

A type's need holds for every way into it, so that what can only be reached through it needs no
guard of its own. A schema with a type that is not named here is not made.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    default_field_resolver,
    get_named_type,
    is_non_null_type,
)

from gateway.graph.naming import plain_field, plain_type
from gateway.graph.refusals import forbidden
from gateway.model.principal import Scope

Holder = GraphQLObjectType | GraphQLInterfaceType
# What a value says is no more than who holds it may see.
_VALUES = (
    "Address", "Drift", "DriftedRecord", "ExternalRef", "Freshness", "GeoPoint", "LineQuantities",
    "Money", "Node", "PageInfo", "Party", "Refusal", "SyncRun", "Viewer",
    "CustomerNotFound", "IdempotencyKeyReused", "TooManyRecords", "UnknownSourceStream",
    "TooManyWebhookEndpoints", "WebhookFilterRefused", "WebhookNotFound", "WebhookSecretLost",
    "WebhookUrlRefused",
)  # fmt: skip
TYPES: Mapping[str, Scope | None] = {
    "Query": None,
    "Mutation": None,
    "Subscription": None,
    **dict.fromkeys(_VALUES),
    **dict.fromkeys(
        ("Availability", "AvailabilityEdge", "InventoryItem", "LocationAvailability"),
        Scope.AVAILABILITY_READ,
    ),
    **dict.fromkeys(
        ("Location", "LocationConnection", "LocationEdge", "LocationGroup"), Scope.LOCATIONS_READ
    ),
    **dict.fromkeys(("OrderStatusSummary", "ParcelSummary"), Scope.ORDER_STATUS_READ),
    **dict.fromkeys(
        (
            "Channel", "FulfillmentOrder", "FulfillmentOrderLine", "Invoice", "Order",
            "OrderConnection", "OrderEdge", "OrderEvent", "OrderEventConnection", "OrderEventEdge",
            "OrderLine", "Shipment", "ShipmentLine",
        ),
        Scope.ORDERS_READ,
    ),
    **dict.fromkeys(
        ("Customer", "CustomerConnection", "CustomerEdge", "CustomerLink"), Scope.CUSTOMERS_READ
    ),
    **dict.fromkeys(("Source", "FieldClaim", "FieldConflict"), Scope.PROVENANCE_READ),
    **dict.fromkeys(
        (
            "QuarantineConnection", "QuarantineEdge", "QuarantinedRecord", "SourceHealth",
            "SourceStream", "ToldChannel", "UntoldItem",
        ),
        Scope.SOURCES_READ,
    ),
    **dict.fromkeys(
        (
            "MapItemSuccess", "ReplayQuarantinedSuccess", "SyncSourceSuccess",
        ),
        Scope.SOURCES_SYNC,
    ),
    **dict.fromkeys(("LinkCustomersSuccess", "UnlinkCustomersSuccess"), Scope.CUSTOMERS_LINK),
    **dict.fromkeys(
        (
            "WebhookAttempt", "WebhookCounters", "WebhookDelivery", "WebhookDeliveryConnection",
            "WebhookDeliveryEdge", "WebhookEndpoint", "WebhookEndpointConnection",
            "WebhookEndpointEdge", "WebhookGap", "CreateWebhookEndpointSuccess",
            "UpdateWebhookEndpointSuccess", "RotateWebhookSecretSuccess",
            "TestWebhookEndpointSuccess", "PauseWebhookEndpointSuccess",
            "ResumeWebhookEndpointSuccess", "DeleteWebhookEndpointSuccess",
            "RedeliverWebhookSuccess",
        ),
        Scope.WEBHOOKS_MANAGE,
    ),
    "_Service": Scope.SCHEMA_READ,
}  # fmt: skip
FIELDS: Mapping[tuple[str, str], Scope] = {
    **{
        ("LocationAvailability", name): Scope.STOCK_READ
        for name in ("onHand", "committed", "held", "allocated", "safetyStock", "incoming")
    },
    **{
        ("Source", name): Scope.SOURCES_READ
        for name in (
            "connector",
            "capabilities",
            "tier",
            "health",
            "streams",
            "runs",
            "toldChannels",
        )
    },
    ("Location", "stockAuthority"): Scope.SOURCES_READ,
    ("Location", "dailyCapacity"): Scope.STOCK_READ,
    ("LocationGroup", "threshold"): Scope.STOCK_READ,
    ("Query", "sources"): Scope.SOURCES_READ,
    ("Mutation", "syncSource"): Scope.SOURCES_SYNC,
    ("Mutation", "mapItem"): Scope.SOURCES_SYNC,
    ("Mutation", "replayQuarantined"): Scope.SOURCES_SYNC,
    ("Mutation", "linkCustomers"): Scope.CUSTOMERS_LINK,
    ("Mutation", "unlinkCustomers"): Scope.CUSTOMERS_LINK,
    **{
        ("Mutation", f"{verb}WebhookEndpoint"): Scope.WEBHOOKS_MANAGE
        for verb in ("create", "update", "test", "pause", "resume", "delete")
    },
    ("Mutation", "rotateWebhookSecret"): Scope.WEBHOOKS_MANAGE,
    ("Mutation", "redeliverWebhook"): Scope.WEBHOOKS_MANAGE,
}


# Types that are not even in the schema of a caller who may not read them.
HIDDEN = frozenset({"_Service"})


def needs(holder: Holder, field_name: str) -> frozenset[Scope]:
    """Answer the scopes that a field asks for, those of the types on both its ends included."""
    field = holder.fields[field_name]
    parent, target = plain_type(holder), plain_type(get_named_type(field.type))
    place = (parent, plain_field(field_name, field))
    asked = {TYPES.get(parent), TYPES.get(target), FIELDS.get(place)}
    return frozenset(scope for scope in asked if scope is not None)


def need_of(type_name: str) -> Scope | None:
    """Answer the scope that objects of a type ask for."""
    return TYPES[type_name]


def guard(schema: GraphQLSchema, held_by_all: frozenset[Scope] = frozenset()) -> None:
    """Put a guard before every field that asks for more than the type it stands on.

    `held_by_all`: what every caller holds that the schema is shown to.
    raises: LookupError, naming what of the schema is not in the table, or of the table not in it;
    TypeError where a field could be refused and cannot be null.
    """
    holders = {plain_type(kind): kind for kind in _holders(schema)}
    _check_complete(holders)
    for name, kind in holders.items():
        if not isinstance(kind, GraphQLObjectType):
            continue
        for field_name, field in kind.fields.items():
            asked = needs(kind, field_name) - {TYPES.get(name)} - held_by_all
            if not asked:
                continue
            if is_non_null_type(field.type):
                raise TypeError(f"{name}.{field_name} can be refused, so it has to be nullable")
            _put_before(field, asked)


def _holders(schema: GraphQLSchema) -> Iterator[Holder]:
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and name[:2] != "__":
            yield kind


def _check_complete(holders: Mapping[str, Holder]) -> None:
    odd = (set(holders) ^ set(TYPES)) - (HIDDEN - set(holders))
    if odd:
        raise LookupError(f"types without a permission, or without a use: {odd}")
    fields = {
        (name, plain_field(field_name, field))
        for name, kind in holders.items()
        for field_name, field in kind.fields.items()
    }
    if not fields.issuperset(FIELDS):
        raise LookupError(f"there are no such fields: {set(FIELDS) - fields}")


@cache
def _before(asked: frozenset[Scope]) -> Callable[[Any], None]:
    """Answer a guard; fields that ask for the same have the same one."""

    def before(context: Any) -> None:
        held = context.principal.scopes
        if not held >= asked:
            raise forbidden(min(asked - held))

    return before


def _put_before(field: GraphQLField, asked: frozenset[Scope]) -> None:
    is_followed = field.subscribe is not None
    resolve: Callable[..., Any] = field.subscribe or field.resolve or default_field_resolver
    before = _before(asked)

    def guarded(root: Any, info: Any, **arguments: Any) -> Any:
        before(info.context)
        return resolve(root, info, **arguments)

    # What an engine that works level by level asks once for all parents (gateway/engine/access.py).
    guarded.__dict__.update(before=before, __wrapped__=resolve)
    if is_followed:
        field.subscribe = guarded  # before its source is opened
    else:
        field.resolve = guarded


def permission_rows(schema: GraphQLSchema) -> "list[tuple[str, str, tuple[Scope, ...]]]":
    """Answer, per type and field, the scopes that it asks for."""
    return [
        (name, field, tuple(sorted(needs(kind, field))))
        for name in sorted(TYPES)
        for kind in [schema.type_map[name]]
        if isinstance(kind, GraphQLObjectType)
        for field in kind.fields
    ]
