"""Square's JSON as Square names it: only what is read here, strict in types.

https://developer.squareup.com/reference/square (version 2025-08-20, 2026-11)
"""

from typing import Annotated

from msgspec import Meta, Raw, Struct

Ref = Annotated[str, Meta(min_length=1)]
Minor = Annotated[int, Meta(ge=-(2**53), le=2**53)]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
DecimalText = Annotated[str, Meta(pattern=r"^-?[0-9]{1,18}(\.[0-9]{1,8})?$")]
Degrees = Annotated[float, Meta(ge=-180, le=180)]


class Wire(Struct, frozen=True):
    """A JSON object; members that are not named here are Square's to add."""


class Fault(Wire, frozen=True):
    """What went wrong, in Square's words; `field` is where in the request, if anywhere."""

    code: str
    detail: str | None = None
    field: str | None = None


class Answer(Wire, frozen=True):
    """The body of any answer: with errors it is none."""

    errors: tuple[Fault, ...] = ()


class Ident(Wire, frozen=True):
    """The one thing that is read of a record that fails."""

    id: Ref


class Money(Wire, frozen=True):
    amount: Minor
    currency: Currency


class PostalAddress(Wire, frozen=True):
    address_line_1: str | None = None
    address_line_2: str | None = None
    sublocality: str | None = None
    locality: str | None = None
    administrative_district_level_1: str | None = None
    postal_code: str | None = None
    country: str | None = None


class Recipient(Wire, frozen=True):
    display_name: str | None = None
    address: PostalAddress | None = None


class ShipmentDetails(Wire, frozen=True):
    recipient: Recipient | None = None
    carrier: str | None = None
    shipping_type: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    shipped_at: str | None = None


class DeliveryDetails(Wire, frozen=True):
    recipient: Recipient | None = None
    delivered_at: str | None = None


class PickupDetails(Wire, frozen=True):
    picked_up_at: str | None = None


class Entry(Wire, frozen=True):
    line_item_uid: Ref
    quantity: DecimalText


class Fulfillment(Wire, frozen=True):
    """Without entries it is about every line of its order."""

    uid: Ref
    type: str
    state: str
    entries: tuple[Entry, ...] = ()
    shipment_details: ShipmentDetails | None = None
    delivery_details: DeliveryDetails | None = None
    pickup_details: PickupDetails | None = None


class LineItem(Wire, frozen=True):
    """`base_price_money` is for one unit, before modifiers, discounts and taxes."""

    uid: Ref
    quantity: DecimalText
    base_price_money: Money
    name: str | None = None
    catalog_object_id: Ref | None = None
    gross_sales_money: Money | None = None
    total_discount_money: Money | None = None


class OrderReturn(Wire, frozen=True):
    """That there is one says that the order takes goods back."""


class Order(Wire, frozen=True):
    """POST /v2/orders/search and /v2/orders/batch-retrieve, one of them."""

    id: Ref
    location_id: Ref
    state: str
    created_at: str
    updated_at: str
    total_money: Money
    line_items: tuple[LineItem, ...] | None = None
    fulfillments: tuple[Fulfillment, ...] | None = None
    returns: tuple[OrderReturn, ...] | None = None
    closed_at: str | None = None
    reference_id: str | None = None
    customer_id: str | None = None
    total_tax_money: Money | None = None
    total_discount_money: Money | None = None
    total_service_charge_money: Money | None = None
    net_amount_due_money: Money | None = None


class OrderPage(Answer, frozen=True):
    """POST /v2/orders/search."""

    orders: tuple[Raw, ...] = ()
    cursor: str | None = None


class OrderBatch(Answer, frozen=True):
    """POST /v2/orders/batch-retrieve: what does not exist is left out."""

    orders: tuple[Raw, ...] = ()


class Count(Wire, frozen=True):
    catalog_object_id: Ref
    location_id: Ref
    state: str
    quantity: DecimalText


class CountItem(Wire, frozen=True):
    """Whose count it is that fails."""

    catalog_object_id: Ref


class CountLocation(Wire, frozen=True):
    """Where it is of."""

    location_id: Ref


class CountPlace(Wire, frozen=True):
    """What a count is found again by."""

    catalog_object_id: Ref
    location_id: Ref


class CountPage(Answer, frozen=True):
    """POST /v2/inventory/counts/batch-retrieve."""

    counts: tuple[Raw, ...] = ()
    cursor: str | None = None


class Variation(Wire, frozen=True):
    sku: str | None = None


class CatalogObject(Wire, frozen=True):
    id: Ref
    is_deleted: bool | None = None
    item_variation_data: Variation | None = None


class CatalogBatch(Answer, frozen=True):
    """POST /v2/catalog/batch-retrieve: what does not exist is left out."""

    objects: tuple[CatalogObject, ...] = ()


class CatalogPage(Answer, frozen=True):
    """POST /v2/catalog/search."""

    objects: tuple[CatalogObject, ...] = ()
    cursor: str | None = None


class TaxIds(Wire, frozen=True):
    eu_vat: str | None = None


class Customer(Wire, frozen=True):
    id: Ref
    given_name: str | None = None
    family_name: str | None = None
    company_name: str | None = None
    nickname: str | None = None
    email_address: str | None = None
    phone_number: str | None = None
    tax_ids: TaxIds | None = None


class CustomerPage(Answer, frozen=True):
    """POST /v2/customers/search."""

    customers: tuple[Raw, ...] = ()
    cursor: str | None = None
    count: Annotated[int, Meta(ge=0)] | None = None


class FoundCustomer(Wire, frozen=True):
    """What a bulk answer says of one id: the customer, or errors."""

    customer: Raw = Raw(b"")
    errors: tuple[Fault, ...] = ()


class CustomerBatch(Answer, frozen=True):
    """POST /v2/customers/bulk-retrieve."""

    responses: dict[str, FoundCustomer] = {}


class Coordinates(Wire, frozen=True):
    latitude: Degrees | None = None
    longitude: Degrees | None = None


class Location(Wire, frozen=True):
    id: Ref
    name: str | None = None
    business_name: str | None = None
    status: str | None = None
    type: str | None = None
    address: PostalAddress | None = None
    coordinates: Coordinates | None = None


class LocationList(Answer, frozen=True):
    """GET /v2/locations."""

    locations: tuple[Raw, ...] = ()


class Subscription(Wire, frozen=True):
    """A webhook subscription; Square makes the key."""

    id: Ref
    name: str | None = None
    enabled: bool | None = None
    event_types: tuple[str, ...] | None = None
    notification_url: str | None = None
    api_version: str | None = None
    signature_key: str | None = None


class SubscriptionPage(Answer, frozen=True):
    """GET /v2/webhooks/subscriptions."""

    subscriptions: tuple[Subscription, ...] = ()
    cursor: str | None = None


class SubscriptionAnswer(Answer, frozen=True, kw_only=True):
    """POST /v2/webhooks/subscriptions and PUT /v2/webhooks/subscriptions/{subscription_id}."""

    subscription: Subscription
