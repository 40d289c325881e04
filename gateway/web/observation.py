"""What every request gets: an id, one line in the log, safe headers, and no unmasked error."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.model.principal import Principal, PrincipalKind
from gateway.model.time import Clock
from gateway.web.negotiation import MediaType
from gateway.web.refusals import error_body, json_response

CLIENT_GONE = 499
_KEY = "trama.observation"
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{8,64}")
_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,99}")
_SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}

log = structlog.get_logger("trama.web")


@dataclass(slots=True)
class Observation:
    """What becomes known of a request while it is answered."""

    request_id: str
    started_at: float
    principal: Principal | None = None
    operation: str | None = None
    status: int | None = None


def observation_of(scope: Scope) -> Observation:
    """Answer the observation of the request at hand."""
    observation: Observation = scope[_KEY]
    return observation


class Observed:
    """The app's outermost layer."""

    def __init__(self, app: ASGIApp, clock: Clock, new_id: Callable[[], str]) -> None:
        self._app = app
        self._clock = clock
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        told = Headers(scope=scope).get("x-request-id", "")
        request_id = told if _REQUEST_ID.fullmatch(told) else self._new_id()
        observation = Observation(request_id, self._clock.monotonic())
        scope[_KEY] = observation
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._run(scope, receive, _marking(send, observation))
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
                body = error_body("Internal error", code="INTERNAL", id=error_id)
                await json_response(body, 500, MediaType.JSON)(scope, receive, send)

    def _tell(self, scope: Scope, observation: Observation) -> None:
        name = observation.operation
        duration = self._clock.monotonic() - observation.started_at
        write = log.debug if scope["path"] in {"/healthz", "/readyz"} else log.info
        write(
            "request",
            method=scope["method"],
            path=scope.get("raw_path", b"")[:200].decode("ascii", "backslashreplace"),
            status=observation.status,
            duration_ms=round(duration * 1000, 1),
            operation=name if name and _NAME.fullmatch(name) else None,
            **_who(observation.principal),
        )


def _marking(send: Send, observation: Observation) -> Send:
    async def send_marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            observation.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = observation.request_id
            for name, value in _SAFE_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_marked


def _who(principal: Principal | None) -> dict[str, str]:
    if principal is None:
        return {}
    return {"principal": _shown_id(principal), "principal_kind": principal.kind.value}


def _shown_id(principal: Principal) -> str:
    """Answer an id for the log; a customer's is a person's, so only its hash is shown."""
    if principal.kind is not PrincipalKind.CUSTOMER:
        return principal.id
    return f"customer:{sha256(principal.id.encode()).hexdigest()[:16]}"
