"""Tickets: how a page's EventSource, which can send no credential, opens one stream.

The page, or its server, says with its credential what it wants to subscribe to, and is given a
ticket for that alone: `new EventSource("/graphql?ticket=...")`. A ticket is used once. A browser
that lost its connection comes back with the same address and `Last-Event-ID`, which is a cursor
that only the ticket's caller was told: the address alone opens nothing any more.
"""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
import orjson
from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.web.arrival import Arrival
from gateway.web.asking import Asked
from gateway.web.negotiation import MediaType
from gateway.web.parts import Identity, TicketStore, WebParts
from gateway.web.reception import Reception
from gateway.web.refusals import JsonResponse, Refusal, Unauthenticated

TICKET_BYTES = 32
_LENGTH = len(secrets.token_urlsafe(TICKET_BYTES))


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who a ticket lets in, and for what: a trusted document with its variables."""

    identity: Identity
    document_id: str
    operation_name: str | None
    variables: dict[str, Any] | None

    @property
    def asked(self) -> Asked:
        """What is asked."""
        return Asked(None, self.document_id, self.operation_name, self.variables)


class Tickets:
    """Makes tickets and takes them."""

    def __init__(self, store: TicketStore, parts: WebParts) -> None:
        self._store = store
        self._parts = parts

    async def make(self, identity: Identity, asked: Asked) -> tuple[str, float]:
        """Answer a ticket, and how many seconds it waits for its use; raises Refusal."""
        if asked.document_id is None or asked.query is not None:
            message = "a ticket is for a trusted document: send its documentId and no query"
            raise Refusal(403, "TRUSTED_DOCUMENT_REQUIRED", message)
        self._parts.documents.find(None, asked.document_id, identity.principal.kind)
        admitted = Admitted(identity, asked.document_id, asked.operation_name, asked.variables)
        ticket, now = secrets.token_urlsafe(TICKET_BYTES), self._parts.clock.now()
        times = self._parts.events
        ends = identity.expires_at or datetime.max.replace(tzinfo=now.tzinfo)
        until = min(ends, now + timedelta(seconds=times.ticket_seconds))
        await self._store.keep(
            _digest(ticket), msgspec.json.encode(admitted), valid_until=until,
            resumable_until=min(ends, now + timedelta(seconds=times.ticket_resume_seconds)),
        )  # fmt: skip
        return ticket, (until - now).total_seconds()

    async def take(self, ticket: str, *, comes_back: bool) -> Admitted:
        """Answer whom a ticket lets in; raises Unauthenticated, or Refusal."""
        content = None
        if len(ticket) == _LENGTH and ticket.isascii():
            content = await self._store.use(_digest(ticket), comes_back=comes_back)
        if content is None:
            raise Unauthenticated("the ticket is not accepted; get a new one")
        admitted = msgspec.json.decode(content, type=Admitted)
        identity = self._parts.authenticator.recall(admitted.identity)
        return replace(admitted, identity=identity)


class TicketsEndpoint:
    """POST /graphql/tickets: a GraphQL request by its document's id, answered with a ticket."""

    def __init__(self, reception: Reception, tickets: Tickets) -> None:
        self._reception = reception
        self._tickets = tickets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Arrival(scope, receive)
        if request.method == "OPTIONS":
            response = self._reception.preflight(request)
        else:
            response = await self._reception.respond(request, self._make(request))
        await response(scope, receive, send)

    async def _make(self, request: Arrival) -> Response:
        if request.method != "POST":
            headers = {"Allow": "POST, OPTIONS"}
            raise Refusal(405, "METHOD_NOT_ALLOWED", "ask for a ticket by POST", headers)
        address = self._reception.meet(request)
        identity = await self._reception.identify(request)
        with self._reception.admission.admit(identity.principal, address):
            asked = await self._reception.read(request)
            ticket, seconds = await self._tickets.make(identity, asked)
        told = {"ticket": ticket, "expiresInSeconds": int(seconds)}
        return JsonResponse(orjson.dumps(told), 201, MediaType.JSON)


def ticket_of(arrived: Arrival) -> str | None:
    """Answer the ticket in a GET's address; raises Refusal where anything is beside it."""
    if arrived.method != "GET":
        return None
    told = QueryParams(arrived.scope["query_string"])
    if "ticket" in told and set(told) != {"ticket"}:
        raise Refusal(400, "BAD_REQUEST", "a ticket says all that is asked; send nothing beside it")
    return told.get("ticket")


def _digest(ticket: str) -> bytes:
    return sha256(ticket.encode()).digest()
