"""Making, changing and testing endpoints, and sending again."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

import strawberry

from gateway.events.errors import InvalidCursor
from gateway.events.webhooks.endpoints import EndpointChange, Revealed
from gateway.events.webhooks.errors import (
    DeliveryUnknown,
    EndpointUnknown,
    FilterRefused,
    TooManyEndpoints,
    UrlRefused,
)
from gateway.events.webhooks.secrets import SecretLost
from gateway.graph.context import Info
from gateway.graph.cursors import invalid_cursor
from gateway.graph.inputs import storable
from gateway.graph.refusals import bad_request
from gateway.graph.refusing import (
    IdempotencyKeyReused,
    TooManyWebhookEndpoints,
    WebhookFilterRefused,
    WebhookNotFound,
    WebhookSecretLost,
    WebhookUrlRefused,
)
from gateway.graph.webhook_deliveries import WebhookAttempt
from gateway.graph.webhook_payloads import (
    CreateWebhookEndpointInput,
    CreateWebhookEndpointPayload,
    CreateWebhookEndpointSuccess,
    DeleteWebhookEndpointPayload,
    DeleteWebhookEndpointSuccess,
    PauseWebhookEndpointPayload,
    PauseWebhookEndpointSuccess,
    RedeliverWebhookInput,
    RedeliverWebhookPayload,
    RedeliverWebhookSuccess,
    ResumeWebhookEndpointPayload,
    ResumeWebhookEndpointSuccess,
    RotateWebhookSecretInput,
    RotateWebhookSecretPayload,
    RotateWebhookSecretSuccess,
    TestWebhookEndpointPayload,
    TestWebhookEndpointSuccess,
    UpdateWebhookEndpointInput,
    UpdateWebhookEndpointPayload,
    UpdateWebhookEndpointSuccess,
    WebhookEndpointInput,
    WebhookFilterInput,
)
from gateway.graph.webhooks import WebhookEndpoint
from gateway.model.ids import GlobalId, InvalidGlobalId
from gateway.model.principal import Scope
from gateway.projection import idempotency
from gateway.projection.webhooks.endpoints import EndpointWish

MOST_CHANNELS = 50
MOST_DESCRIPTION = 500


EndpointInput = Annotated[WebhookEndpointInput, strawberry.argument(description="Which.")]


async def create_webhook_endpoint(
    info: Info,
    input: Annotated[CreateWebhookEndpointInput, strawberry.argument(description="Where.")],
) -> CreateWebhookEndpointPayload | None:
    """Let events be sent to an address."""
    context = info.context
    context.require(Scope.ORDERS_READ)
    types, channels = _filter(input.filter)
    wish = EndpointWish(storable(input.url), _description(input.description), types, channels)
    try:
        made = await context.services.webhooks.create(
            context.principal, wish, storable(input.idempotency_key), input.after
        )
    except UrlRefused as error:
        return WebhookUrlRefused.of(error, "url")
    except FilterRefused as error:
        return WebhookFilterRefused.of(error, "filter")
    except TooManyEndpoints as error:
        return TooManyWebhookEndpoints.of(error)
    except InvalidCursor:
        raise invalid_cursor() from None
    except idempotency.IdempotencyKeyReused as error:
        return IdempotencyKeyReused.of(error)
    return CreateWebhookEndpointSuccess(
        endpoint=WebhookEndpoint.of(made.endpoint, context), secret=_shown(made)
    )


async def update_webhook_endpoint(
    info: Info,
    input: Annotated[UpdateWebhookEndpointInput, strawberry.argument(description="What.")],
) -> UpdateWebhookEndpointPayload | None:
    """Change where events are sent to, or which."""
    context = info.context
    change = EndpointChange(
        None if input.url is None else storable(input.url),
        _description(input.description),
        None if input.filter is None else _filter(input.filter),
    )
    try:
        changed = await context.services.webhooks.update(
            context.principal, _key(input.endpoint), change, storable(input.idempotency_key)
        )
    except EndpointUnknown as error:
        return WebhookNotFound.of(error, "endpoint")
    except UrlRefused as error:
        return WebhookUrlRefused.of(error, "url")
    except FilterRefused as error:
        return WebhookFilterRefused.of(error, "filter")
    except idempotency.IdempotencyKeyReused as error:
        return IdempotencyKeyReused.of(error)
    return UpdateWebhookEndpointSuccess(endpoint=WebhookEndpoint.of(changed, context))


async def rotate_webhook_secret(
    info: Info,
    input: Annotated[RotateWebhookSecretInput, strawberry.argument(description="Whose.")],
) -> RotateWebhookSecretPayload | None:
    """Sign with a new secret, and for a while with the old one too."""
    context = info.context
    try:
        made = await context.services.webhooks.rotate(
            context.principal, _key(input.endpoint), storable(input.idempotency_key)
        )
    except EndpointUnknown as error:
        return WebhookNotFound.of(error, "endpoint")
    except idempotency.IdempotencyKeyReused as error:
        return IdempotencyKeyReused.of(error)
    return RotateWebhookSecretSuccess(
        endpoint=WebhookEndpoint.of(made.endpoint, context), secret=_shown(made)
    )


async def test_webhook_endpoint(
    info: Info, input: EndpointInput
) -> TestWebhookEndpointPayload | None:
    """Send a message that says nothing, and answer what came back."""
    context = info.context
    try:
        attempt = await context.services.webhooks.test(context.principal, _key(input.endpoint))
    except EndpointUnknown as error:
        return WebhookNotFound.of(error, "endpoint")
    except SecretLost as error:
        return WebhookSecretLost.of(error, "endpoint")
    return TestWebhookEndpointSuccess(attempt=WebhookAttempt.of(attempt))


async def pause_webhook_endpoint(
    info: Info, input: EndpointInput
) -> PauseWebhookEndpointPayload | None:
    """Send nothing for a while."""
    context = info.context
    try:
        found = await context.services.webhooks.pause(context.principal, _key(input.endpoint))
    except EndpointUnknown as error:
        return WebhookNotFound.of(error, "endpoint")
    return PauseWebhookEndpointSuccess(endpoint=WebhookEndpoint.of(found, context))


async def resume_webhook_endpoint(
    info: Info, input: EndpointInput
) -> ResumeWebhookEndpointPayload | None:
    """Send again, what has waited first of all."""
    context = info.context
    try:
        found = await context.services.webhooks.resume(context.principal, _key(input.endpoint))
    except EndpointUnknown as error:
        return WebhookNotFound.of(error, "endpoint")
    return ResumeWebhookEndpointSuccess(endpoint=WebhookEndpoint.of(found, context))


async def delete_webhook_endpoint(
    info: Info, input: EndpointInput
) -> DeleteWebhookEndpointPayload | None:
    """Send nothing ever again."""
    context = info.context
    try:
        await context.services.webhooks.delete(context.principal, _key(input.endpoint))
    except EndpointUnknown as error:
        return WebhookNotFound.of(error, "endpoint")
    return DeleteWebhookEndpointSuccess(id=input.endpoint)


async def redeliver_webhook(
    info: Info, input: Annotated[RedeliverWebhookInput, strawberry.argument(description="What.")]
) -> RedeliverWebhookPayload | None:
    """Send one delivery again, or everything after a cursor."""
    context, key = info.context, storable(input.idempotency_key)
    webhooks, by = context.services.webhooks, context.principal
    is_one, is_all = input.delivery is not None, input.endpoint is not None
    if is_one == is_all or is_all != (input.after is not None):
        raise bad_request("give either input.delivery, or input.endpoint and input.after")
    try:
        if input.delivery is not None:
            found = await webhooks.redeliver(by, _delivery(input.delivery), key)
        else:
            found = await webhooks.replay(by, _key(input.endpoint or ""), input.after or "", key)
    except EndpointUnknown as error:
        return WebhookNotFound.of(error, "endpoint")
    except DeliveryUnknown as error:
        return WebhookNotFound.of(error, "delivery")
    except InvalidCursor:
        raise invalid_cursor() from None
    except idempotency.IdempotencyKeyReused as error:
        return IdempotencyKeyReused.of(error)
    return RedeliverWebhookSuccess(endpoint=WebhookEndpoint.of(found, context))


def _shown(made: Revealed) -> str | None:
    return None if made.secret is None else made.secret.reveal()


def _filter(told: WebhookFilterInput | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Answer the types and the channels, sorted, so that the same wish is the same request."""
    if told is None:
        return (), ()
    channels = tuple(sorted({storable(each) for each in told.channels or ()}))
    if len(channels) > MOST_CHANNELS:
        raise bad_request(f"input.filter.channels has at most {MOST_CHANNELS} entries")
    return tuple(sorted({each.value for each in told.types or ()})), channels


def _description(told: str | None) -> str | None:
    if told is not None and len(told) > MOST_DESCRIPTION:
        raise bad_request(f"input.description has at most {MOST_DESCRIPTION} characters")
    return None if told is None else storable(told)


def _key(text: str) -> UUID:
    return _parsed(text, "WebhookEndpoint", EndpointUnknown)


def _delivery(text: str) -> UUID:
    return _parsed(text, "WebhookDelivery", DeliveryUnknown)


def _parsed(text: str, kind: str, refuse: Callable[[], Exception]) -> UUID:
    try:
        return GlobalId.parse(text).uuid(kind)
    except InvalidGlobalId:
        raise refuse() from None
