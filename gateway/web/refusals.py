"""What is refused before anything is executed, as a GraphQL error that says what to do.

Refusal
└── Unauthenticated      401: no credential, or one that is not accepted
"""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from gateway.web.negotiation import MediaType

_CONTENT_TYPES = {
    each: (b"content-type", f"{each.value}; charset=utf-8".encode()) for each in MediaType
}


class Refusal(Exception):
    """A request that goes no further; `code` is for programs, the message for people."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


class Unauthenticated(Refusal):
    """There is no credential, or it is not accepted; which of the two is all that is told."""

    def __init__(self, message: str) -> None:
        challenge = {"WWW-Authenticate": 'Bearer realm="trama"'}
        super().__init__(401, "UNAUTHENTICATED", message, challenge)


def refusal_response(refusal: Refusal, media: MediaType = MediaType.JSON) -> Response:
    """Answer the refusal as a GraphQL response."""
    body = error_body(refusal.message, code=refusal.code)
    return json_response(body, refusal.status, media, refusal.headers)


def error_body(message: str, **extensions: Any) -> bytes:
    """Answer the JSON of a GraphQL response that holds one error."""
    return orjson.dumps({"errors": [{"message": message, "extensions": extensions}]})


def json_response(
    body: bytes, status: int, media: MediaType, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer JSON in a media type, in UTF-8."""
    return _Json(body, status, media, headers or {})


class _Json(Response):
    """A response whose headers are written down as they are sent."""

    def __init__(
        self, body: bytes, status: int, media: MediaType, headers: Mapping[str, str]
    ) -> None:
        self.status_code, self.body, self.background = status, body, None
        self.raw_headers = [
            _CONTENT_TYPES[media],
            (b"content-length", b"%d" % len(body)),
            *((name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()),
        ]
