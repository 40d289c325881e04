"""Has a request executed, and answers in the media type that its caller takes."""

import msgspec
from starlette.responses import Response

from gateway.web.arrival import Arrival
from gateway.web.keeping import keep
from gateway.web.large import large_response
from gateway.web.negotiation import MediaType, Wanted
from gateway.web.parts import ExecutionOutcome, GraphQLRequest, Identity, RequestContext, WebParts
from gateway.web.refusals import JsonResponse, Refusal
from gateway.web.streams.opening import Streams, single

_BAD_REQUEST = 400


class Caller(msgspec.Struct, frozen=True):
    """Who asks, from where, which media types it takes; with a ticket it may only subscribe."""

    identity: Identity
    address: str
    wanted: Wanted
    has_ticket: bool = False


class Answers:
    """What a well-formed request is answered: one answer, or a stream of them."""

    def __init__(self, parts: WebParts) -> None:
        self._parts = parts
        self._streams = Streams(parts)

    async def answer(
        self, request: Arrival, asked: GraphQLRequest, caller: Caller, *, may_be_kept: bool
    ) -> Response:
        """Answer the request; raises Refusal where a stream is one too many."""
        observed, stream = request.observation, caller.wanted.stream
        context = RequestContext(
            caller.identity.principal, observed.request_id, caller.address, observed.started_at
        )
        if stream is None:
            executed = self._parts.execute(asked, context)
            outcome = executed if isinstance(executed, ExecutionOutcome) else await executed
            return self._one(request, outcome, caller, may_be_kept)
        opened = await self._parts.open_live(asked, context)
        if isinstance(opened, ExecutionOutcome):
            return self._one(request, opened, caller, may_be_kept)
        observed.operation_kind, observed.is_executed = "subscription", True
        return await self._streams.open(opened, stream, caller.identity, caller.address)

    def _one(
        self, request: Arrival, outcome: ExecutionOutcome, caller: Caller, may_be_kept: bool
    ) -> Response:
        observed = request.observation
        observed.operation_kind = outcome.operation_kind
        observed.is_executed, observed.has_errors = outcome.has_data, outcome.has_errors
        observed.code = outcome.refusal
        if caller.has_ticket and outcome.has_data:
            raise Refusal(400, "BAD_REQUEST", "a ticket is for a subscription; ask this without")
        response = _response_of(outcome, caller.wanted)
        if may_be_kept:
            kind, seconds = caller.identity.principal.kind, self._parts.documents.max_age_seconds
            return keep(request, response, outcome, kind, seconds)
        return response


def _response_of(outcome: ExecutionOutcome, wanted: Wanted) -> Response:
    """Answer the outcome; faults of a document go through a stream, as `graphql-sse` has it."""
    if wanted.one is None and wanted.stream and outcome.status in (None, _BAD_REQUEST):
        return single(outcome.json, wanted.stream)
    body, media, status = outcome.body, wanted.one or MediaType.JSON, outcome.status
    if status is None:
        status = 200 if outcome.has_data or media is MediaType.JSON else _BAD_REQUEST
    if isinstance(body, tuple):
        return large_response(body, status, media, outcome.headers)
    whole = body if isinstance(body, bytes) else outcome.json
    return JsonResponse(whole, status, media, outcome.headers)
