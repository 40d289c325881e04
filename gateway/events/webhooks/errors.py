"""What whoever manages endpoints can be told.

WebhookRefused
├── UrlRefused           the address may not be one of an endpoint's; the message says why
├── EndpointUnknown      there is no such endpoint, or it is somebody else's
├── DeliveryUnknown      there is no such delivery, or it is of somebody else's endpoint
├── FilterRefused        no such channel is within reach
└── TooManyEndpoints     the principal has as many as it may have
"""


class WebhookRefused(ValueError):
    """A request that is refused: nothing has changed."""


class UrlRefused(WebhookRefused):
    """The address may not be one of an endpoint's."""


class EndpointUnknown(WebhookRefused):
    """There is no such endpoint, or it is somebody else's: which of the two is not told."""

    def __init__(self) -> None:
        super().__init__("there is no such endpoint")


class DeliveryUnknown(WebhookRefused):
    """There is no such delivery, or it is somebody else's: which of the two is not told."""

    def __init__(self) -> None:
        super().__init__("there is no such delivery")


class FilterRefused(WebhookRefused):
    """Nothing could ever match: no such channel is within reach."""


class TooManyEndpoints(WebhookRefused):
    """The principal has as many endpoints as it may have."""
