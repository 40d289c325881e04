"""uvicorn's HTTP/1.1, with bounds on a request's head: its size, and the time it may take."""

import asyncio
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD_BYTES = 65_536


class BoundedHttp(HttpToolsProtocol):
    """Closes a connection whose head is too large, or not there within the keep-alive time."""

    _alarm: asyncio.TimerHandle | None = None
    _head_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast(asyncio.Transport, transport))
        self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._alarm is not None:
            self._head_bytes += len(data)
            if self._head_bytes > LARGEST_HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The request's head is too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        self._end_alarm()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_alarm()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._end_alarm()
        self._head_bytes = 0
        self._alarm = self.loop.call_later(self.timeout_keep_alive, self.transport.close)

    def _end_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
