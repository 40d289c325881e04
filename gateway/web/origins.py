"""Which sites' pages may call, and what their browsers are told (the Fetch standard's CORS)."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.responses import Response

from gateway.web.heads import VARY, Heads
from gateway.web.parts import Identity
from gateway.web.refusals import JsonResponse, Refusal

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

    def admit(self, heads: Heads, identity: Identity) -> None:
        """Refuse a page of a site that may not use this credential."""
        if b"origin" not in heads.first:
            return
        origin = heads.get(b"origin")
        if origin is None or self._is_own(origin, heads):
            return
        if origin not in self._general | identity.allowed_origins:
            message = "pages of this site may not call with this credential"
            raise Refusal(403, "ORIGIN_NOT_ALLOWED", message)

    def admit_unknown(self, heads: Heads) -> None:
        """Refuse a page of a site that no credential allows, before there is one."""
        origin = heads.get(b"origin")
        if origin is not None and origin not in self._known and not self._is_own(origin, heads):
            raise Refusal(403, "ORIGIN_NOT_ALLOWED", "pages of this site may not call")

    def decorate(self, heads: Heads, response: Response) -> None:
        """Let the page that asked read the answer, if its site is known."""
        if (
            b"origin" not in heads.first
            and isinstance(response, JsonResponse)
            and response.is_plain
        ):
            response.varies = True
            return
        if any(name == b"vary" for name, _ in response.raw_headers):
            response.headers.add_vary_header("Origin")
        else:
            response.raw_headers.append(VARY)
        origin = heads.get(b"origin")
        if origin is not None and origin in self._known:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "X-Request-Id, Retry-After, ETag"

    def preflight(self, heads: Heads) -> Response:
        """Answer an OPTIONS request."""
        response = Response(status_code=204, headers={"Allow": "GET, POST, OPTIONS"})
        self.decorate(heads, response)
        if "Access-Control-Allow-Origin" in response.headers:
            response.headers["Access-Control-Allow-Methods"] = "GET, POST"
            response.headers["Access-Control-Allow-Headers"] = _ALLOWED_HEADERS
            response.headers["Access-Control-Max-Age"] = "600"
        return response

    def _is_own(self, origin: str, heads: Heads) -> bool:
        if self._own is not None:
            return origin == self._own
        try:
            return urlsplit(origin).netloc == heads.get(b"host")
        except ValueError:
            return False


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()
