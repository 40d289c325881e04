"""One socket after the upgrade: `graphql-transport-ws`, message by message."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.types import Message, Receive, Scope

from gateway.web.closing import CloseCode, PeerGone, SocketClosed
from gateway.web.frames import BoundedSocket
from gateway.web.heads import heads_of
from gateway.web.limits import Pace
from gateway.web.messages import (
    ACK,
    Complete,
    Init,
    Ping,
    Pong,
    Subscribe,
    pong_text,
    read_message,
)
from gateway.web.operations import Caller, Operations
from gateway.web.origins import Origins
from gateway.web.parts import Identity, WebParts
from gateway.web.presented import presented_of
from gateway.web.refusals import Refusal
from gateway.web.subscribers import Seat


@dataclass(frozen=True, slots=True)
class Floor:
    """What every socket stands on."""

    parts: WebParts
    operations: Operations
    origins: Origins
    pace: Pace


class Connection:
    """Reads what a peer says, in one task, and has one more for each operation that is open."""

    __slots__ = (
        "_address", "_floor", "_line", "_open", "_paid_at", "_request_id", "_scope", "_seat",
        "_timeout", "caller", "messages_in", "messages_out", "operations",
    )  # fmt: skip
    _timeout: asyncio.Timeout

    def __init__(
        self, floor: Floor, scope: Scope, line: BoundedSocket, seat: Seat, address: str,
        request_id: str,
    ) -> None:  # fmt: skip
        self._floor = floor
        self._scope = scope
        self._line = line
        self._seat = seat
        self._address = address
        self._request_id = request_id
        self._open: dict[str, asyncio.Task[None]] = {}
        self._paid_at = 0.0
        self.caller: Caller | None = None
        self.messages_in = self.messages_out = self.operations = 0

    async def run(self, receive: Receive) -> int:
        """Answer the code by which the peer ended it; raises SocketClosed or PeerGone.

        Whatever was open is closed by then.
        """
        try:
            async with asyncio.timeout(self._floor.parts.limits.live.init_seconds) as timeout:
                self._timeout = timeout
                return await self._read(receive)
        except TimeoutError:
            if not timeout.expired():
                raise
            if self.caller is None:
                raise SocketClosed(
                    CloseCode.INIT_TIMEOUT, "Connection initialisation timeout"
                ) from None
            raise SocketClosed(CloseCode.FORBIDDEN, "the token has ended") from None
        finally:
            await self._close_all()

    async def tell(self, text: bytes) -> None:
        """Send a message; raises PeerGone. It ends once the message is on its way."""
        line = self._line
        while not line.is_free:
            await line.until_free()
        try:
            line.say(text)
        except OSError:
            raise PeerGone from None
        self.messages_out += 1
        if not line.is_free:
            await line.until_free()

    def offer(self, text: bytes) -> bool:
        """Send a message if none is on its way yet; answer whether it was."""
        line = self._line
        if not line.is_free:
            return False
        try:
            line.say(text)
        except OSError:
            return False
        self.messages_out += 1
        return True

    async def _read(self, receive: Receive) -> int:
        while True:
            event = await receive()
            if event["type"] == "websocket.disconnect":
                code: int = event.get("code") or 1005
                return code
            await self._take(event)
            await self._line.until_free()  # nothing more from a peer that does not read

    async def _take(self, event: Message) -> None:
        self.messages_in += 1
        self._check_pace()
        message = read_message(event.get("text"), self._floor.parts.limits.variables)
        match message:
            case Init():
                await self._begin(message.credentials)
            case Ping():
                await self.tell(pong_text(message.payload))
            case Pong():
                return
            case Complete():
                await self._complete(message.id)
            case Subscribe():
                self._subscribe(message)

    def _check_pace(self) -> None:
        now, pace = self._floor.parts.clock.monotonic(), self._floor.pace
        paid_at = pace.arrive(self._paid_at, now)
        if paid_at is None:
            raise SocketClosed(CloseCode.TOO_MANY_REQUESTS, "Too many messages")
        self._paid_at = paid_at

    async def _begin(self, credentials: Mapping[str, Sequence[str]]) -> None:
        if self.caller is not None:
            raise SocketClosed(CloseCode.TOO_MANY_REQUESTS, "Too many initialisation requests")
        try:
            identity = await self._identify(credentials)
            self._seat.assign(identity.principal, self._address)
        except Refusal as refusal:
            is_later = refusal.status in (429, 503)
            code = CloseCode.TRY_AGAIN_LATER if is_later else CloseCode.FORBIDDEN
            raise SocketClosed(code, refusal.message) from None
        self.caller = Caller(identity.principal, self._address, self._request_id, self._seat)
        self._timeout.reschedule(self._end_of(identity.expires_at))
        await self.tell(ACK)

    async def _identify(self, credentials: Mapping[str, Sequence[str]]) -> Identity:
        """Answer whose credential it is, in the message or in the upgrade's headers."""
        heads = heads_of(self._scope)
        both = {
            name: [*told, *credentials.get(name, ())] for name, told in heads.credentials().items()
        }
        identity = await self._floor.parts.authenticator.identify(presented_of(both))
        self._floor.origins.admit(heads, identity)
        return identity

    def _end_of(self, expires_at: datetime | None) -> float | None:
        """Answer when the socket ends with its token, by the loop's clock."""
        if expires_at is None:
            return None
        left = (expires_at - self._floor.parts.clock.now()).total_seconds()
        return asyncio.get_running_loop().time() + left

    def _subscribe(self, message: Subscribe) -> None:
        if self.caller is None:
            raise SocketClosed(CloseCode.UNAUTHORIZED, "Unauthorized")
        if message.id in self._open:
            reason = f"Subscriber for {message.id} already exists"
            raise SocketClosed(CloseCode.SUBSCRIBER_EXISTS, reason)
        self.operations += 1
        self._open[message.id] = asyncio.create_task(self._answer(message, self.caller))

    async def _answer(self, message: Subscribe, caller: Caller) -> None:
        try:
            await self._floor.operations.answer(message, caller, self)
        except PeerGone:
            return
        finally:
            self._open.pop(message.id, None)

    async def _complete(self, operation_id: str) -> None:
        task = self._open.get(operation_id)
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
            self._open.pop(operation_id, None)  # a task that had not begun did not do so itself

    async def _close_all(self) -> None:
        tasks = list(self._open.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
