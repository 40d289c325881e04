"""What a mutation answers when it does nothing."""

from enum import Enum

import strawberry


@strawberry.enum(description="Why a request was refused.")
class RefusalCode(Enum):
    UNKNOWN_STREAM = strawberry.enum_value(
        "UNKNOWN_STREAM", description="There is no such source, or it is not read."
    )
    UNKNOWN_CUSTOMER = strawberry.enum_value(
        "UNKNOWN_CUSTOMER", description="There is no such customer, or no such record of it."
    )
    CUSTOMER_TOO_LARGE = strawberry.enum_value(
        "CUSTOMER_TOO_LARGE", description="A customer would have too many records."
    )
    UNKNOWN_WEBHOOK = strawberry.enum_value(
        "UNKNOWN_WEBHOOK", description="There is no such endpoint, or no such delivery."
    )
    WEBHOOK_URL_REFUSED = strawberry.enum_value(
        "WEBHOOK_URL_REFUSED", description="Nothing may be sent to this address."
    )
    WEBHOOK_FILTER_REFUSED = strawberry.enum_value(
        "WEBHOOK_FILTER_REFUSED", description="No event could ever match."
    )
    WEBHOOK_SECRET_LOST = strawberry.enum_value(
        "WEBHOOK_SECRET_LOST", description="The secret cannot be opened: rotate it."
    )
    TOO_MANY_WEBHOOK_ENDPOINTS = strawberry.enum_value(
        "TOO_MANY_WEBHOOK_ENDPOINTS", description="The caller has as many as it may have."
    )
    IDEMPOTENCY_KEY_REUSED = strawberry.enum_value(
        "IDEMPOTENCY_KEY_REUSED", description="The key was used for another request."
    )


@strawberry.interface(description="A request that was refused: nothing has changed.")
class Refusal:
    code: RefusalCode = strawberry.field(description="Why, for programs.")
    message: str = strawberry.field(description="Why, for people, and what to do.")
    path: list[str] | None = strawberry.field(description="Where in the input.")


@strawberry.type(description="There is no such source, or that stream of it is not read.")
class UnknownSourceStream(Refusal):
    @classmethod
    def of(cls, error: Exception, *path: str) -> "UnknownSourceStream":
        """Answer the refusal of an error."""
        return cls(code=RefusalCode.UNKNOWN_STREAM, message=str(error), path=["input", *path])


@strawberry.type(description="There is no such customer within reach, or no such record of it.")
class CustomerNotFound(Refusal):
    @classmethod
    def of(cls, error: Exception, *path: str) -> "CustomerNotFound":
        """Answer the refusal of an error."""
        return cls(code=RefusalCode.UNKNOWN_CUSTOMER, message=str(error), path=["input", *path])


@strawberry.type(description="A customer would have more records than one may have.")
class TooManyRecords(Refusal):
    @classmethod
    def of(cls, error: Exception, *path: str) -> "TooManyRecords":
        """Answer the refusal of an error."""
        return cls(code=RefusalCode.CUSTOMER_TOO_LARGE, message=str(error), path=["input", *path])


@strawberry.type(description="There is no such endpoint or delivery within reach.")
class WebhookNotFound(Refusal):
    @classmethod
    def of(cls, error: Exception, *path: str) -> "WebhookNotFound":
        """Answer the refusal of an error."""
        return cls(code=RefusalCode.UNKNOWN_WEBHOOK, message=str(error), path=["input", *path])


@strawberry.type(description="Nothing may be sent to this address.")
class WebhookUrlRefused(Refusal):
    @classmethod
    def of(cls, error: Exception, *path: str) -> "WebhookUrlRefused":
        """Answer the refusal of an error."""
        return cls(code=RefusalCode.WEBHOOK_URL_REFUSED, message=str(error), path=["input", *path])


@strawberry.type(description="No event could ever match the filter.")
class WebhookFilterRefused(Refusal):
    @classmethod
    def of(cls, error: Exception, *path: str) -> "WebhookFilterRefused":
        """Answer the refusal of an error."""
        return cls(
            code=RefusalCode.WEBHOOK_FILTER_REFUSED, message=str(error), path=["input", *path]
        )


@strawberry.type(description="The endpoint's secret cannot be opened.")
class WebhookSecretLost(Refusal):
    @classmethod
    def of(cls, error: Exception, *path: str) -> "WebhookSecretLost":
        """Answer the refusal of an error."""
        return cls(code=RefusalCode.WEBHOOK_SECRET_LOST, message=str(error), path=["input", *path])


@strawberry.type(description="The caller has as many endpoints as it may have.")
class TooManyWebhookEndpoints(Refusal):
    @classmethod
    def of(cls, error: Exception) -> "TooManyWebhookEndpoints":
        """Answer the refusal of an error."""
        return cls(code=RefusalCode.TOO_MANY_WEBHOOK_ENDPOINTS, message=str(error), path=["input"])


@strawberry.type(description="The idempotency key was used for another request.")
class IdempotencyKeyReused(Refusal):
    @classmethod
    def of(cls, error: Exception) -> "IdempotencyKeyReused":
        """Answer the refusal of an error."""
        return cls(
            code=RefusalCode.IDEMPOTENCY_KEY_REUSED, message=str(error),
            path=["input", "idempotencyKey"],
        )  # fmt: skip


REFUSALS = (
    UnknownSourceStream,
    CustomerNotFound,
    TooManyRecords,
    WebhookNotFound,
    WebhookUrlRefused,
    WebhookFilterRefused,
    WebhookSecretLost,
    TooManyWebhookEndpoints,
    IdempotencyKeyReused,
)
