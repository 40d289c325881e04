"""What is refused before anything is executed, as a GraphQL error that says what to do.

Refusal
└── Unauthenticated      401: no credential, or one that is not accepted
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Scope

from gateway.web.heads import VARY, RawHeader
from gateway.web.negotiation import MediaType
from gateway.web.observation import Observation
from gateway.web.whole import CONTENT_TYPES, write_json

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


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
    return JsonResponse(body, refusal.status, media, refusal.headers)


def error_body(message: str, **extensions: Any) -> bytes:
    """Answer the JSON of a GraphQL response that holds one error."""
    return orjson.dumps({"errors": [{"message": message, "extensions": extensions}]})


class JsonResponse(Response):
    """JSON in a media type, in UTF-8.

    Its headers are written down when somebody wants to see them, or it has to be sent; `varies`
    says that pages of other sites may be told something else.
    """

    def __init__(
        self, body: bytes, status: int, media: MediaType, headers: Mapping[str, str] = _NO_HEADERS
    ) -> None:
        self.status_code, self.body, self.background = status, body, None
        self.varies = False
        self._media, self._more = media, headers
        self._written: list[RawHeader] | None = None

    @property
    def is_plain(self) -> bool:
        """Whether it has no headers but the usual ones."""
        return self._written is None and not self._more

    @property
    def raw_headers(self) -> list[RawHeader]:
        """Every header that it has by itself."""
        if self._written is None:
            self._written = [
                CONTENT_TYPES[self._media],
                (b"content-length", b"%d" % len(self.body)),
                *((k.lower().encode(), v.encode("latin-1")) for k, v in self._more.items()),
                *([VARY] if self.varies else []),
            ]
        return self._written

    @raw_headers.setter
    def raw_headers(self, told: list[RawHeader]) -> None:
        self._written = told

    def write(self, scope: Scope, observation: Observation) -> bool:
        """Write it at once, if it is as most are; False where it has to be sent."""
        if self.status_code != 200 or not self.varies or self._written is not None or self._more:
            return False
        if not write_json(scope, self._media, observation.request_id, bytes(self.body)):
            return False
        observation.status = 200
        return True
