"""Webhooks: what an endpoint and a delivery can be, and why an attempt has failed."""

from enum import StrEnum


class EndpointState(StrEnum):
    """Whether an endpoint is delivered to."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"


class PauseReason(StrEnum):
    """Why an endpoint is paused; only ASKED is somebody's wish."""

    ASKED = "ASKED"
    FAILING = "FAILING"
    GONE = "GONE"
    KEY_GONE = "KEY_GONE"
    SEAL_BROKEN = "SEAL_BROKEN"


class DeliveryState(StrEnum):
    """How far a delivery has come; DEAD is given up until somebody asks for it again."""

    WAITING = "WAITING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"


class AttemptError(StrEnum):
    """Why an attempt has not delivered."""

    UNREACHABLE = "UNREACHABLE"
    TIMED_OUT = "TIMED_OUT"
    REFUSED = "REFUSED"
    REDIRECTED = "REDIRECTED"
    THROTTLED = "THROTTLED"
    GONE = "GONE"
    ADDRESS_FORBIDDEN = "ADDRESS_FORBIDDEN"
    OUT_OF_REACH = "OUT_OF_REACH"


TEST_EVENT = "webhook.test"
