"""Who comes in, and from where: how every request that has a credential begins."""

from collections.abc import Awaitable

from starlette.responses import Response

from gateway.web.arrival import Arrival
from gateway.web.asking import Asked, check_content_type, request_of_body
from gateway.web.body import read_body, whole_body
from gateway.web.client import Addresses
from gateway.web.limits import Admission
from gateway.web.negotiation import MediaType
from gateway.web.origins import Origins
from gateway.web.parts import Identity, WebParts
from gateway.web.presented import presented_in
from gateway.web.refusals import Refusal, refusal_response


class Reception:
    """One for all that is asked by requests, so that callers are counted whatever they ask.

    `admission` lets a caller in for as long as its request is under way.
    """

    def __init__(self, parts: WebParts, admission: Admission) -> None:
        server = parts.server
        self._most_bytes, self._seconds = server.max_body_bytes, server.body_timeout_seconds
        self._variables = parts.limits.variables
        self._parts = parts
        self._origins = Origins(
            server.public_url, server.allowed_origins, parts.authenticator.known_origins
        )
        self.admission = admission
        self._addresses = Addresses(server.trusted_proxies)

    def preflight(self, request: Arrival) -> Response:
        """Answer an OPTIONS request: what pages may send."""
        return self._origins.preflight(request.heads)

    async def respond(
        self, request: Arrival, answer: Awaitable[Response], media: MediaType | None = None
    ) -> Response:
        """Answer a request, or why it is refused, so that the page that asked may read it."""
        try:
            response = await answer
        except Refusal as refusal:
            request.observation.code = refusal.code
            response = refusal_response(refusal, media or MediaType.JSON)
        self._origins.decorate(request.heads, response)
        return response

    def meet(self, request: Arrival) -> str:
        """Answer the client's address, once it is counted; raises Refusal."""
        address = self._addresses.of(request.scope, request.heads)
        self.admission.meet(address, request.observation.started_at)
        return address

    async def identify(self, request: Arrival) -> Identity:
        """Answer whose request this is, by its credential; raises Refusal."""
        presented = presented_in(request.heads)
        return self.know(request, await self._parts.authenticator.identify(presented))

    def know(self, request: Arrival, identity: Identity) -> Identity:
        """Note whose request this is; raises Refusal for a page of a site that may not ask so."""
        request.observation.principal = identity.principal
        self._origins.admit(request.heads, identity)
        return identity

    async def read(self, request: Arrival) -> Asked:
        """Answer what the body of a POST asks; raises Refusal."""
        scope, heads = request.scope, request.heads
        if not request.manners.has_json:
            check_content_type(heads.all(b"content-type"), heads.all(b"content-encoding"))
        body = whole_body(scope, self._most_bytes)
        if body is None:
            body = await read_body(scope, request.receive, self._most_bytes, self._seconds)
        return request_of_body(body, self._variables)
