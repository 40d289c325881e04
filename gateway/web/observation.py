"""What every request gets: an id, one line in the log, safe headers, and no unmasked error."""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from ipaddress import IPv4Network, IPv6Network

import structlog
from opentelemetry.trace import INVALID_SPAN, Span, SpanKind
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.model.principal import Principal, PrincipalKind
from gateway.model.time import Clock
from gateway.telemetry.spans import (
    OUTCOME,
    PRINCIPAL,
    STATUS,
    fail,
    remote_parent,
    span,
    trace_extension,
)
from gateway.web.client import is_trusted, peer_of
from gateway.web.heads import Heads, RawHeader, heads_of
from gateway.web.logs import in_request
from gateway.web.negotiation import MediaType
from gateway.web.refusals import error_body, json_response

CLIENT_GONE = 499
Network = IPv4Network | IPv6Network
_KEY = "trama.observation"
_REQUEST_ID_HEADER = b"x-request-id"
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{8,64}")
_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,99}")
# What every answer says, unless it says otherwise by itself.
_SAFE_HEADERS = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cache-control": b"no-store",
}

log = structlog.get_logger("trama.web")


class Outcome(StrEnum):
    """What became of a GraphQL request."""

    OK = "OK"
    PARTIAL = "PARTIAL"
    INVALID = "INVALID"
    REFUSED = "REFUSED"
    FAILED = "FAILED"
    GONE = "GONE"


@dataclass(slots=True)
class Observation:
    """What becomes known of a request while it is answered.

    `code` says why it was refused, `ended` why a stream of answers ended.
    """

    request_id: str
    started_at: float
    principal: Principal | None = None
    operation: str | None = None
    status: int | None = None
    seconds: float = 0.0
    is_graphql: bool = False
    operation_kind: str | None = None
    is_executed: bool | None = None
    has_errors: bool = False
    code: str | None = None
    ended: str | None = None

    @property
    def outcome(self) -> Outcome:
        """What became of the request."""
        if self.status is None or self.status == CLIENT_GONE:
            return Outcome.GONE
        if self.status >= 500:
            return Outcome.FAILED
        if self.is_executed is None:
            return Outcome.REFUSED
        if not self.is_executed:
            return Outcome.INVALID
        return Outcome.PARTIAL if self.has_errors else Outcome.OK


OnRequest = Callable[[Observation], None]


def no_watcher(observation: Observation) -> None:
    """Watch nothing."""


@dataclass(frozen=True, slots=True)
class SocketEnded:
    """What became of a socket; `ending` is our close code's name, or PEER: the peer ended it."""

    ending: str
    code: int
    principal: Principal | None
    seconds: float
    messages_in: int
    messages_out: int
    operations: int
    reason: str | None = None


OnSocket = Callable[[SocketEnded], None]


def no_socket_watcher(ended: SocketEnded) -> None:
    """Watch no socket."""


def observation_of(scope: Scope) -> Observation:
    """Answer the observation of the request at hand."""
    observation: Observation = scope[_KEY]
    return observation


def request_id_of(heads: Heads, new_id: Callable[[], str]) -> str:
    """Answer the id that the caller gave, if it looks like one, or a new one."""
    told = heads.get(b"x-request-id")
    return told if told is not None and _REQUEST_ID.fullmatch(told) else new_id()


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
        request_id = request_id_of(heads_of(scope), self._new_id)
        observation = Observation(request_id, self._clock.monotonic())
        scope[_KEY] = observation
        with (
            in_request(request_id),
            _spanning(scope, self._trusted_proxies) as made,
        ):
            await self._run(scope, receive, _marking(send, observation))
            observation.seconds = self._clock.monotonic() - observation.started_at
            self._on_request(observation)
            note_request(made, observation)
            self._tell(scope, observation)

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        observation = observation_of(scope)
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            observation.status = observation.status or CLIENT_GONE
        except Exception:
            error_id = self._new_id()
            log.exception("unforeseen error", error_id=error_id)
            if observation.status is None:
                body = error_body(
                    "Internal error", code="INTERNAL", id=error_id, **trace_extension()
                )
                await json_response(body, 500, MediaType.JSON)(scope, receive, send)

    def _tell(self, scope: Scope, observation: Observation) -> None:
        write = log.debug if scope["path"] in {"/healthz", "/readyz"} else log.info
        write(
            "request",
            method=scope["method"],
            path=scope.get("raw_path", b"")[:200].decode("ascii", "backslashreplace"),
            status=observation.status,
            duration_ms=round(observation.seconds * 1000, 1),
            **what_of(observation),
        )


def _spanning(scope: Scope, trusted: Sequence[Network]) -> AbstractContextManager[Span]:
    """Answer a span for a request of GraphQL or a push; a trusted proxy's is its parent."""
    path: str = scope["path"]
    name = "push" if path.startswith("/hooks/") else "GraphQL Operation"
    if path != "/graphql" and name != "push":
        return nullcontext(INVALID_SPAN)
    told = heads_of(scope).get(b"traceparent")
    if told is not None and not is_trusted(peer_of(scope), trusted):
        told = None
    return span(name, kind=SpanKind.SERVER, parent=remote_parent(told))


def note_request(made: Span, observation: Observation) -> None:
    """Add to a request's span what became known of it."""
    if not made.is_recording():
        return
    if observation.operation_kind is not None:
        made.update_name(observation.operation_kind)
        made.set_attribute("graphql.operation.type", observation.operation_kind)
    if observation.is_graphql:
        made.set_attribute(OUTCOME, observation.outcome.value)
    if observation.principal is not None:
        made.set_attribute(PRINCIPAL, observation.principal.kind.value)
    if observation.status is not None:
        made.set_attribute(STATUS, observation.status)
        if observation.status >= 500:
            fail(made, str(observation.status))


def _marking(send: Send, observation: Observation) -> Send:
    async def send_marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            observation.status = message["status"]
            message["headers"] = _marked(message.get("headers", ()), observation.request_id)
        await send(message)

    return send_marked


def _marked(headers: Iterable[RawHeader], request_id: str) -> list[RawHeader]:
    told = [*headers, (_REQUEST_ID_HEADER, request_id.encode("ascii"))]
    names = dict(told).keys()
    if names.isdisjoint(_SAFE_HEADERS):
        return [*told, *_SAFE_HEADERS.items()]
    return [*told, *(each for each in _SAFE_HEADERS.items() if each[0] not in names)]


def what_of(observation: Observation) -> dict[str, str | None]:
    """Answer what the log says of a request: its operation, why it was refused or ended, whose."""
    name = observation.operation
    return {
        "operation": name if name and _NAME.fullmatch(name) else None,
        **({} if observation.code is None else {"code": observation.code}),
        **({} if observation.ended is None else {"ended": observation.ended}),
        **who_of(observation.principal),
    }


def who_of(principal: Principal | None) -> dict[str, str]:
    """Answer what the log says of a caller."""
    if principal is None:
        return {}
    return {"principal": _shown_id(principal), "principal_kind": principal.kind.value}


def _shown_id(principal: Principal) -> str:
    """Answer an id for the log; a customer's is a person's, so only its hash is shown."""
    if principal.kind is not PrincipalKind.CUSTOMER:
        return principal.id
    return f"customer:{sha256(principal.id.encode()).hexdigest()[:16]}"
