"""The model's words that are shown as they are, each under its own name."""

import strawberry

from gateway.connect.manifest import Role
from gateway.model.events import OrderEventType
from gateway.model.location import LocationKind
from gateway.model.order import FulfillmentStatus, OrderStatus, PaymentStatus
from gateway.model.principal import PrincipalKind
from gateway.model.stock import AvailabilityStatus
from gateway.model.webhooks import AttemptError as WebhookAttemptError
from gateway.model.webhooks import DeliveryState as WebhookDeliveryState
from gateway.model.webhooks import EndpointState as WebhookEndpointState
from gateway.model.webhooks import PauseReason as WebhookPauseReason

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
strawberry.enum(
    WebhookAttemptError,
    name="WebhookAttemptError",
    description="Why an attempt has not delivered: UNREACHABLE (no connection, or it broke), "
    "TIMED_OUT, REFUSED (a status that is not 2xx), REDIRECTED (never followed), THROTTLED (429 "
    "or 503), GONE (410), ADDRESS_FORBIDDEN (the name leads to an address that is not allowed), "
    "OUT_OF_REACH (the event is no longer for the endpoint's owner; nothing was sent).",
)
strawberry.enum(
    WebhookDeliveryState,
    name="WebhookDeliveryState",
    description="How far a delivery has come; DEAD is given up until it is asked for again.",
)
strawberry.enum(
    WebhookEndpointState,
    name="WebhookEndpointState",
    description="Whether an endpoint is sent to; what comes while it is PAUSED is sent later.",
)
strawberry.enum(
    WebhookPauseReason,
    name="WebhookPauseReason",
    description="Why an endpoint is paused: ASKED (somebody wanted it), FAILING (it has taken "
    "nothing for days), GONE (it answered 410), KEY_GONE (its owner's key is gone, or may no "
    "longer have endpoints), SEAL_BROKEN (its secret cannot be opened: rotate it).",
)

__all__ = [
    "AvailabilityStatus",
    "FulfillmentStatus",
    "LocationKind",
    "OrderEventType",
    "OrderStatus",
    "PaymentStatus",
    "PrincipalKind",
    "Role",
    "WebhookAttemptError",
    "WebhookDeliveryState",
    "WebhookEndpointState",
    "WebhookPauseReason",
]
