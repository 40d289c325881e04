"""GraphQL over HTTP at /graphql.

Follows https://graphql.github.io/graphql-over-http/draft/ (read 2026-08-06) and, where that leaves
a choice, the audits of `graphql-http`: faults of a document are 400 in
`application/graphql-response+json` and 200 in `application/json`; partial data is 200.
"""

from collections.abc import Awaitable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.web.answering import Answers, Caller
from gateway.web.arrival import Arrival
from gateway.web.asking import COST_HEADER, Asked, cost_wanted, request_of_url
from gateway.web.negotiation import StreamType, Wanted
from gateway.web.origins import PREFLIGHT_HEADERS
from gateway.web.parts import GraphQLRequest, WebParts
from gateway.web.reception import Reception
from gateway.web.refusals import JsonResponse, Refusal
from gateway.web.tickets import Tickets, ticket_of

_METHODS = frozenset({"GET", "POST"})


class GraphQLEndpoint:
    """Answers GET, POST and OPTIONS."""

    def __init__(self, parts: WebParts, reception: Reception, tickets: Tickets | None) -> None:
        self._parts = parts
        self._reception = reception
        self._tickets = tickets
        self._answers = Answers(parts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Arrival(scope, receive)
        wanted = request.manners.wanted
        if request.method == "OPTIONS":
            response = self._reception.preflight(request)
        else:
            answer = self._answer(request, wanted)
            response = await self._reception.respond(request, answer, wanted.one)
            if isinstance(response, JsonResponse) and response.write(scope, request.observation):
                return
        await response(scope, receive, send)

    async def _answer(self, request: Arrival, wanted: Wanted) -> Response:
        if request.method not in _METHODS:
            message = "send GraphQL by POST or GET"
            raise Refusal(405, "METHOD_NOT_ALLOWED", message, {"Allow": "GET, POST, OPTIONS"})
        request.observation.is_graphql = True
        address = self._reception.meet(request)
        ticket = ticket_of(request)
        if ticket is not None:
            return await self._admit(request, ticket, address, wanted)
        identity = await self._reception.identify(request)
        if not wanted:
            message = "accept application/graphql-response+json, application/json or a stream"
            raise Refusal(406, "NOT_ACCEPTABLE", message)
        admission = self._reception.admission
        key = admission.enter(identity.principal, address)
        try:
            if request.method == "POST":
                asked = await self._reception.read(request)
            else:
                asked = request_of_url(request.scope["query_string"], self._parts.limits.variables)
            return await self._execute(request, asked, Caller(identity, address, wanted))
        finally:
            admission.leave(key)

    async def _admit(self, request: Arrival, ticket: str, address: str, wanted: Wanted) -> Response:
        """Answer who comes with a ticket, to an event stream alone."""
        if self._tickets is None or wanted.stream is not StreamType.EVENTS:
            raise Refusal(406, "NOT_ACCEPTABLE", "with a ticket accept text/event-stream")
        comes_back = bool(request.heads.get(b"last-event-id"))
        admitted = await self._tickets.take(ticket, comes_back=comes_back)
        identity = self._reception.know(request, admitted.identity)
        caller = Caller(identity, address, wanted, has_ticket=True)
        with self._reception.admission.admit(identity.principal, address):
            return await self._execute(request, admitted.asked, caller)

    def _execute(self, request: Arrival, asked: Asked, caller: Caller) -> Awaitable[Response]:
        request.observation.operation = asked.operation_name
        kind = caller.identity.principal.kind
        found = self._parts.documents.find(asked.query, asked.document_id, kind)
        is_get = request.method == "GET"
        if is_get and not found.is_trusted:
            self._require_preflight(request)
        heads, resume_after, cost = request.heads, None, asked.cost
        if b"last-event-id" in heads.first:
            resume_after = heads.get(b"last-event-id") or None
        if COST_HEADER in heads.first:
            cost = cost_wanted(heads.get(COST_HEADER)) or cost
        wanted = GraphQLRequest(
            found.text, asked.operation_name, asked.variables, is_get, resume_after, cost
        )
        return self._answers.answer(
            request, wanted, caller, may_be_kept=is_get and found.is_trusted and cost is None
        )

    def _require_preflight(self, request: Arrival) -> None:
        """Refuse what another site's page could send without asking first; raises Refusal."""
        if not self._parts.server.require_preflight_header_for_get:
            return
        if not any(request.heads.get(name.lower().encode()) for name in PREFLIGHT_HEADERS):
            message = f"send the header {PREFLIGHT_HEADERS[0]}: 1 with GET, or send it by POST"
            raise Refusal(400, "PREFLIGHT_REQUIRED", message)
