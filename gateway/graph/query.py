"""The root fields that read."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import strawberry

from gateway.graph.batches import batch_field
from gateway.graph.context import Context, Info
from gateway.graph.cursors import page_cursor, page_place
from gateway.graph.customer_roots import find_customer, list_customers
from gateway.graph.customers import Customer, CustomerConnection
from gateway.graph.entities import Entity, find_entities
from gateway.graph.event_roots import list_order_events
from gateway.graph.guests import OrderStatusSummary, find_order_status
from gateway.graph.inputs import page_size
from gateway.graph.locations import (
    Location,
    LocationConnection,
    LocationEdge,
    load_locations_by_key,
)
from gateway.graph.nodes import Node, PageInfo
from gateway.graph.objects import MOST_OBJECTS, load_objects
from gateway.graph.order_events import OrderEventConnection
from gateway.graph.order_roots import find_order, find_orders, list_orders
from gateway.graph.orders import Order, OrderConnection
from gateway.graph.quarantine import QuarantineConnection, list_quarantine
from gateway.graph.refusals import bad_request
from gateway.graph.scalars import PageCursor, Sku
from gateway.graph.sources import Source
from gateway.graph.stock import (
    Availability,
    FreshnessArgument,
    GroupArgument,
    InventoryItem,
    group_key,
    is_met_again,
    load_availability,
)
from gateway.graph.viewer import Viewer
from gateway.graph.webhooks import (
    WebhookEndpoint,
    WebhookEndpointConnection,
    find_webhook_endpoint,
    list_webhook_endpoints,
)
from gateway.model.ids import GlobalId, InvalidGlobalId

LOCATIONS = "locations"


async def load_asked_availability(
    parents: Sequence[object],
    context: Context,
    *,
    skus: Annotated[list[Sku], strawberry.argument(description="At most 200 SKUs.")],
    location_group: GroupArgument = None,
    freshness: FreshnessArgument = None,
) -> list[list[Availability]]:
    """Answer one entry per asked SKU, in the asked order, wherever that is asked for."""
    found = await load_availability(skus, location_group, freshness, context, "availability")
    return [found] * len(parents)


def _inventory_item(
    sku: Annotated[Sku, strawberry.argument(description="The SKU.")],
) -> InventoryItem | None:
    return InventoryItem(sku=sku)


async def _location(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Our id of it.")]
) -> Location | None:
    key = _key(id, "Location")
    return (await load_locations_by_key([key], info.context)).get(key)


async def _list_locations(
    info: Info,
    group: Annotated[
        strawberry.ID | None, strawberry.argument(description="Only those of this group.")
    ] = None,
    first: Annotated[int | None, strawberry.argument(description="How many: 1 to 100.")] = None,
    after: Annotated[
        PageCursor | None, strawberry.argument(description="Only what comes after this place.")
    ] = None,
) -> LocationConnection | None:
    context, size = info.context, page_size(first)
    place = page_place(context, LOCATIONS, after)
    rows = await context.services.locations.page(group_key(group), place, size + 1)
    nodes = [Location.of(row) for row in rows[:size]]
    edges = [
        LocationEdge(cursor=page_cursor(context, LOCATIONS, each.code), node=each) for each in nodes
    ]
    page_info = PageInfo.of(
        [edge.cursor for edge in edges], has_next=len(rows) > size, has_previous=after is not None
    )
    return LocationConnection(edges=edges, nodes=nodes, page_info=page_info)


async def _sources(info: Info) -> list[Source] | None:
    return [Source.of(each) for each in info.context.services.sources.all()]


def _viewer(info: Info) -> Viewer | None:
    return Viewer.of(info.context.principal)


# What can be read by itself, by its id.
NODES = ("Order", "FulfillmentOrder", "Customer", "Location")


async def _node(
    info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
) -> Node | None:
    return (await _load_nodes([id], info.context))[0]


async def _nodes(
    info: Info,
    ids: Annotated[list[strawberry.ID], strawberry.argument(description="At most 100 ids.")],
) -> list[Node | None] | None:
    if len(ids) > MOST_OBJECTS:
        raise bad_request(f"at most {MOST_OBJECTS} ids at a time; these are {len(ids)}")
    return await _load_nodes(ids, info.context)


async def _load_nodes(ids: Sequence[str], context: Context) -> list[Node | None]:
    """Answer objects by id, in the asked order; what is not there is null, an error fails all."""
    found = await load_objects([_parse(each) for each in ids], context)
    for each in found:
        if isinstance(each, Exception):
            raise each
    return found


def _parse(text: str) -> tuple[str, UUID]:
    try:
        parsed = GlobalId.parse(text)
        if parsed.type not in NODES:
            raise InvalidGlobalId("not an id of an object that can be read by itself")
        return parsed.type, parsed.uuid(parsed.type)
    except InvalidGlobalId as error:
        raise bad_request(f"id: {error}") from error


def _key(text: str, kind: str) -> UUID:
    try:
        return GlobalId.parse(text).uuid(kind)
    except InvalidGlobalId as error:
        raise bad_request(f"id: {error}") from error


@strawberry.type(description="What can be read.")
class Query:
    availability: list[Availability] | None = batch_field(
        load_asked_availability,
        "One entry per asked SKU, in the asked order, unknown SKUs included.",
        lasting=is_met_again,
    )
    inventory_item: InventoryItem | None = strawberry.field(
        resolver=_inventory_item, description="A SKU, known or not."
    )
    order: Order | None = strawberry.field(
        resolver=find_order, description="An order; null when it is not there or beyond reach."
    )
    orders_by_key: list[Order | None] | None = strawberry.field(
        resolver=find_orders,
        description="Orders that the caller knows, in the asked order, read at once: each as "
        "`order` answers it, null when it is not there or beyond reach.",
    )
    orders: OrderConnection | None = strawberry.field(
        resolver=list_orders,
        description="Orders within reach. Which ones are listed always comes from the projection; "
        "no list goes live row by row.",
    )
    order_status: OrderStatusSummary | None = strawberry.field(
        resolver=find_order_status,
        description="For a guest: a number, and the order's e-mail or postal code. The same "
        "answer, after the same work, for wrong and absent.",
    )
    order_events: OrderEventConnection | None = strawberry.field(
        resolver=list_order_events,
        description="Events of orders within reach, the oldest first: the pull form of the "
        "subscription, over the same log with the same cursors.",
    )
    customer: Customer | None = strawberry.field(
        resolver=find_customer,
        description="A customer; null when it is not there or beyond reach.",
    )
    customers: CustomerConnection | None = strawberry.field(
        resolver=list_customers, description="Customers within reach, in the order of their ids."
    )
    quarantine: QuarantineConnection | None = strawberry.field(
        resolver=list_quarantine, description="Records that could not be mapped."
    )
    location: Location | None = strawberry.field(resolver=_location, description="A location.")
    locations: LocationConnection | None = strawberry.field(
        resolver=_list_locations, description="Locations, in the order of their codes."
    )
    sources: list[Source] | None = strawberry.field(
        resolver=_sources, description="The systems that are read, and how they fare."
    )
    webhook_endpoint: WebhookEndpoint | None = strawberry.field(
        resolver=find_webhook_endpoint,
        description="An endpoint; null when it is not there or somebody else's.",
    )
    webhook_endpoints: WebhookEndpointConnection | None = strawberry.field(
        resolver=list_webhook_endpoints,
        description="The caller's endpoints; everybody's for an operator.",
    )
    viewer: Viewer | None = strawberry.field(resolver=_viewer, description="Who asks.")
    node: Node | None = strawberry.field(
        resolver=_node, description="Any object by its id; null when it is beyond reach."
    )
    nodes: list[Node | None] | None = strawberry.field(
        resolver=_nodes, description="Objects by their ids, in the asked order."
    )
    entities: list[Entity | None] = strawberry.field(
        name="_entities",
        resolver=find_entities,
        description="Entities by their keys, in the asked order: for routers.",
    )
