"""Orders: what sources say of them, and the one status that follows from the facts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.model.customer import CustomerRecord
from gateway.model.location import Address
from gateway.model.money import Money


class OrderStatus(StrEnum):
    """Where an order stands, for a shopper and for a store."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    ON_HOLD = "ON_HOLD"
    IN_FULFILLMENT = "IN_FULFILLMENT"
    READY_FOR_PICKUP = "READY_FOR_PICKUP"
    PARTIALLY_SHIPPED = "PARTIALLY_SHIPPED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"
    PARTIALLY_RETURNED = "PARTIALLY_RETURNED"
    RETURNED = "RETURNED"


class PaymentStatus(StrEnum):
    """Whether the order has been paid for, as its channel says."""

    PENDING = "PENDING"
    AUTHORIZED = "AUTHORIZED"
    PAID = "PAID"
    CANCELLED = "CANCELLED"
    UNKNOWN = "UNKNOWN"


class ChannelState(StrEnum):
    """What a channel's own status word amounts to; each connector maps its words to these."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    ON_HOLD = "ON_HOLD"
    HANDLING = "HANDLING"
    INVOICED = "INVOICED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"


class FulfillmentStatus(StrEnum):
    """The state of the work given to one location (Shopify's model of a fulfillment order)."""

    OPEN = "OPEN"
    SCHEDULED = "SCHEDULED"
    ON_HOLD = "ON_HOLD"
    IN_PROGRESS = "IN_PROGRESS"
    INCOMPLETE = "INCOMPLETE"
    CANCELLED = "CANCELLED"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class OrderLineRecord:
    """One line as the channel has it; `ref` is unique within the order, `item` is the item's id."""

    ref: str
    item: str
    title: str | None
    quantity: int
    unit_price: Money
    discount: Money | None = None


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """What a source says of an order: its header and lines. `ref` is the source's order id.

    `channel_ref` is the channel's order id where the source is not the channel (an ERP's copy);
    None where the source itself sold it.
    """

    ref: str
    number: str
    observed_at: datetime
    updated_at: datetime | None
    placed_at: datetime
    state: ChannelState
    native_status: str
    payment_status: PaymentStatus
    currency: str
    lines: tuple[OrderLineRecord, ...]
    subtotal: Money
    shipping_total: Money
    discount_total: Money
    tax_total: Money
    total: Money
    customer: CustomerRecord | None = None
    shipping_address: Address | None = None
    promised_delivery_by: datetime | None = None
    other_refs: tuple[tuple[str, str], ...] = ()
    channel_ref: str | None = None
    version: int | None = None


@dataclass(frozen=True, slots=True)
class FulfillmentLineRecord:
    """Units of an item that a location is to send; `line_ref` is the channel's line, if known."""

    item: str
    quantity: int
    line_ref: str | None = None


@dataclass(frozen=True, slots=True)
class ShipmentRecord:
    """A parcel on its way."""

    ref: str
    lines: tuple[FulfillmentLineRecord, ...]
    carrier: str | None = None
    service: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    shipped_at: datetime | None = None
    is_delivered: bool = False
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FulfillmentRecord:
    """The work one location does for one order; `order_ref` is the channel's order id."""

    ref: str
    order_ref: str
    location_ref: str
    observed_at: datetime
    updated_at: datetime | None
    status: FulfillmentStatus
    native_status: str
    lines: tuple[FulfillmentLineRecord, ...]
    shipments: tuple[ShipmentRecord, ...] = ()
    version: int | None = None


@dataclass(frozen=True, slots=True)
class FulfillmentFact:
    """What the status of an order needs to know of one fulfillment, in units."""

    status: FulfillmentStatus
    shipped: int
    delivered: int


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """Everything that the status of an order is a function of."""

    state: ChannelState
    ordered: int
    fulfillments: frozenset[tuple[str, FulfillmentFact]] = frozenset()


_BY_STATE = {
    ChannelState.PENDING: OrderStatus.PENDING,
    ChannelState.CONFIRMED: OrderStatus.CONFIRMED,
    ChannelState.ON_HOLD: OrderStatus.ON_HOLD,
    ChannelState.HANDLING: OrderStatus.IN_FULFILLMENT,
    ChannelState.INVOICED: OrderStatus.IN_FULFILLMENT,
    ChannelState.SHIPPED: OrderStatus.SHIPPED,
    ChannelState.DELIVERED: OrderStatus.DELIVERED,
    ChannelState.CANCELLED: OrderStatus.CANCELLED,
}
_WORKING = {FulfillmentStatus.IN_PROGRESS, FulfillmentStatus.INCOMPLETE, FulfillmentStatus.CLOSED}


def order_status(facts: OrderFacts) -> OrderStatus:
    """Answer the status that the facts amount to; the same facts in any order, the same status.

    The channel's cancellation stands, whatever has left the building: the parcels still show.
    """
    if facts.state is ChannelState.CANCELLED:
        return OrderStatus.CANCELLED
    works = [fact for _, fact in facts.fulfillments]
    shipped = sum(work.shipped for work in works)
    delivered = sum(work.delivered for work in works)
    if shipped and facts.state is not ChannelState.DELIVERED:
        return _moving(facts, shipped, delivered)
    if facts.state in (ChannelState.PENDING, ChannelState.CONFIRMED) and _started(works):
        return OrderStatus.IN_FULFILLMENT
    return _BY_STATE[facts.state]


_RANK = {
    OrderStatus.PENDING: 0,
    OrderStatus.CONFIRMED: 1,
    OrderStatus.ON_HOLD: 1,
    OrderStatus.IN_FULFILLMENT: 2,
    OrderStatus.READY_FOR_PICKUP: 3,
    OrderStatus.PARTIALLY_SHIPPED: 3,
    OrderStatus.SHIPPED: 4,
    OrderStatus.DELIVERED: 5,
    OrderStatus.CANCELLED: 6,
    OrderStatus.PARTIALLY_RETURNED: 6,
    OrderStatus.RETURNED: 7,
}


def is_regression(before: OrderStatus, after: OrderStatus) -> bool:
    """Answer whether a status moves backwards, which observed facts may do."""
    return _RANK[after] < _RANK[before]


def _moving(facts: OrderFacts, shipped: int, delivered: int) -> OrderStatus:
    if delivered >= facts.ordered:
        return OrderStatus.DELIVERED
    if shipped >= facts.ordered or facts.state is ChannelState.SHIPPED:
        return OrderStatus.SHIPPED
    return OrderStatus.PARTIALLY_SHIPPED


def _started(works: Iterable[FulfillmentFact]) -> bool:
    return any(work.status in _WORKING for work in works)
