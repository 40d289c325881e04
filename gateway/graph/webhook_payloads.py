"""What the mutations of webhooks take and answer."""

from typing import Annotated

import strawberry

from gateway.graph.enums import OrderEventType
from gateway.graph.refusing import (
    IdempotencyKeyReused,
    TooManyWebhookEndpoints,
    WebhookFilterRefused,
    WebhookNotFound,
    WebhookSecretLost,
    WebhookUrlRefused,
)
from gateway.graph.scalars import EventCursor
from gateway.graph.webhook_deliveries import WebhookAttempt
from gateway.graph.webhooks import WebhookEndpoint

KEY = "Chosen by the caller: the same key is the same request, however often it is sent."


@strawberry.input(description="Which events are sent; what is left out does not matter.")
class WebhookFilterInput:
    types: list[OrderEventType] | None = strawberry.field(
        default=None,
        description="Of any of these types. LEFT comes unasked: who was told of an order is told "
        "that it has lost it.",
    )
    channels: list[str] | None = strawberry.field(
        default=None, description="Of orders of any of these channels, by code."
    )


@strawberry.input(description="Where events are to be sent, and which.")
class CreateWebhookEndpointInput:
    url: str = strawberry.field(description="An https address that anybody may connect to.")
    description: str | None = strawberry.field(default=None, description="What it is for.")
    filter: WebhookFilterInput | None = strawberry.field(
        default=None, description="Which events; all within reach if left out."
    )
    after: EventCursor | None = strawberry.field(
        default=None, description="Send what came after this cursor; from now on if left out."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="What is to change of an endpoint; what is left out stays.")
class UpdateWebhookEndpointInput:
    endpoint: strawberry.ID = strawberry.field(description="The endpoint's id.")
    url: str | None = strawberry.field(default=None, description="Where events are sent to.")
    description: str | None = strawberry.field(
        default=None, description="What it is for; empty for nothing."
    )
    filter: WebhookFilterInput | None = strawberry.field(
        default=None, description="Which events: both lists anew."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="Whose secret is to be another.")
class RotateWebhookSecretInput:
    endpoint: strawberry.ID = strawberry.field(description="The endpoint's id.")
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.input(description="An endpoint.")
class WebhookEndpointInput:
    endpoint: strawberry.ID = strawberry.field(description="The endpoint's id.")


@strawberry.input(description="What is sent again: one delivery, or all after a cursor.")
class RedeliverWebhookInput:
    delivery: strawberry.ID | None = strawberry.field(
        default=None, description="A delivery's id; or else `endpoint` and `after`."
    )
    endpoint: strawberry.ID | None = strawberry.field(
        default=None, description="The endpoint's id."
    )
    after: EventCursor | None = strawberry.field(
        default=None, description="A cursor of the log: what came after it is sent again."
    )
    idempotency_key: str = strawberry.field(description=KEY)


@strawberry.type(description="The endpoint that was made.")
class CreateWebhookEndpointSuccess:
    endpoint: WebhookEndpoint = strawberry.field(description="The endpoint.")
    secret: str | None = strawberry.field(
        description="What its messages are signed with (`whsec_...`). Shown now and never again: "
        "null where the same request was sent before."
    )


@strawberry.type(description="The endpoint as it is now.")
class UpdateWebhookEndpointSuccess:
    endpoint: WebhookEndpoint = strawberry.field(description="The endpoint.")


@strawberry.type(description="The endpoint's new secret; for a while both are signed with.")
class RotateWebhookSecretSuccess:
    endpoint: WebhookEndpoint = strawberry.field(description="The endpoint.")
    secret: str | None = strawberry.field(
        description="The new secret. Shown now and never again: null where the same request was "
        "sent before."
    )


@strawberry.type(description="What came back.")
class TestWebhookEndpointSuccess:
    attempt: WebhookAttempt = strawberry.field(description="The request that was sent.")


@strawberry.type(description="The endpoint, which is not sent to until it is resumed.")
class PauseWebhookEndpointSuccess:
    endpoint: WebhookEndpoint = strawberry.field(description="The endpoint.")


@strawberry.type(description="The endpoint, which is sent to again: what has waited first of all.")
class ResumeWebhookEndpointSuccess:
    endpoint: WebhookEndpoint = strawberry.field(description="The endpoint.")


@strawberry.type(description="The endpoint is gone, with everything that was to be sent to it.")
class DeleteWebhookEndpointSuccess:
    id: strawberry.ID = strawberry.field(description="The id that it had.")


@strawberry.type(description="It is sent again, each event under the id that it had.")
class RedeliverWebhookSuccess:
    endpoint: WebhookEndpoint = strawberry.field(description="The endpoint.")


CreateWebhookEndpointPayload = Annotated[
    CreateWebhookEndpointSuccess
    | WebhookUrlRefused
    | WebhookFilterRefused
    | TooManyWebhookEndpoints
    | IdempotencyKeyReused,
    strawberry.union(
        name="CreateWebhookEndpointPayload", description="The endpoint, or why there is none."
    ),
]
UpdateWebhookEndpointPayload = Annotated[
    UpdateWebhookEndpointSuccess
    | WebhookNotFound
    | WebhookUrlRefused
    | WebhookFilterRefused
    | IdempotencyKeyReused,
    strawberry.union(
        name="UpdateWebhookEndpointPayload", description="The endpoint, or why it is as it was."
    ),
]
RotateWebhookSecretPayload = Annotated[
    RotateWebhookSecretSuccess | WebhookNotFound | IdempotencyKeyReused,
    strawberry.union(
        name="RotateWebhookSecretPayload", description="The secret, or why there is none."
    ),
]
TestWebhookEndpointPayload = Annotated[
    TestWebhookEndpointSuccess | WebhookNotFound | WebhookSecretLost,
    strawberry.union(
        name="TestWebhookEndpointPayload", description="What came back, or why nothing was sent."
    ),
]
PauseWebhookEndpointPayload = Annotated[
    PauseWebhookEndpointSuccess | WebhookNotFound,
    strawberry.union(name="PauseWebhookEndpointPayload", description="The endpoint, or why not."),
]
ResumeWebhookEndpointPayload = Annotated[
    ResumeWebhookEndpointSuccess | WebhookNotFound,
    strawberry.union(name="ResumeWebhookEndpointPayload", description="The endpoint, or why not."),
]
DeleteWebhookEndpointPayload = Annotated[
    DeleteWebhookEndpointSuccess | WebhookNotFound,
    strawberry.union(name="DeleteWebhookEndpointPayload", description="Its id, or why not."),
]
RedeliverWebhookPayload = Annotated[
    RedeliverWebhookSuccess | WebhookNotFound | IdempotencyKeyReused,
    strawberry.union(name="RedeliverWebhookPayload", description="The endpoint, or why not."),
]
