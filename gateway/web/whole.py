"""What is there whole: a body that has arrived, an answer or a part that goes out in one piece.

ASGI's messages, one for the head, one for each part of the body, cost more than most answers do. So
what needs none of their freedom is taken from uvicorn's cycle and given to it directly; whatever is
unusual, a server that is no uvicorn among it, goes by the messages.
"""

from asyncio import Event
from collections.abc import Callable
from functools import cached_property
from logging import getLogger
from typing import Any, cast

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from gateway.web.heads import SAFE_HEADERS, VARY, RawHeader
from gateway.web.negotiation import MediaType

CYCLE = "trama.cycle"
_START = b"HTTP/1.1 200 OK\r\n"
CONTENT_TYPES = {
    each: (b"content-type", f"{each.value}; charset=utf-8".encode()) for each in MediaType
}


class WholeCycle(RequestResponseCycle):
    """uvicorn's cycle of a request that is there whole: most of what it knows never changes."""

    logger = getLogger("uvicorn.error")
    access_log = False
    more_body = False
    disconnected = False
    keep_alive = True
    waiting_for_100_continue = False
    response_started = False
    response_complete = False
    chunked_encoding = None
    expected_content_length = 0
    _is_body_taken = False

    def __init__(
        self,
        scope: Any,
        body: Any,
        transport: Any,
        flow: FlowControl,
        default_headers: list[RawHeader],
        on_response: Callable[[], None],
    ) -> None:
        self.scope = scope
        self.body = body
        self.transport = transport
        self.flow = flow
        self.default_headers = default_headers
        self.on_response = on_response

    def _begin_to_wait(self) -> Event:
        """Answer what wakes whoever waits for the body, or for the end of the connection."""
        event = Event()
        if not self._is_body_taken:
            event.set()
        return event

    message_event = cast(Event, cached_property(_begin_to_wait))

    def take_body(self) -> bytes:
        """Answer the body that nobody has received yet."""
        body: Any = self.body
        self.body, self._is_body_taken = bytearray(), True
        return bytes(body)


def respect_others(scope: Scope, receive: Receive, send: Send) -> None:
    """Leave all to the messages where somebody stands between the server and the app."""
    cycle = scope.get(CYCLE)
    if cycle is not None and (receive != cycle.receive or send != cycle.send):
        del scope[CYCLE]


def body_of(scope: Scope) -> bytes | None:
    """Answer the request's body, once, or None where it has to be waited for."""
    cycle = scope.get(CYCLE)
    if type(cycle) is WholeCycle and not cycle.disconnected:
        return cycle.take_body()
    if (
        cycle is None
        or cycle.more_body
        or cycle.disconnected
        or cycle.waiting_for_100_continue
        or cycle.flow.read_paused
    ):
        return None
    body = bytes(cycle.body)
    cycle.body = bytearray()
    cycle.message_event.clear()
    return body


def write_json(scope: Scope, media: MediaType, request_id: str, body: bytes) -> bool:
    """Write an answer of status 200 with the usual headers; False where it has to be sent."""
    cycle = scope.get(CYCLE)
    if (
        cycle is None
        or cycle.disconnected
        or cycle.response_started
        or not cycle.keep_alive
        or cycle.flow.write_paused
        or scope["method"] == "HEAD"
    ):
        return False
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    head = _heads.of(media, cycle.default_headers)
    words = (head, len(body), request_id.encode(), body)
    cycle.transport.write(b"%bcontent-length: %d\r\nx-request-id: %b\r\n\r\n%b" % words)
    cycle.on_response()
    return True


def write_part(scope: Scope, part: bytes) -> bool:
    """Write a part of a body of unknown length that goes on; False where it has to be sent.

    Nothing is written for a peer that has not read what was written before.
    """
    cycle = scope.get(CYCLE)
    if (
        cycle is None
        or cycle.disconnected
        or cycle.response_complete
        or cycle.flow.write_paused
        or not cycle.chunked_encoding
    ):
        return False
    cycle.transport.write(b"%x\r\n%b\r\n" % (len(part), part))
    return True


class _Heads:
    """The heads of answers as far as they are alike; the server's own lines change each second."""

    def __init__(self) -> None:
        self._own: Any = None
        self._made: dict[MediaType, bytes] = {}

    def of(self, media: MediaType, own: list[RawHeader]) -> bytes:
        """Answer what comes before an answer's own lines."""
        if own is not self._own:
            self._own = own
            self._made = {each: _head(each, own) for each in MediaType}
        return self._made[media]


def _head(media: MediaType, own: list[RawHeader]) -> bytes:
    lines = [*own, CONTENT_TYPES[media], VARY, *SAFE_HEADERS.items()]
    return _START + b"".join(b"%b: %b\r\n" % line for line in lines)


_heads = _Heads()
