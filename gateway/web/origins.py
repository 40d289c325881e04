"""Which sites' pages may call, and what their browsers are told (the Fetch standard's CORS)."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response

from gateway.web.parts import Identity
from gateway.web.refusals import Refusal

PREFLIGHT_HEADERS = (
    "GraphQL-Require-Preflight",
    "Apollo-Require-Preflight",
    "X-Apollo-Operation-Name",
)
_ALLOWED_HEADERS = ", ".join(
    (
        "Authorization",
        "X-Api-Key",
        "Content-Type",
        *PREFLIGHT_HEADERS,
        "GraphQL-Cost",
        "X-Request-Id",
        "Last-Event-ID",
    )
)


class Origins:
    """The sites that are allowed: everybody's, and each credential's own."""

    def __init__(self, public_url: str | None, general: Iterable[str], known: frozenset[str]):
        self._general = frozenset(general)
        self._known = known | self._general
        self._own = _origin_of(public_url) if public_url else None

    def admit(self, headers: Headers, identity: Identity) -> None:
        """Refuse a page of a site that may not use this credential."""
        origin = headers.get("origin")
        if origin is None or self._is_own(origin, headers):
            return
        if origin not in self._general | identity.allowed_origins:
            message = "pages of this site may not call with this credential"
            raise Refusal(403, "ORIGIN_NOT_ALLOWED", message)

    def admit_unknown(self, headers: Headers) -> None:
        """Refuse a page of a site that no credential allows, before there is one."""
        origin = headers.get("origin")
        if origin is not None and origin not in self._known and not self._is_own(origin, headers):
            raise Refusal(403, "ORIGIN_NOT_ALLOWED", "pages of this site may not call")

    def decorate(self, headers: Headers, response: Response) -> None:
        """Let the page that asked read the answer, if its site is known."""
        response.headers.add_vary_header("Origin")
        origin = headers.get("origin")
        if origin in self._known:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "X-Request-Id, Retry-After, ETag"

    def preflight(self, headers: Headers) -> Response:
        """Answer an OPTIONS request."""
        response = Response(status_code=204, headers={"Allow": "GET, POST, OPTIONS"})
        self.decorate(headers, response)
        if "Access-Control-Allow-Origin" in response.headers:
            response.headers["Access-Control-Allow-Methods"] = "GET, POST"
            response.headers["Access-Control-Allow-Headers"] = _ALLOWED_HEADERS
            response.headers["Access-Control-Max-Age"] = "600"
        return response

    def _is_own(self, origin: str, headers: Headers) -> bool:
        if self._own is not None:
            return origin == self._own
        try:
            return urlsplit(origin).netloc == headers.get("host")
        except ValueError:
            return False


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
