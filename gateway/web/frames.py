"""uvicorn's WebSocket, with bounds on what a peer may cost: memory, frames, and time."""

import asyncio
from struct import pack
from weakref import ref

from starlette.types import Scope
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame
from websockets.http11 import Request

from gateway.web.backpressure import StalledReader, bound_buffers

MOST_FRAGMENTS = 1_000
MOST_CONTROL_FRAMES = 100  # between two of our own pings
GOODBYE_SECONDS = 2.0
_LINE = "trama.line"
_WHOLE_TEXT = 0x81


class BoundedSocket(WebSocketsSansIOProtocol):
    """A socket whose peer is read from as fast as it reads, and is cut off where it does not.

    Whoever writes waits until the line is free, and so holds one message at most: `is_free` says
    whether what was written is on its way, or nobody is there to take it.
    """

    stalled_seconds = 60.0
    is_free = True
    _reader: StalledReader
    _control_frames = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._reader = StalledReader(self.transport, self.stalled_seconds)
        bound_buffers(self.transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._reader.end()
        super().connection_lost(exc)
        self.is_free = True

    def pause_writing(self) -> None:
        super().pause_writing()
        self.is_free = False
        self._reader.watch()

    def resume_writing(self) -> None:
        self._reader.end()
        self.is_free = True
        super().resume_writing()

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.handshake_complete:
            self.scope["state"][_LINE] = ref(self)

    async def until_free(self) -> None:
        """Wait until what was written is on its way, or the peer is gone."""
        await self.writable.wait()

    def say(self, text: bytes) -> None:
        """Write a message of UTF-8, past ASGI: nothing is asked and nobody waits.

        raises: ClientDisconnected.
        """
        if self.close_sent or self.disconnected or self.transport.is_closing():
            raise ClientDisconnected
        self.transport.write(_head(len(text)) + text)

    async def send(self, message: ASGISendEvent) -> None:
        await self.writable.wait()
        if self.close_sent:
            raise ClientDisconnected
        await super().send(message)
        if message["type"] == "websocket.accept":
            del self.request, self.response
        elif message["type"] == "websocket.close":
            self._abort_later()
        await self.writable.wait()

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text" and not _is_utf8(b"".join(self.frames)):
            self.frames = []
            self._fail(CloseCode.INVALID_DATA, "not UTF-8")
            return
        super().send_receive_event_to_app()

    def send_keepalive_ping(self) -> None:
        self._control_frames = 0
        super().send_keepalive_ping()

    def keepalive_timeout(self) -> None:
        """Cut a peer off that is not there, with no code: to clients 1011 means never to return."""
        if self.writable.is_set():
            self.transport.abort()
            return
        self.pong_timer = None  # our ping is still unread, behind answers: that is a slow reader
        self.schedule_ping()

    def handle_cont(self, event: Frame) -> None:
        if len(self.frames) >= MOST_FRAGMENTS:
            self._fail(CloseCode.MESSAGE_TOO_BIG, "too many fragments")
            return
        super().handle_cont(event)

    def handle_ping(self) -> None:
        if not self.writable.is_set():
            self.conn.data_to_send()  # a peer that does not read is owed no pong
        super().handle_ping()
        self._count_control_frame()

    def handle_pong(self, event: Frame) -> None:
        super().handle_pong(event)
        self._count_control_frame()

    def handle_close(self, event: Frame) -> None:
        super().handle_close(event)
        self._abort_later()

    def handle_parser_exception(self) -> None:
        """Say why, and read on for a while: a peer that still sends would lose the close frame."""
        if self.close_sent:
            return
        told = self.conn.close_sent
        assert told is not None
        self.stop_keepalive()
        self.queue.put_nowait(
            {"type": "websocket.disconnect", "code": told.code, "reason": told.reason}
        )
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._read_on()
        self._abort_later()

    def shutdown(self) -> None:
        if not self.handshake_complete or self.close_sent:
            super().shutdown()
            return
        self.stop_keepalive()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": CloseCode.SERVICE_RESTART})
        self.conn.send_close(CloseCode.SERVICE_RESTART)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self._read_on()
        self._abort_later()

    def _fail(self, code: CloseCode, reason: str) -> None:
        if not self.close_sent:
            self.conn.fail(code, reason)
            self.handle_parser_exception()

    def _count_control_frame(self) -> None:
        self._control_frames += 1
        if self._control_frames > MOST_CONTROL_FRAMES:
            self._fail(CloseCode.POLICY_VIOLATION, "too many pings")

    def _read_on(self) -> None:
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    def _abort_later(self) -> None:
        """Give the peer a moment to say goodbye; what it has not read by then is dropped."""
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(GOODBYE_SECONDS, self.transport.abort)


def line_of(scope: Scope) -> BoundedSocket:
    """Answer the socket below a connection; raises ClientDisconnected."""
    line: BoundedSocket | None = scope["state"][_LINE]()
    if line is None:
        raise ClientDisconnected
    return line


def _head(size: int) -> bytes:
    """Answer what goes before a whole text of so many bytes (RFC 6455, section 5.2)."""
    if size < 126:
        return pack("!BB", _WHOLE_TEXT, size)
    if size < 65_536:
        return pack("!BBH", _WHOLE_TEXT, 126, size)
    return pack("!BBQ", _WHOLE_TEXT, 127, size)


def bounded_socket(stalled_seconds: float) -> type[BoundedSocket]:
    """Answer the protocol whose peers may read nothing for so long."""
    return type("BoundedSocket", (BoundedSocket,), {"stalled_seconds": stalled_seconds})


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
