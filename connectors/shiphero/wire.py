"""ShipHero's JSON as ShipHero names it: only what is read here, strict in types.

The reference leaves every field nullable; what is required here is what a record is useless
without. https://developer.shiphero.com/schema/ (2026-11)
"""

from typing import Annotated

import msgspec
from msgspec import Meta, Raw, Struct

Ref = Annotated[str, Meta(min_length=1)]
Units = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Level = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]


class Fault(Struct, frozen=True):
    """One of `errors`. https://developer.shiphero.com/troubleshooting/error-glossary/"""

    message: str = ""
    code: int | str | None = None
    operation: str | None = None
    time_remaining: str | None = None
    required_credits: float | None = None
    remaining_credits: float | None = None


class Answer(Struct, frozen=True):
    """What the endpoint answers: `data` by alias, or `errors`, or both."""

    data: dict[str, Raw] | None = None
    errors: tuple[Fault, ...] | None = None


class Quota(Struct, frozen=True):
    """`user_quota`. https://developer.shiphero.com/getting-started/ (throttling)"""

    credits_remaining: float | None = None
    increment_rate: float | None = None


class PageInfo(Struct, frozen=True):
    has_next_page: bool = msgspec.field(name="hasNextPage")


class Edge(Struct, frozen=True):
    """A row as its own bytes, so that one broken row does not spoil the page."""

    node: Raw
    cursor: str | None = None


class Connection(Struct, frozen=True):
    edges: tuple[Edge, ...]
    page_info: PageInfo = msgspec.field(name="pageInfo")


class Listing(Struct, frozen=True):
    """What a query of many answers."""

    data: Connection


class Single(Struct, frozen=True):
    """What a query of one answers."""

    data: Raw


class NodeId(Struct, frozen=True):
    id: Ref


class OrderRef(Struct, frozen=True):
    """The one thing that is read of an order that fails."""

    partner_order_id: Ref


class TotePick(Struct, frozen=True):
    picked_quantity: Units | None = None


class LineItem(Struct, frozen=True):
    """`warehouse_id` is deprecated in favour of `allocations`; it is what a cancelled order has."""

    id: Ref
    sku: Ref
    quantity: Units
    warehouse_id: Ref | None = None
    tote_picks: tuple[TotePick, ...] | None = None


class LineItemEdge(Struct, frozen=True):
    node: LineItem


class LineItems(Struct, frozen=True):
    edges: tuple[LineItemEdge, ...]
    page_info: PageInfo = msgspec.field(name="pageInfo")


class AllocatedLine(Struct, frozen=True):
    line_item_id: Ref
    quantity_allocated: Units
    is_kit_component: bool | None = None


class Allocation(Struct, frozen=True):
    warehouse_id: Ref
    line_items: tuple[AllocatedLine, ...]


class ShippedLine(Struct, frozen=True):
    line_item_id: Ref
    quantity: Units
    shipping_label_id: str | None = None


class ShippedLineEdge(Struct, frozen=True):
    node: ShippedLine


class ShippedLines(Struct, frozen=True):
    edges: tuple[ShippedLineEdge, ...]
    page_info: PageInfo = msgspec.field(name="pageInfo")


class ShippingLabel(Struct, frozen=True):
    id: Ref
    carrier: str | None = None
    shipping_method: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    delivered: bool | None = None
    refunded: bool | None = None


class Shipment(Struct, frozen=True):
    """`completed` is false while a batch's labels are printed and the goods have not left."""

    id: Ref
    warehouse_id: Ref
    line_items: ShippedLines
    created_date: str | None = None
    completed: bool | None = None
    delivered: bool | None = None
    shipping_labels: tuple[ShippingLabel, ...] | None = None


class Holds(Struct, frozen=True):
    address_hold: bool | None = None
    client_hold: bool | None = None
    fraud_hold: bool | None = None
    operator_hold: bool | None = None
    payment_hold: bool | None = None
    shipping_method_hold: bool | None = None


class ListLength(Struct, frozen=True):
    page_info: PageInfo = msgspec.field(name="pageInfo")


class ShipmentLength(Struct, frozen=True):
    line_items: ListLength


class OrderLength(Struct, frozen=True):
    """Whether an order has more lines than came."""

    line_items: ListLength
    shipments: tuple[ShipmentLength, ...] | None = None


class Order(Struct, frozen=True):
    """Order. https://developer.shiphero.com/schema/types/order.html"""

    id: Ref
    partner_order_id: Ref
    fulfillment_status: Ref
    line_items: LineItems
    updated_at: str | None = None
    holds: Holds | None = None
    allocations: tuple[Allocation, ...] | None = None
    shipments: tuple[Shipment, ...] | None = None


class WarehouseProduct(Struct, frozen=True):
    """WarehouseProduct. https://developer.shiphero.com/schema/types/warehouse-product.html"""

    sku: Ref
    warehouse_id: Ref
    on_hand: Level | None
    allocated: Level | None
    reserve_inventory: Level | None


class Sku(Struct, frozen=True):
    """Whose row of stock it is that fails."""

    sku: Ref


class LevelPlace(Struct, frozen=True):
    """Where it is of."""

    warehouse_id: Ref


class Address(Struct, frozen=True):
    name: str | None = None
    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    zip: str | None = None


class Warehouse(Struct, frozen=True):
    """Warehouse. https://developer.shiphero.com/schema/types/warehouse.html"""

    id: Ref
    identifier: Ref
    company_name: str | None = None
    address: Address | None = None


class Account(Struct, frozen=True):
    warehouses: tuple[Raw, ...]


class AccountId(Struct, frozen=True):
    id: Ref
    username: str | None = None


class Webhook(Struct, frozen=True):
    """Webhook. `shared_signature_secret` is told once, when it is created."""

    name: str | None = None
    url: str | None = None
    shop_name: str | None = None
    shared_signature_secret: str | None = None


class CreatedWebhook(Struct, frozen=True):
    webhook: Webhook
