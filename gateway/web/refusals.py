"""What is refused before anything is executed, as a GraphQL error that says what to do.

Refusal
└── Unauthenticated      401: no credential, or one that is not accepted
"""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from gateway.web.negotiation import MediaType


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
    told = {**(headers or {}), "Content-Type": f"{media.value}; charset=utf-8"}
    return Response(body, status, told)
