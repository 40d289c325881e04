"""One operation on a socket: opened, its answers sent as they come, and closed."""

from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
import structlog
from opentelemetry.trace import SpanKind

from gateway.model.principal import Principal
from gateway.telemetry.spans import span, trace_extension
from gateway.web.closing import PeerGone
from gateway.web.limits import Admission
from gateway.web.messages import Subscribe, complete_text, error_text, next_head
from gateway.web.observation import Observation, note_request, what_of
from gateway.web.parts import ExecutionOutcome, GraphQLRequest, Live, RequestContext, WebParts
from gateway.web.refusals import Refusal
from gateway.web.subscribers import Seat

log = structlog.get_logger("trama.web")


class Line(Protocol):
    """What messages are sent by."""

    async def tell(self, text: bytes) -> None:
        """Send one; it ends once the message is on its way. Raises PeerGone."""

    def offer(self, text: bytes) -> bool:
        """Send one if nothing is on its way yet; answer whether it was."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is on a socket."""

    principal: Principal
    address: str
    request_id: str
    seat: Seat


class Operations:
    """Answers what is asked on sockets; each operation costs its caller what a request does."""

    def __init__(self, parts: WebParts, admission: Admission) -> None:
        self._parts = parts
        self._admission = admission

    async def answer(self, asked: Subscribe, caller: Caller, line: Line) -> None:
        """Tell every answer, the next one once the last is on its way; raises PeerGone."""
        try:
            with self._masking():
                live = await self._begin(asked, caller, line)
                if live is not None:
                    await _follow(asked.id, live, caller.seat, line)
        except Refusal as refusal:
            await line.tell(error_text(asked.id, _errors_of(refusal)))

    async def _begin(self, asked: Subscribe, caller: Caller, line: Line) -> Live | None:
        """Answer a subscription that is open and counted; anything else is told at once."""
        with self._observed(asked, caller) as observed:
            with self._admission.admit(caller.principal, caller.address):
                opened = await self._open(asked, caller, observed)
                if isinstance(opened, ExecutionOutcome):
                    _note_outcome(observed, opened)
                    await _tell_outcome(asked.id, opened, line)
                    return None
            observed.operation_kind, observed.is_executed = "subscription", True
            try:
                caller.seat.subscribe()
            except Refusal:
                await opened.aclose()
                raise
            return opened

    async def _open(
        self, asked: Subscribe, caller: Caller, observed: Observation
    ) -> Live | ExecutionOutcome:
        principal, told = caller.principal, asked.asked
        found = self._parts.documents.find(told.query, told.document_id, principal.kind)
        return await self._parts.open_live(
            GraphQLRequest(found.text, told.operation_name, told.variables, cost=told.cost),
            RequestContext(principal, caller.request_id, caller.address, observed.started_at),
        )

    @contextmanager
    def _observed(self, asked: Subscribe, caller: Caller) -> Iterator[Observation]:
        """Count, trace and log an operation as the request that it is."""
        observed = Observation(
            caller.request_id, self._parts.clock.monotonic(), caller.principal,
            asked.asked.operation_name, is_graphql=True,
        )  # fmt: skip
        with span("GraphQL Operation", kind=SpanKind.SERVER) as made:
            try:
                yield observed
                observed.status = observed.status or 200
            except Refusal as refusal:
                observed.status, observed.code = refusal.status, refusal.code
                raise
            except PeerGone:
                raise
            except Exception:
                observed.status = 500
                raise
            finally:
                observed.seconds = self._parts.clock.monotonic() - observed.started_at
                self._parts.on_request(observed)
                note_request(made, observed)
                log.info(
                    "operation", kind=observed.operation_kind,
                    duration_ms=round(observed.seconds * 1000, 1), **what_of(observed),
                )  # fmt: skip

    @contextmanager
    def _masking(self) -> Iterator[None]:
        """Let what is unforeseen be an id that is in the log."""
        try:
            yield
        except (Refusal, PeerGone):
            raise
        except Exception as error:
            error_id = self._parts.new_id()
            log.exception("unforeseen error", error_id=error_id)
            raise _Fault(error_id) from error


class _Fault(Refusal):
    """A fault of ours, by its id in the log."""

    def __init__(self, error_id: str) -> None:
        super().__init__(500, "INTERNAL", "Internal error")
        self.extensions = {"id": error_id, **trace_extension()}


async def _follow(operation_id: str, live: Live, seat: Seat, line: Line) -> None:
    head = next_head(operation_id)
    live.hand_to(lambda answer: line.offer(b"%s%s}" % (head, answer.body)))
    try:
        async with aclosing(live):
            async for answer in live:
                await line.tell(b"%s%s}" % (head, answer.body))
    finally:
        seat.unsubscribe()
    await line.tell(complete_text(operation_id))


async def _tell_outcome(operation_id: str, outcome: ExecutionOutcome, line: Line) -> None:
    if not outcome.has_data:
        errors = _body_of(outcome).get("errors", [])
        await line.tell(error_text(operation_id, orjson.dumps(errors)))
        return
    await line.tell(b"%s%s}" % (next_head(operation_id), outcome.json))
    await line.tell(complete_text(operation_id))


def _body_of(outcome: ExecutionOutcome) -> dict[str, Any]:
    if isinstance(outcome.body, dict):
        return outcome.body
    body: dict[str, Any] = orjson.loads(outcome.json)
    return body


def _errors_of(refusal: Refusal) -> bytes:
    extensions: dict[str, Any] = {"code": refusal.code}
    if "Retry-After" in refusal.headers:
        extensions["retryAfter"] = int(refusal.headers["Retry-After"])
    if isinstance(refusal, _Fault):
        extensions.update(refusal.extensions)
    return orjson.dumps([{"message": refusal.message, "extensions": extensions}])


def _note_outcome(observed: Observation, outcome: ExecutionOutcome) -> None:
    observed.operation_kind, observed.code = outcome.operation_kind, outcome.refusal
    observed.is_executed, observed.has_errors = outcome.has_data, outcome.has_errors
    observed.status = outcome.status
