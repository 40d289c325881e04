"""uvicorn's HTTP/1.1, with bounds on a request's head and on the time that a reader may stall."""

import asyncio
from typing import Any, cast
from weakref import ref

from starlette.types import Scope
from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gateway.web.again import KnownHeads
from gateway.web.backpressure import StalledReader, bound_buffers
from gateway.web.beginning import Beginning
from gateway.web.whole import CYCLE, WholeCycle

LARGEST_HEAD_BYTES = 65_536
GOODBYE_SECONDS = 5.0
_PROTOCOL = "trama.protocol"


def begin_stream(scope: Scope) -> "asyncio.Future[bool]":
    """Let a connection keep little unread; answer what is done once its stream has to end.

    The result says whether there is still a peer: it is the server that ends.
    """
    told = scope.get("state", {}).get(_PROTOCOL)
    protocol = told() if isinstance(told, ref) else None
    if isinstance(protocol, BoundedHttp):
        return protocol.begin_stream()
    ending = asyncio.get_running_loop().create_future()
    if told is not None:
        ending.set_result(False)
    return ending


class BoundedHttp(HttpToolsProtocol):
    """Closes a connection whose head is too large, or not there within the keep-alive time.

    A peer that takes nothing of what is written for it for `stalled_seconds` is cut off.
    """

    beginning: Beginning
    stalled_seconds = 60.0
    _alarm: asyncio.TimerHandle | None = None
    _reader: StalledReader
    _ending: "asyncio.Future[bool] | None" = None
    _is_over = False
    _head_bytes = 0
    _is_head_open = False
    _is_between = True  # no part of a request is with the parser
    _known: KnownHeads
    _answered_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast(asyncio.Transport, transport))
        self._reader = StalledReader(self.transport, self.stalled_seconds)
        # Weak, so that a connection is freed once it is gone: its requests hold it no longer.
        self._known_as = ref(self)
        self._known = KnownHeads()
        self._set_alarm()

    def begin_stream(self) -> "asyncio.Future[bool]":
        """Keep little unread from now on; answer what is done once the stream has to end."""
        bound_buffers(self.transport)
        self._ending = self.loop.create_future()
        if self._is_over:
            self._end_stream(has_peer=not self.transport.is_closing())
        return self._ending

    def shutdown(self) -> None:
        super().shutdown()
        if self._ending is not None and not self._ending.done():
            # What the peer has not read is in the log: it is not waited for.
            seconds = 0 if self.flow.write_paused else GOODBYE_SECONDS
            self.loop.call_later(seconds, self.transport.abort)
        self._end_stream(has_peer=True)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._reader.watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._reader.end()

    def data_received(self, data: bytes) -> None:
        is_between = self._is_between and (self.cycle is None or self.cycle.response_complete)
        known = self._known.find(data) if is_between else None
        if known is not None:
            self._begin_again(known[0], known[1])
            return
        super().data_received(data)
        if is_between and self._is_between and self.cycle is not None and self.cycle.keep_alive:
            self._known.keep(data, cast(Scope, self.scope))
        if self._is_head_open and self._alarm is None:
            self._set_alarm()
        if self._alarm is not None:
            self._head_bytes += len(data)
            if self._head_bytes > LARGEST_HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The request's head is too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"][_PROTOCOL] = self._known_as
        self._end_alarm()
        self._head_bytes, self._is_head_open, self._is_between = 0, True, False

    def on_headers_complete(self) -> None:
        self._is_head_open = False
        self._end_alarm()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._is_between = True

    def handle_websocket_upgrade(self) -> None:
        super().handle_websocket_upgrade()
        del self.parser  # it holds this, and neither hears of the connection any more

    def _begin_again(self, known: dict[str, Any], body: bytes) -> None:
        """Begin a request that is there whole, without the parser: its head was read before."""
        scope, state = known.copy(), self.app_state.copy()
        scope["state"], state[_PROTOCOL] = state, self._known_as
        self.cycle = cycle = WholeCycle(
            scope, body, self.transport, self.flow, self.server_state.default_headers,
            self._end_again,
        )  # fmt: skip
        scope[CYCLE] = cycle
        task = self.beginning.begin(cycle.run_asgi(self.app))
        if task is not None:
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    def _end_again(self) -> None:
        """Wait for the next request: the alarm that is set already looks at when this one ended."""
        self._answered_at = self.loop.time()
        if self.timeout_keep_alive_task is None or self.pipeline or self.flow.read_paused:
            self.on_response_complete()
        else:
            self.server_state.total_requests += 1

    def timeout_keep_alive_handler(self) -> None:
        self.timeout_keep_alive_task = None
        left = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if not self.cycle.response_complete:
            return  # set again at its end
        if left <= 0:
            super().timeout_keep_alive_handler()
        else:
            again = self.timeout_keep_alive_handler
            self.timeout_keep_alive_task = self.loop.call_later(left, again)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        cast(Scope, cycle.scope)[CYCLE] = cycle
        super()._start_asgi_task(cycle, app)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_alarm()
        self._reader.end()
        self._end_stream(has_peer=False)
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def _set_alarm(self) -> None:
        self._alarm = self.loop.call_later(self.timeout_keep_alive, self.transport.close)

    def _end_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _end_stream(self, *, has_peer: bool) -> None:
        self._is_over = True
        if self._ending is not None and not self._ending.done():
            self._ending.set_result(has_peer)


def bounded_http(stalled_seconds: float, beginning: Beginning) -> type[BoundedHttp]:
    """Answer the protocol whose peers may read nothing for so long."""
    told = {"stalled_seconds": stalled_seconds, "beginning": beginning}
    return type("BoundedHttp", (BoundedHttp,), told)
