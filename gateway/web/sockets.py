"""GraphQL over WebSocket at /graphql: the upgrade, and what is told of a socket at its end."""

from contextlib import suppress
from datetime import timedelta

import structlog
from opentelemetry.trace import SpanKind
from starlette.types import Receive, Scope, Send

from gateway.telemetry.spans import ENDING, PRINCIPAL, Attribute, tell_call
from gateway.web.client import Addresses
from gateway.web.closing import CloseCode, PeerGone, SocketClosed
from gateway.web.connection import Connection, Floor
from gateway.web.frames import line_of
from gateway.web.heads import heads_of
from gateway.web.limits import Admission, Pace
from gateway.web.logs import in_request
from gateway.web.messages import SUBPROTOCOL
from gateway.web.observation import Observation, SocketEnded, request_id_of, who_of
from gateway.web.operations import Operations
from gateway.web.origins import Origins
from gateway.web.parts import WebParts
from gateway.web.refusals import Refusal, refusal_response
from gateway.web.subscribers import Seat, Transport

PEER = "PEER"
ABNORMAL = 1006

log = structlog.get_logger("trama.web")


class Sockets:
    """Takes upgrades; a page of a site that no credential allows gets none."""

    def __init__(self, parts: WebParts, admission: Admission) -> None:
        server, live = parts.server, parts.limits.live
        self._parts = parts
        self._admission = admission
        self._addresses = Addresses(server.trusted_proxies)
        origins = Origins(
            server.public_url, server.allowed_origins, parts.authenticator.known_origins
        )
        pace = Pace(live.messages_per_second, live.message_burst)
        self._floor = Floor(parts, Operations(parts, admission), origins, pace)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        heads = heads_of(scope)
        request_id = request_id_of(heads, self._parts.new_id)
        with in_request(request_id):
            await receive()
            address = self._addresses.of(scope, heads)
            try:
                seat = self._admit(scope, address)
            except Refusal as refusal:
                await self._refuse(refusal, request_id, scope, receive, send)
                return
            with seat:
                connection = Connection(
                    self._floor, scope, line_of(scope), seat, address, request_id
                )
                await self._hold(connection, scope, receive, send, request_id)

    def _admit(self, scope: Scope, address: str) -> Seat:
        """Answer a place, before it is known whose; raises Refusal."""
        self._admission.meet(address)
        self._floor.origins.admit_unknown(heads_of(scope))
        return self._parts.subscribers.seat(Transport.WEBSOCKET)

    async def _hold(
        self, connection: Connection, scope: Scope, receive: Receive, send: Send, request_id: str
    ) -> None:
        started_at = self._parts.clock.monotonic()
        ended: SocketClosed | int = CloseCode.SERVICE_RESTART
        try:
            await self._accept(scope, send, request_id)
            ended = await connection.run(receive)
        except SocketClosed as closed:
            ended = closed
        except (PeerGone, OSError):
            ended = ABNORMAL
        except Exception:
            log.exception("unforeseen error", error_id=self._parts.new_id())
            ended = SocketClosed(CloseCode.INTERNAL, "Internal error")
        finally:
            self._tell(connection, ended, self._parts.clock.monotonic() - started_at)
        if isinstance(ended, SocketClosed):
            with suppress(OSError):
                await send({"type": "websocket.close", "code": ended.code, "reason": ended.reason})

    async def _accept(self, scope: Scope, send: Send, request_id: str) -> None:
        is_ours = SUBPROTOCOL in scope["subprotocols"]
        await send(
            {
                "type": "websocket.accept",
                "subprotocol": SUBPROTOCOL if is_ours else None,
                "headers": [(b"x-request-id", request_id.encode())],
            }
        )
        if not is_ours:
            raise SocketClosed(CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable")

    async def _refuse(
        self, refusal: Refusal, request_id: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._parts.on_request(
            Observation(
                request_id, self._parts.clock.monotonic(), status=refusal.status,
                is_graphql=True, code=refusal.code,
            )
        )  # fmt: skip
        log.info("socket.refused", status=refusal.status, code=refusal.code)
        refusal.headers["X-Request-Id"] = request_id
        await refusal_response(refusal)(scope, receive, send)

    def _tell(self, connection: Connection, ended: SocketClosed | int, seconds: float) -> None:
        """Tell the log, the meters and the trace what became of a socket."""
        told = _ended(connection, ended, seconds)
        self._parts.on_socket(told)
        log.info(
            "socket.closed",
            code=told.code,
            ending=told.ending,
            duration_ms=round(seconds * 1000, 1),
            operations=told.operations,
            messages_in=told.messages_in,
            messages_out=told.messages_out,
            **({} if told.reason is None else {"reason": told.reason}),
            **who_of(told.principal),
        )
        attributes: dict[str, Attribute] = {ENDING: told.ending}
        if told.principal is not None:
            attributes[PRINCIPAL] = told.principal.kind.value
        started_at = self._parts.clock.now() - timedelta(seconds=seconds)
        tell_call(
            "socket", attributes, started_at=started_at, seconds=seconds, error=None,
            kind=SpanKind.SERVER,
        )  # fmt: skip


def _ended(connection: Connection, ended: SocketClosed | int, seconds: float) -> SocketEnded:
    code, reason = (ended.code, ended.reason) if isinstance(ended, SocketClosed) else (ended, None)
    is_ours = isinstance(ended, SocketClosed) or code == CloseCode.SERVICE_RESTART
    return SocketEnded(
        ending=CloseCode(code).name if is_ours else PEER,
        code=int(code),
        principal=connection.caller.principal if connection.caller else None,
        seconds=seconds,
        messages_in=connection.messages_in,
        messages_out=connection.messages_out,
        operations=connection.operations,
        reason=reason,
    )
