"""Why a socket is closed: RFC 6455's codes, and those of `graphql-transport-ws`."""

from enum import IntEnum

LONGEST_REASON_BYTES = 123  # a control frame's 125, less the code


class CloseCode(IntEnum):
    """What a client is told.

    The protocol's own client does not come again after 1011, 4400, 4401, 4406, 4409 and 4429, and
    does after the others.
    """

    INTERNAL = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INIT_TIMEOUT = 4408
    SUBSCRIBER_EXISTS = 4409
    TOO_MANY_REQUESTS = 4429


class SocketClosed(Exception):
    """The socket is to be closed."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:LONGEST_REASON_BYTES].decode(errors="ignore")


class PeerGone(Exception):
    """There is nobody left to tell anything."""
