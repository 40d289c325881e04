"""GET /metrics, on a listener of its own: for whoever watches the gateway, never for callers."""

import hmac
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.settings import MetricsSettings
from gateway.web.refusals import Refusal, Unauthenticated, refusal_response

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
Exposition = Callable[[str], Awaitable[tuple[bytes, str]]]


def create_metrics_app(settings: MetricsSettings, exposition: Exposition) -> Starlette:
    """Answer the app; `exposition` answers text and media type for an `Accept` header."""

    async def metrics(request: Request) -> Response:
        try:
            _admit(request, settings)
        except Refusal as refusal:
            return refusal_response(refusal)
        body, media = await exposition(request.headers.get("accept", ""))
        return Response(body, headers={"Content-Type": media, "Cache-Control": "no-store"})

    return Starlette(routes=[Route("/metrics", metrics, methods=["GET"])])


def _admit(request: Request, settings: MetricsSettings) -> None:
    """Ask for the key; where there is none, for loopback's name, which no site's page can send."""
    if settings.key is None:
        if _host(request) not in LOOPBACK | {settings.host}:
            raise Refusal(403, "FORBIDDEN", "ask by a loopback address, or set metrics.key")
        return
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    key = settings.key.get_secret_value()
    if scheme.lower() != "bearer" or not hmac.compare_digest(told.encode(), key.encode()):
        raise Unauthenticated("send metrics.key as a bearer token")


def _host(request: Request) -> str | None:
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        return None
