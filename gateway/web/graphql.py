"""GraphQL over HTTP at /graphql.

Follows https://graphql.github.io/graphql-over-http/draft/ (read 2026-08-06) and, where that leaves
a choice, the audits of `graphql-http`: faults of a document are 400 in
`application/graphql-response+json` and 200 in `application/json`; partial data is 200.
"""

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.web.asking import Asked, check_content_type, request_of_body, request_of_url
from gateway.web.body import read_body
from gateway.web.client import Addresses, headers_of
from gateway.web.keeping import keep
from gateway.web.limits import Admission
from gateway.web.negotiation import MediaType, negotiate
from gateway.web.observation import Observation, observation_of
from gateway.web.origins import PREFLIGHT_HEADERS, Origins
from gateway.web.parts import (
    ExecutionOutcome,
    GraphQLRequest,
    Identity,
    RequestContext,
    WebParts,
)
from gateway.web.refusals import Refusal, json_response, refusal_response


class GraphQLEndpoint:
    """Answers GET, POST and OPTIONS."""

    def __init__(self, parts: WebParts, admission: Admission) -> None:
        self._parts = parts
        server = parts.server
        self._addresses = Addresses(server.trusted_proxies)
        self._admission = admission
        self._origins = Origins(
            server.public_url, server.allowed_origins, parts.authenticator.known_origins
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        response = await self._respond(request)
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return self._origins.preflight(request.headers)
        media = negotiate(_joined(request, "accept"))
        try:
            response = await self._answer(request, media)
        except Refusal as refusal:
            observation_of(request.scope).code = refusal.code
            response = refusal_response(refusal, media or MediaType.JSON)
        self._origins.decorate(request.headers, response)
        return response

    async def _answer(self, request: Request, media: MediaType | None) -> Response:
        if request.method not in {"GET", "POST"}:
            message = "send GraphQL by POST or GET"
            raise Refusal(405, "METHOD_NOT_ALLOWED", message, {"Allow": "GET, POST, OPTIONS"})
        observed = observation_of(request.scope)
        observed.is_graphql = True
        address = self._addresses.of(request)
        self._admission.meet(address)
        identity = await self._identify(request, observed)
        if media is None:
            message = "accept application/graphql-response+json or application/json"
            raise Refusal(406, "NOT_ACCEPTABLE", message)
        with self._admission.admit(identity.principal, address):
            return await self._execute(request, identity, address, media)

    async def _identify(self, request: Request, observed: Observation) -> Identity:
        identity = await self._parts.authenticator.identify(headers_of(request))
        observed.principal = identity.principal
        self._origins.admit(request.headers, identity)
        return identity

    async def _execute(
        self, request: Request, identity: Identity, address: str, media: MediaType
    ) -> Response:
        observed, principal = observation_of(request.scope), identity.principal
        asked = await self._ask(request)
        observed.operation = asked.operation_name
        found = self._parts.documents.find(asked.query, asked.document_id, principal.kind)
        is_get = request.method == "GET"
        if is_get and not found.is_trusted:
            self._require_preflight(request)
        outcome = await self._parts.execute(
            GraphQLRequest(found.text, asked.operation_name, asked.variables, is_get),
            RequestContext(principal, observed.request_id, address, observed.started_at),
        )
        observed.operation_kind = outcome.operation_kind
        observed.is_executed, observed.has_errors = outcome.has_data, outcome.has_errors
        observed.code = outcome.refusal
        response = _response_of(outcome, media)
        if is_get and found.is_trusted:
            seconds = self._parts.documents.max_age_seconds
            return keep(request, response, outcome, principal.kind, seconds)
        return response

    async def _ask(self, request: Request) -> Asked:
        server, limits = self._parts.server, self._parts.limits.variables
        if request.method == "GET":
            return request_of_url(request.scope["query_string"], limits)
        check_content_type(
            request.headers.getlist("content-type"), request.headers.getlist("content-encoding")
        )
        body = await read_body(request, server.max_body_bytes, server.body_timeout_seconds)
        return request_of_body(body, limits)

    def _require_preflight(self, request: Request) -> None:
        """Refuse what another site's page could send without asking first; raises Refusal."""
        if not self._parts.server.require_preflight_header_for_get:
            return
        if not any(request.headers.get(name) for name in PREFLIGHT_HEADERS):
            message = f"send the header {PREFLIGHT_HEADERS[0]}: 1 with GET, or send it by POST"
            raise Refusal(400, "PREFLIGHT_REQUIRED", message)


def _response_of(outcome: ExecutionOutcome, media: MediaType) -> Response:
    body = outcome.body if isinstance(outcome.body, bytes) else orjson.dumps(outcome.body)
    return json_response(body, _status_of(outcome, media), media, outcome.headers)


def _status_of(outcome: ExecutionOutcome, media: MediaType) -> int:
    if outcome.status is not None:
        return outcome.status
    return 200 if outcome.has_data or media is MediaType.JSON else 400


def _joined(request: Request, name: str) -> str | None:
    values = request.headers.getlist(name)
    return ",".join(values) if values else None
