"""The model's words that are shown as they are, each under its own name."""

import strawberry

from gateway.connect.manifest import Role
from gateway.model.events import OrderEventType
from gateway.model.location import LocationKind
from gateway.model.order import FulfillmentStatus, OrderStatus, PaymentStatus
from gateway.model.principal import PrincipalKind
from gateway.model.stock import AvailabilityStatus

strawberry.enum(
    AvailabilityStatus,
    description="OUT_OF_STOCK only when everything is known and nothing is left; "
    "what is not known is UNKNOWN.",
)
strawberry.enum(
    FulfillmentStatus,
    name="FulfillmentOrderStatus",
    description="How far a location's work has come.",
)
strawberry.enum(LocationKind, description="What a location is to the retailer.")
strawberry.enum(
    OrderEventType,
    description="What became of an order. LEFT is a reader's last word of an order that is no "
    "longer within its reach.",
)
strawberry.enum(
    OrderStatus,
    description="Where an order stands: the same facts in any order give the same status.",
)
strawberry.enum(
    PaymentStatus, description="Whether an order has been paid for, as its channel says."
)
strawberry.enum(PrincipalKind, description="The kinds of callers.")
strawberry.enum(Role, name="SourceRole", description="What a source is to the retailer.")

__all__ = [
    "AvailabilityStatus",
    "FulfillmentStatus",
    "LocationKind",
    "OrderEventType",
    "OrderStatus",
    "PaymentStatus",
    "PrincipalKind",
    "Role",
]
