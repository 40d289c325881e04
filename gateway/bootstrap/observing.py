"""Joins what the floors tell of themselves to the meters."""

from dataclasses import asdict

from gateway.connect.http import Call, Observer
from gateway.events.webhooks.delivering import OnAttempt
from gateway.model.webhooks import DeliveryState
from gateway.projection.webhooks.outcomes import Attempt
from gateway.sync.apply import OnApplied
from gateway.sync.chunks import Applied
from gateway.sync.publishing import OnTold, Told
from gateway.telemetry.catalogue import (
    CALL_SECONDS,
    CALLS,
    DELIVERIES,
    RECORDS,
    REFUSALS,
    REQUEST_SECONDS,
    REQUESTS,
    SET_ASIDE,
    SOCKETS,
    STREAMS,
    TOLD,
    WEBHOOKS,
)
from gateway.telemetry.meters import Meters
from gateway.telemetry.spans import OPERATION, SOURCE, STATUS, VERDICT, Attribute, note, tell_call
from gateway.web.observation import Observation, OnRequest, OnSocket, SocketEnded
from gateway.web.parts import HookDelivery, HookOutcome, HookVerdict, TakeDelivery

MOST_OPERATIONS = 100
OTHER = "OTHER"
UNKNOWN = "UNKNOWN"
NOBODY = "NOBODY"
ABANDONED = "ABANDONED"
OK = "OK"


def counting_requests(meters: Meters) -> OnRequest:
    """Answer who counts and times GraphQL requests; a request without a caller is nobody's."""

    def count(observation: Observation) -> None:
        if not observation.is_graphql:
            return
        principal = observation.principal
        kind = NOBODY if principal is None else principal.kind
        operation = observation.operation_kind or UNKNOWN
        meters.add(REQUESTS, operation, kind, observation.outcome)
        if observation.code is not None:
            meters.add(REFUSALS, observation.code, kind)
        if observation.ended is not None:
            meters.add(STREAMS, observation.ended, kind)
            return
        meters.time(REQUEST_SECONDS, observation.seconds, operation, kind)

    return count


def counting_sockets(meters: Meters) -> OnSocket:
    """Answer who counts sockets at their end."""

    def count(ended: SocketEnded) -> None:
        kind = NOBODY if ended.principal is None else ended.principal.kind.value
        meters.add(SOCKETS, ended.ending, kind)

    return count


def counting_calls(meters: Meters, source_id: str) -> Observer:
    """Answer who counts and times the calls to one source, each a span of its own.

    There are as many operations as are sane; any more are told as one.
    """
    seen: set[str] = set()

    def count(call: Call) -> None:
        is_known = call.operation in seen or len(seen) < MOST_OPERATIONS
        operation = call.operation if is_known else OTHER
        seen.add(operation)
        meters.add(CALLS, source_id, operation, outcome_of(call))
        meters.time(CALL_SECONDS, call.seconds, source_id, operation)
        _tell(source_id, operation, call)

    return count


def counting_records(meters: Meters) -> OnApplied:
    """Answer who counts the records that reach the projection, or the quarantine."""

    def count(source_id: str, stream: str, applied: Applied) -> None:
        meters.add(RECORDS, source_id, stream, by=applied.written)
        meters.add(SET_ASIDE, source_id, stream, by=applied.quarantined)

    return count


def counting_told(meters: Meters) -> OnTold:
    """Answer who counts what channels are told of their stock."""

    def count(channel: str, told: Told) -> None:
        for outcome, items in asdict(told).items():
            if items:
                meters.add(TOLD, channel, outcome.upper(), by=items)

    return count


def counting_deliveries(meters: Meters, take: TakeDelivery) -> TakeDelivery:
    """Answer how a push is taken and counted; a source's name that is none is not repeated."""

    async def take_counted(delivery: HookDelivery) -> HookOutcome:
        outcome = await take(delivery)
        is_known = outcome.verdict is not HookVerdict.UNKNOWN_SOURCE
        source_id = delivery.source_id if is_known else ""
        meters.add(DELIVERIES, source_id, outcome.verdict.value)
        note({SOURCE: source_id, VERDICT: outcome.verdict.value})
        return outcome

    return take_counted


def counting_attempts(meters: Meters) -> OnAttempt:
    """Answer who counts what is sent to partners' endpoints."""

    def count(attempt: Attempt, state: DeliveryState) -> None:
        meters.add(WEBHOOKS, attempt.error.value if attempt.error else OK, state.value)

    return count


def _tell(source_id: str, operation: str, call: Call) -> None:
    attributes: dict[str, Attribute] = {SOURCE: source_id, OPERATION: operation}
    if call.status is not None:
        attributes[STATUS] = call.status
    outcome = outcome_of(call)
    tell_call(
        f"{source_id} {operation}", attributes, started_at=call.started_at,
        seconds=call.seconds, error=None if outcome == OK else outcome,
    )  # fmt: skip


def outcome_of(call: Call) -> str:
    """Answer OK, the error's code, or ABANDONED where no time was left to wait for an answer."""
    if call.error is not None:
        return call.error.code
    return ABANDONED if call.status is None else OK
