"""Takes vendors' pushes: raw bytes and headers, acknowledged once they are durable."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.web.body import read_body
from gateway.web.heads import heads_of
from gateway.web.negotiation import MediaType
from gateway.web.parts import HookDelivery, HookOutcome, HookVerdict, WebParts
from gateway.web.refusals import JsonResponse, Refusal, refusal_response

_STORED = b'{"status":"stored"}'


class Hooks:
    """POST /hooks/{source}; the delivery's own signature is its credential."""

    def __init__(self, parts: WebParts) -> None:
        self._parts = parts
        self._base = parts.webhook_public_url or parts.server.public_url

    async def take(self, request: Request) -> Response:
        """Answer what became of the delivery."""
        try:
            outcome = await self._parts.take_delivery(await self._delivery(request))
            return _response_of(outcome)
        except Refusal as refusal:
            return refusal_response(refusal)

    async def _delivery(self, request: Request) -> HookDelivery:
        server = self._parts.server
        received_at = self._parts.clock.now()
        most, seconds = server.max_delivery_bytes, server.body_timeout_seconds
        body = await read_body(request.scope, request.receive, most, seconds)
        told = heads_of(request.scope).whole()
        headers = {name: ", ".join(values) for name, values in told.items()}
        source_id = request.path_params["source"]
        return HookDelivery(source_id, headers, body, self._url(request), received_at)

    def _url(self, request: Request) -> str:
        """Answer the address as the vendor knows it, which some vendors sign."""
        base = self._base or f"{request.url.scheme}://{request.headers.get('host', '')}"
        query = request.scope["query_string"].decode("latin-1")
        path = request.scope["raw_path"].decode("latin-1")
        return f"{base}{path}?{query}" if query else f"{base}{path}"


def _response_of(outcome: HookOutcome) -> Response:
    match outcome.verdict:
        case HookVerdict.STORED | HookVerdict.DUPLICATE:
            return JsonResponse(outcome.answer or _STORED, 200, MediaType.JSON)
        case HookVerdict.REFUSED:
            raise Refusal(401, "DELIVERY_REFUSED", "the delivery's signature is not accepted")
        case HookVerdict.UNKNOWN_SOURCE:
            raise Refusal(404, "NOT_FOUND", "there is no such source")
        case HookVerdict.UNAVAILABLE:
            message = "the delivery could not be stored; send it again"
            raise Refusal(503, "UNAVAILABLE", message, {"Retry-After": "30"})
