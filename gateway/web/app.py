"""Puts the web floor together."""

from collections.abc import Awaitable
from functools import partial
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.web.graphql import GraphQLEndpoint
from gateway.web.health import Health
from gateway.web.hooks import Hooks
from gateway.web.limits import Admission
from gateway.web.observed import Observed
from gateway.web.parts import WebParts
from gateway.web.reception import Reception
from gateway.web.refusals import Refusal, refusal_response
from gateway.web.sockets import Sockets
from gateway.web.tickets import Tickets, TicketsEndpoint


def create_app(parts: WebParts) -> ASGIApp:
    """Answer the app; it opens nothing by itself."""
    health = Health(parts.readiness)
    admission = Admission(parts.limits, parts.clock)
    reception = Reception(parts, admission)
    tickets = Tickets(parts.ticket_store, parts) if parts.ticket_store else None
    graphql = GraphQLEndpoint(parts, reception, tickets)
    observed = partial(
        Observed,
        clock=parts.clock,
        new_id=parts.new_id,
        on_request=parts.on_request,
        trusted_proxies=parts.server.trusted_proxies,
    )
    routed = Starlette(
        routes=[
            Route("/graphql", graphql),
            WebSocketRoute("/graphql", Sockets(parts, admission)),
            *([Route("/graphql/tickets", TicketsEndpoint(reception, tickets))] if tickets else []),
            Route("/hooks/{source}", Hooks(parts).take, methods=["POST"]),
            Route("/healthz", health.alive),
            Route("/readyz", health.ready),
            *parts.routes,
        ],
        middleware=[Middleware(observed)],
        exception_handlers={HTTPException: _refused},
    )
    routed.router.redirect_slashes = False
    # By its methods: Python calls an object by more detours.
    return _doors(observed(graphql.__call__).__call__, routed)


def _doors(graphql: ASGIApp, routed: ASGIApp) -> ASGIApp:
    """Take GraphQL by its plain path, which is most of what comes; all the rest is routed."""

    def enter(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        is_plain = scope["path"] == "/graphql" and scope["type"] == "http"
        return (graphql if is_plain else routed)(scope, receive, send)

    return enter


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    return refusal_response(Refusal(status, status.name, status.phrase, error.headers))
