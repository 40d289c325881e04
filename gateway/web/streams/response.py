"""A response that goes on for as long as both want it to."""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.model.time import Clock
from gateway.web.observation import observation_of
from gateway.web.parts import Live, Told
from gateway.web.protocol import begin_stream
from gateway.web.refusals import error_body
from gateway.web.streams.framing import Framing
from gateway.web.whole import write_part

# Proxies of nginx's kind pass on what comes as it comes.
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_EXPIRED = error_body("the credential has ended; come again with a new one", code="UNAUTHENTICATED")


class End(StrEnum):
    """Why a stream ends: the caller left, its credential ended, the server or the answers do."""

    LEFT = "LEFT"
    EXPIRED = "EXPIRED"
    SERVER = "SERVER"
    ANSWERS = "ANSWERS"


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a stream may be silent, and when its caller's credential ends."""

    clock: Clock
    heartbeat_seconds: float
    expires_at: datetime | None = None

    def has_expired(self) -> bool:
        """Answer whether the credential has ended."""
        return self.expires_at is not None and self.clock.now() >= self.expires_at

    def wait_seconds(self) -> float:
        """Answer how long nothing need be done."""
        if self.expires_at is None:
            return self.heartbeat_seconds
        left = (self.expires_at - self.clock.now()).total_seconds()
        return min(self.heartbeat_seconds, max(left, 0.0))


class StreamResponse(Response):
    """Writes a subscription's answers as they come; at most one waits while the caller reads.

    Where the caller has read all that was written, an answer is written as soon as it is made, and
    nobody is woken for it. The server's own end is not told: a stream that breaks off is one to
    come back to.
    """

    def __init__(self, live: Live, framing: Framing, pace: Pace, place: ExitStack) -> None:
        self.status_code = 200
        self.background = None
        self.init_headers({**STREAM_HEADERS, "Content-Type": framing.media_type})
        self._live = live
        self._framing = framing
        self._pace = pace
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        ending = begin_stream(scope)
        with self._place:
            try:
                await send(start)
                await _write(send, self._framing.opening)
                self._live.hand_to(lambda answer: self._offer(scope, answer, ending))
                end = await self._run(send, ending)
                observed = observation_of(scope)
                observed.ended, observed.has_errors = end.value, end is End.ANSWERS
                await _write(send, self._last(end), more=False)
            finally:
                await self._live.aclose()

    async def _run(self, send: Send, ending: "asyncio.Future[bool]") -> End:
        reading = asyncio.create_task(self._read(send, ending))
        try:
            return await self._watch(send, reading, ending)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _watch(
        self, send: Send, reading: "asyncio.Task[None]", ending: "asyncio.Future[bool]"
    ) -> End:
        """Answer why it ends; until then keep it alive."""
        waits: set[asyncio.Future[Any]] = {reading, ending}
        while True:
            seconds = self._pace.wait_seconds()
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if ending.done():
                return End.SERVER if ending.result() else End.LEFT
            if self._pace.has_expired():
                return End.EXPIRED
            if reading.done():
                reading.result()
                return End.ANSWERS
            await self._beat(send)

    async def _read(self, send: Send, ending: "asyncio.Future[bool]") -> None:
        async for answer in self._live:
            if self._is_over(ending):
                return
            await _write(send, self._framing.answer(answer))

    def _offer(self, scope: Scope, answer: Told, ending: "asyncio.Future[bool]") -> bool:
        """Write an answer if the caller has read those before; answer whether it was."""
        return not self._is_over(ending) and write_part(scope, self._framing.answer(answer))

    def _is_over(self, ending: "asyncio.Future[bool]") -> bool:
        return ending.done() or self._pace.has_expired()

    async def _beat(self, send: Send) -> None:
        """Write a heartbeat, unless the caller does not read anyway."""
        try:
            async with asyncio.timeout(self._pace.heartbeat_seconds):
                await _write(send, self._framing.heartbeat)
        except TimeoutError:
            return

    def _last(self, end: End) -> bytes:
        if end in (End.SERVER, End.LEFT):
            return b""
        fault = self._framing.fault(_EXPIRED) if end is End.EXPIRED else b""
        return fault + self._framing.ending


async def _write(send: Send, body: bytes, *, more: bool = True) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})
