"""What each type and field asks of its caller: said here, and nowhere else.

A type's need holds for every way into it, so that what can only be reached through it needs no
guard of its own. A schema with a type that is not named here is not made.
"""

from collections.abc import Callable, Mapping
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

from gateway.graph.refusals import forbidden
from gateway.model.principal import Scope

# What a value says is no more than who holds it may see.
_VALUES = (
    "Address", "Drift", "DriftedRecord", "ExternalRef", "Freshness", "GeoPoint", "LineQuantities",
    "Money", "Node", "PageInfo", "Party", "Refusal", "SyncRun", "Viewer",
    "CustomerNotFound", "IdempotencyKeyReused", "TooManyRecords", "UnknownSourceStream",
)  # fmt: skip
TYPES: Mapping[str, Scope | None] = {
    "Query": None,
    "Mutation": None,
    **dict.fromkeys(_VALUES),
    **dict.fromkeys(
        ("Availability", "InventoryItem", "LocationAvailability"), Scope.AVAILABILITY_READ
    ),
    **dict.fromkeys(
        ("Location", "LocationConnection", "LocationEdge", "LocationGroup"), Scope.LOCATIONS_READ
    ),
    **dict.fromkeys(("OrderStatusSummary", "ParcelSummary"), Scope.ORDER_STATUS_READ),
    **dict.fromkeys(
        (
            "Channel", "FulfillmentOrder", "FulfillmentOrderLine", "Invoice", "Order",
            "OrderConnection", "OrderEdge", "OrderLine", "Shipment", "ShipmentLine",
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
            "SourceStream",
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
}  # fmt: skip
FIELDS: Mapping[tuple[str, str], Scope] = {
    **{
        ("LocationAvailability", name): Scope.STOCK_READ
        for name in ("onHand", "committed", "held", "allocated", "safetyStock", "incoming")
    },
    **{
        ("Source", name): Scope.SOURCES_READ
        for name in ("connector", "capabilities", "tier", "health", "streams", "runs")
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
}


def needs(schema: GraphQLSchema, parent: str, field: str) -> frozenset[Scope]:
    """Answer the scopes that a field asks for, those of the types on both its ends included."""
    holder = schema.type_map[parent]
    if not isinstance(holder, GraphQLObjectType | GraphQLInterfaceType):
        raise TypeError(f"{parent} has no fields")
    target = get_named_type(holder.fields[field].type).name
    asked = {TYPES.get(parent), TYPES.get(target), FIELDS.get((parent, field))}
    return frozenset(scope for scope in asked if scope is not None)


def need_of(type_name: str) -> Scope | None:
    """Answer the scope that objects of a type ask for."""
    return TYPES[type_name]


def guard(schema: GraphQLSchema) -> None:
    """Put a guard before every field that asks for more than the type it stands on.

    raises: LookupError, naming what of the schema is not in the table, or of the table not in it;
    TypeError where a field could be refused and cannot be null.
    """
    _check_complete(schema)
    for name, kind in schema.type_map.items():
        if not isinstance(kind, GraphQLObjectType) or name.startswith("__"):
            continue
        held = {TYPES.get(name)}
        for field_name, field in kind.fields.items():
            asked = needs(schema, name, field_name) - held
            if not asked:
                continue
            if is_non_null_type(field.type):
                raise TypeError(f"{name}.{field_name} can be refused, so it has to be nullable")
            _put_before(field, asked)


def _check_complete(schema: GraphQLSchema) -> None:
    known = {
        name
        for name, kind in schema.type_map.items()
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("_")
    }
    if known != set(TYPES):
        raise LookupError(f"types without a permission, or without a use: {known ^ set(TYPES)}")
    for type_name, field_name in FIELDS:
        kind = schema.type_map[type_name]
        if not isinstance(kind, GraphQLObjectType) or field_name not in kind.fields:
            raise LookupError(f"there is no field {type_name}.{field_name}")


def _put_before(field: GraphQLField, asked: frozenset[Scope]) -> None:
    resolve: Callable[..., Any] = field.resolve or default_field_resolver
    ordered = sorted(asked)

    def guarded(root: Any, info: Any, **arguments: Any) -> Any:
        held = info.context.principal.scopes
        for scope in ordered:
            if scope not in held:
                raise forbidden(scope)
        return resolve(root, info, **arguments)

    field.resolve = guarded


def permission_rows(schema: GraphQLSchema) -> "list[tuple[str, str, tuple[Scope, ...]]]":
    """Answer, per type and field, the scopes that it asks for."""
    return [
        (name, field, tuple(sorted(needs(schema, name, field))))
        for name in sorted(TYPES)
        for kind in [schema.type_map[name]]
        if isinstance(kind, GraphQLObjectType)
        for field in kind.fields
    ]
