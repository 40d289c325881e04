"""Opens what was asked for as a stream: a subscription's answers, or the one answer of the rest."""

from contextlib import ExitStack

from starlette.responses import Response

from gateway.model.principal import Principal
from gateway.web.negotiation import StreamType
from gateway.web.parts import Identity, Live, LiveAnswer, WebParts
from gateway.web.refusals import Refusal
from gateway.web.streams.events import EVENTS
from gateway.web.streams.multipart import PARTS
from gateway.web.streams.response import STREAM_HEADERS, Pace, StreamResponse
from gateway.web.subscribers import Transport

_WAYS = {
    StreamType.EVENTS: (EVENTS, Transport.EVENT_STREAM),
    StreamType.PARTS: (PARTS, Transport.MULTIPART),
}


class Streams:
    """Every stream has a place among what is open, from here until it ends."""

    def __init__(self, parts: WebParts) -> None:
        self._clock = parts.clock
        self._subscribers = parts.subscribers
        self._heartbeat_seconds = parts.limits.live.ping_seconds

    async def open(
        self, live: Live, stream: StreamType, identity: Identity, address: str
    ) -> Response:
        """Answer the stream; raises Refusal where the caller, or everybody, has too many."""
        framing, transport = _WAYS[stream]
        try:
            place = self._place(transport, identity.principal, address)
        except Refusal:
            await live.aclose()
            raise
        pace = Pace(self._clock, self._heartbeat_seconds, identity.expires_at)
        return StreamResponse(live, framing, pace, place)

    def _place(self, transport: Transport, principal: Principal, address: str) -> ExitStack:
        with ExitStack() as place:
            seat = place.enter_context(self._subscribers.seat(transport))
            seat.assign(principal, address)
            seat.subscribe()
            return place.pop_all()


def single(body: bytes, stream: StreamType) -> Response:
    """Answer a stream of one answer, which is there already."""
    framing, _ = _WAYS[stream]
    content = framing.opening + framing.answer(LiveAnswer(body)) + framing.ending
    return Response(content, 200, {**STREAM_HEADERS, "Content-Type": framing.media_type})
