"""Who comes in, and from where: how every request that has a credential begins."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager

from starlette.requests import Request
from starlette.responses import Response

from gateway.model.principal import Principal
from gateway.web.asking import Asked, check_content_type, request_of_body
from gateway.web.body import read_body
from gateway.web.client import Addresses, headers_of
from gateway.web.limits import Admission
from gateway.web.negotiation import MediaType
from gateway.web.observation import observation_of
from gateway.web.origins import Origins
from gateway.web.parts import Identity, WebParts
from gateway.web.refusals import Refusal, refusal_response


class Reception:
    """One for all that is asked by requests, so that callers are counted whatever they ask."""

    def __init__(self, parts: WebParts, admission: Admission) -> None:
        server = parts.server
        self._parts = parts
        self._origins = Origins(
            server.public_url, server.allowed_origins, parts.authenticator.known_origins
        )
        self._admission = admission
        self._addresses = Addresses(server.trusted_proxies)

    async def respond(
        self,
        request: Request,
        answer: Callable[[Request], Awaitable[Response]],
        media: MediaType = MediaType.JSON,
    ) -> Response:
        """Answer a request, or why it is refused, so that the page that asked may read it."""
        if request.method == "OPTIONS":
            return self._origins.preflight(request.headers)
        try:
            response = await answer(request)
        except Refusal as refusal:
            observation_of(request.scope).code = refusal.code
            response = refusal_response(refusal, media)
        self._origins.decorate(request.headers, response)
        return response

    def meet(self, request: Request) -> str:
        """Answer the client's address, once it is counted; raises Refusal."""
        address = self._addresses.of(request)
        self._admission.meet(address)
        return address

    async def identify(self, request: Request) -> Identity:
        """Answer whose request this is, by its credential; raises Refusal."""
        return self.know(request, await self._parts.authenticator.identify(headers_of(request)))

    def know(self, request: Request, identity: Identity) -> Identity:
        """Note whose request this is; raises Refusal for a page of a site that may not ask so."""
        observation_of(request.scope).principal = identity.principal
        self._origins.admit(request.headers, identity)
        return identity

    def admit(self, principal: Principal, address: str) -> AbstractContextManager[None]:
        """Let a caller in for as long as its request is under way; raises Refusal."""
        return self._admission.admit(principal, address)

    async def read(self, request: Request) -> Asked:
        """Answer what the body of a POST asks; raises Refusal."""
        server, limits = self._parts.server, self._parts.limits.variables
        check_content_type(
            request.headers.getlist("content-type"), request.headers.getlist("content-encoding")
        )
        body = await read_body(request, server.max_body_bytes, server.body_timeout_seconds)
        return request_of_body(body, limits)
