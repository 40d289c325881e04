"""VTEX's JSON as VTEX names it: only what is read here, strict in types.

https://developers.vtex.com/docs/api-reference/orders-api (2026-11)
https://developers.vtex.com/docs/api-reference/logistics-api (2026-11)
"""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

Ref = Annotated[str, Meta(min_length=1)]
Cents = Annotated[int, Meta(ge=-(2**53), le=2**53)]
Units = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class Wire(Struct, frozen=True, rename="camel"):
    """A JSON object; members that are not named here are VTEX's to add."""


class Total(Wire, frozen=True):
    id: str
    value: Cents


class Preferences(Wire, frozen=True):
    currency_code: Annotated[str, Meta(pattern="^[A-Z]{3}$")]


class Profile(Wire, frozen=True):
    user_profile_id: Ref
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    document: str | None = None
    phone: str | None = None
    is_corporate: bool | None = None
    corporate_name: str | None = None
    corporate_document: str | None = None


class PostalAddress(Wire, frozen=True):
    receiver_name: str | None = None
    street: str | None = None
    number: str | None = None
    complement: str | None = None
    neighborhood: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None


class Logistics(Wire, frozen=True):
    shipping_estimate_date: str | None = None


class Shipping(Wire, frozen=True):
    address: PostalAddress | None = None
    logistics_info: tuple[Logistics, ...] = ()


class Item(Wire, frozen=True):
    """`price` is before discounts and `selling_price` after them, both for one unit."""

    unique_id: Ref
    id: Ref
    name: str
    quantity: Units
    price: Cents
    selling_price: Cents
    ref_id: str | None = None


class CourierStatus(Wire, frozen=True):
    status: str | None = None
    finished: bool | None = None


class Package(Wire, frozen=True):
    """`type` is Output for what is sold and Input for what is returned."""

    type: str
    tracking_number: str | None = None
    courier_status: CourierStatus | None = None


class Packages(Wire, frozen=True):
    packages: tuple[Package, ...]


class Order(Wire, frozen=True):
    """GET /api/oms/pvt/orders/{orderId}."""

    order_id: Ref
    sequence: Ref
    status: Ref
    value: Cents
    creation_date: str
    last_change: str
    totals: tuple[Total, ...]
    store_preferences_data: Preferences
    client_profile_data: Profile
    items: tuple[Item, ...]
    shipping_data: Shipping | None = None
    package_attachment: Packages | None = None
    authorized_date: str | None = None
    is_completed: bool | None = None
    order_group: str | None = None
    seller_order_id: str | None = None
    marketplace_order_id: str | None = None


class OrderRef(Wire, frozen=True):
    """The one thing that is read of a row of the list, of a feed item, of an order that fails."""

    order_id: Ref


class Paging(Wire, frozen=True):
    total: Units
    pages: Units
    current_page: Units


class OrderList(Wire, frozen=True):
    """GET /api/oms/pvt/orders."""

    list: tuple[Raw, ...]
    paging: Paging


class FeedHandle(Wire, frozen=True):
    """What a feed item is committed by."""

    handle: Ref


class FeedFilter(Wire, frozen=True, omit_defaults=True):
    type: str
    expression: str | None = None
    disable_single_fire: bool | None = None


class FeedQueue(Struct, frozen=True):
    """VTEX writes the retention with a capital here, so it is sent so and never read."""

    visibility_timeout_in_seconds: int = msgspec.field(name="visibilityTimeoutInSeconds")
    message_retention_period_in_seconds: int | UnsetType = msgspec.field(
        name="MessageRetentionPeriodInSeconds", default=UNSET
    )


class FeedConfig(Wire, frozen=True):
    """GET and POST /api/orders/feed/config."""

    filter: FeedFilter
    queue: FeedQueue


class HookBody(Struct, frozen=True, rename="pascal"):
    """What VTEX posts to a hook; only the order's id is believed."""

    order_id: Ref


class HookDomain(Struct, frozen=True, rename="pascal"):
    """What a push to a hook is about."""

    domain: Ref


class Balance(Wire, frozen=True):
    warehouse_id: Ref
    total_quantity: Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
    reserved_quantity: Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
    has_unlimited_quantity: bool


class BalancePlace(Wire, frozen=True):
    warehouse_id: Ref


class Inventory(Wire, frozen=True):
    """GET /api/logistics/pvt/inventory/skus/{skuId}."""

    balance: tuple[Raw, ...]


class InventoryQuantity(Struct, frozen=True):
    """PATCH /api/logistics/pvt/inventory/skus/{skuId}/warehouses/{warehouseId}/quantity."""

    quantity: int
    unlimited_quantity: bool = msgspec.field(name="unlimitedQuantity")
    date_utc_on_balance_system: str = msgspec.field(name="dateUtcOnBalanceSystem")


class Warehouse(Wire, frozen=True):
    """GET /api/logistics/pvt/configuration/warehouses, one of them."""

    id: Ref
    name: str
    is_active: bool
    pickup_point_ids: tuple[str, ...] | None = None


class WarehouseRef(Wire, frozen=True):
    id: Ref


class Sku(Struct, frozen=True, rename="pascal"):
    """GET /api/catalog/pvt/stockkeepingunit/{skuId}."""

    ref_id: str | None = None
