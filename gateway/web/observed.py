"""What every request gets: an id, one line in the log, safe headers, and no unmasked error."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from ipaddress import IPv4Network, IPv6Network

import structlog
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.model.time import Clock
from gateway.telemetry.spans import remote_parent, span, trace_extension
from gateway.web.client import is_trusted, peer_of
from gateway.web.heads import REQUEST_ID, SAFE_HEADERS, Heads, RawHeader, heads_of
from gateway.web.logs import in_request
from gateway.web.negotiation import MediaType
from gateway.web.observation import (
    CLIENT_GONE,
    OBSERVATION,
    Observation,
    OnRequest,
    no_watcher,
    note_request,
    request_id_of,
    what_of,
)
from gateway.web.refusals import JsonResponse, error_body
from gateway.web.request_lines import tell_request
from gateway.web.whole import CYCLE, respect_others

Network = IPv4Network | IPv6Network
_QUIET = frozenset({"/healthz", "/readyz"})

log = structlog.get_logger("trama.web")


class Observed:
    """The app's outermost layer."""

    def __init__(
        self,
        app: ASGIApp,
        clock: Clock,
        new_id: Callable[[], str],
        on_request: OnRequest = no_watcher,
        trusted_proxies: Sequence[Network] = (),
    ) -> None:
        self._app = app
        self._clock = clock
        self._new_id = new_id
        self._on_request = on_request
        self._trusted_proxies = trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        respect_others(scope, receive, send)
        heads = heads_of(scope)
        request_id = request_id_of(heads, self._new_id)
        observation = Observation(request_id, self._clock.monotonic())
        scope[OBSERVATION] = observation
        with in_request(request_id), _spanning(scope, heads, self._trusted_proxies) as made:
            marked = _marking(send, observation)
            try:
                await self._app(scope, receive, marked)
            except ClientDisconnect:
                observation.status = observation.status or CLIENT_GONE
            except Exception:
                error_id = self._new_id()
                log.exception("unforeseen error", error_id=error_id)
                if observation.status is None:
                    await _masked(error_id)(scope, receive, marked)
            scope.pop(CYCLE, None)  # they know each other: left alone they would be a circle
            observation.seconds = self._clock.monotonic() - observation.started_at
            self._on_request(observation)
            note_request(made, observation)
            _tell(scope, observation)


def _masked(error_id: str) -> Response:
    """Answer what a caller is told of an error that nobody foresaw."""
    body = error_body("Internal error", code="INTERNAL", id=error_id, **trace_extension())
    return JsonResponse(body, 500, MediaType.JSON)


def _spanning(
    scope: Scope, heads: Heads, trusted: Sequence[Network]
) -> AbstractContextManager[Span]:
    """Answer a span for a request of GraphQL or a push; a trusted proxy's is its parent."""
    path: str = scope["path"]
    name = "GraphQL Operation"
    if path != "/graphql":
        if not path.startswith("/hooks/"):
            return nullcontext(INVALID_SPAN)
        name = "push"
    told = heads.get(b"traceparent") if b"traceparent" in heads.first else None
    if told is not None and not is_trusted(peer_of(scope), trusted):
        told = None
    return span(name, kind=SpanKind.SERVER, parent=remote_parent(told))


def _marking(send: Send, observation: Observation) -> Send:
    async def send_marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            observation.status = message["status"]
            message["headers"] = _marked(message.get("headers", ()), observation.request_id)
        await send(message)

    return send_marked


def _marked(headers: Iterable[RawHeader], request_id: str) -> list[RawHeader]:
    told = [*headers, (REQUEST_ID, request_id.encode("ascii"))]
    names = dict(told).keys()
    if names.isdisjoint(SAFE_HEADERS):
        return [*told, *SAFE_HEADERS.items()]
    return [*told, *(each for each in SAFE_HEADERS.items() if each[0] not in names)]


def _tell(scope: Scope, observation: Observation) -> None:
    """Write the request's line."""
    tell_request(
        "debug" if scope["path"] in _QUIET else "info",
        observation.request_id,
        {
            "method": scope["method"],
            "path": scope.get("raw_path", b"")[:200].decode("ascii", "backslashreplace"),
            "status": observation.status,
            "duration_ms": round(observation.seconds * 10_000) / 10,
            **what_of(observation),
        },
    )
