"""What is observed of a request, of whatever kind, and how it is told."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

import msgspec
from opentelemetry.trace import Span
from starlette.types import Scope

from gateway.model.principal import Principal, PrincipalKind
from gateway.telemetry.spans import OUTCOME, PRINCIPAL, STATUS, fail
from gateway.web.heads import REQUEST_ID, Heads

CLIENT_GONE = 499
OBSERVATION = "trama.observation"
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{8,64}")
_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,99}")


class Outcome(StrEnum):
    """What became of a GraphQL request."""

    OK = "OK"
    PARTIAL = "PARTIAL"
    INVALID = "INVALID"
    REFUSED = "REFUSED"
    FAILED = "FAILED"
    GONE = "GONE"


class Observation(msgspec.Struct):
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
    observation: Observation = scope[OBSERVATION]
    return observation


def request_id_of(heads: Heads, new_id: Callable[[], str]) -> str:
    """Answer the id that the caller gave, if it looks like one, or a new one."""
    told = heads.get(REQUEST_ID) if REQUEST_ID in heads.first else None
    return told if told is not None and _REQUEST_ID.fullmatch(told) else new_id()


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


def what_of(observation: Observation) -> dict[str, str | None]:
    """Answer what the log says of a request: its operation, why it was refused or ended, whose."""
    name = observation.operation
    told = {"operation": name if name and _NAME.fullmatch(name) else None}
    if observation.code is not None:
        told["code"] = observation.code
    if observation.ended is not None:
        told["ended"] = observation.ended
    told.update(who_of(observation.principal))
    return told


def who_of(principal: Principal | None) -> dict[str, str]:
    """Answer what the log says of a caller."""
    if principal is None:
        return {}
    return {"principal": _shown_id(principal), "principal_kind": principal.kind}


def _shown_id(principal: Principal) -> str:
    """Answer an id for the log; a customer's is a person's, so only its hash is shown."""
    if principal.kind is not PrincipalKind.CUSTOMER:
        return principal.id
    return f"customer:{sha256(principal.id.encode()).hexdigest()[:16]}"
