"""What is open now, and how much more may be: connections that stay, and their subscriptions.

Each process counts by itself, as it does requests (`limits`).
"""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType

from gateway.model.principal import Principal, PrincipalKind
from gateway.settings import CallerLimits, LimitsSettings
from gateway.web.limits import caller_key
from gateway.web.refusals import Refusal

COME_AGAIN_SECONDS = 10


class Transport(StrEnum):
    """What a connection that stays open speaks."""

    WEBSOCKET = "WEBSOCKET"
    EVENT_STREAM = "EVENT_STREAM"
    MULTIPART = "MULTIPART"


@dataclass(slots=True)
class _Caller:
    """What one caller has open."""

    key: str
    kind: PrincipalKind
    connections: int = 0
    subscriptions: int = 0


class Subscribers:
    """Everybody who has something open in this process.

    `connections` and `subscriptions` are how many there are, by transport and by kind of caller.
    """

    def __init__(self, limits: LimitsSettings) -> None:
        self._limits = limits
        self._callers: dict[str, _Caller] = {}
        self.connections: Counter[Transport] = Counter()
        self.subscriptions: Counter[tuple[Transport, PrincipalKind]] = Counter()
        self._connections_in_all = self._subscriptions_in_all = 0

    def seat(self, transport: Transport) -> "Seat":
        """Answer a connection's place, its caller still unknown; raises Refusal."""
        most = self._limits.live.max_connections
        if self._connections_in_all >= most:
            raise _full("TOO_MANY_CONNECTIONS", f"the gateway has {most} connections open", 503)
        self._connections_in_all += 1
        self.connections[transport] += 1
        return Seat(self, transport)

    def assign(self, principal: Principal, address: str) -> _Caller:
        """Count a connection of this caller's; raises Refusal."""
        key, most = caller_key(principal, address), self._of(principal.kind).connections
        caller = self._callers.get(key) or _Caller(key, principal.kind)
        if caller.connections >= most:
            raise _full("TOO_MANY_CONNECTIONS", f"this caller has {most} connections open")
        caller.connections += 1
        self._callers[key] = caller
        return caller

    def subscribe(self, transport: Transport, caller: _Caller) -> None:
        """Count a subscription; raises Refusal."""
        mine, all_of_them = self._of(caller.kind).subscriptions, self._limits.live.max_subscriptions
        if caller.subscriptions >= mine:
            raise _full("TOO_MANY_SUBSCRIPTIONS", f"this caller has {mine} subscriptions open")
        if self._subscriptions_in_all >= all_of_them:
            message = f"the gateway has {all_of_them} subscriptions open"
            raise _full("TOO_MANY_SUBSCRIPTIONS", message, 503)
        caller.subscriptions += 1
        self._subscriptions_in_all += 1
        self.subscriptions[transport, caller.kind] += 1

    def unsubscribe(self, transport: Transport, caller: _Caller) -> None:
        """Give up a subscription."""
        caller.subscriptions -= 1
        self._subscriptions_in_all -= 1
        self.subscriptions[transport, caller.kind] -= 1

    def leave(self, transport: Transport, caller: _Caller | None) -> None:
        """Give up a connection."""
        self._connections_in_all -= 1
        self.connections[transport] -= 1
        if caller is not None:
            caller.connections -= 1
            if not caller.connections:
                del self._callers[caller.key]

    def _of(self, kind: PrincipalKind) -> CallerLimits:
        return self._limits.of(kind.value.lower())


class Seat:
    """One connection's place: its caller once it is known, and the subscriptions on it."""

    __slots__ = ("_caller", "_subscribers", "_subscriptions", "_transport")

    def __init__(self, subscribers: Subscribers, transport: Transport) -> None:
        self._subscribers = subscribers
        self._transport = transport
        self._caller: _Caller | None = None
        self._subscriptions = 0

    def assign(self, principal: Principal, address: str) -> None:
        """Say once whose connection it is; raises Refusal where it has as many as it may."""
        self._caller = self._subscribers.assign(principal, address)

    def subscribe(self) -> None:
        """Count a subscription of the caller's; raises Refusal (TOO_MANY_SUBSCRIPTIONS)."""
        assert self._caller is not None
        self._subscribers.subscribe(self._transport, self._caller)
        self._subscriptions += 1

    def unsubscribe(self) -> None:
        """Give up a subscription."""
        assert self._caller is not None
        self._subscribers.unsubscribe(self._transport, self._caller)
        self._subscriptions -= 1

    def __enter__(self) -> "Seat":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave, with whatever is open here."""
        while self._subscriptions:
            self.unsubscribe()
        self._subscribers.leave(self._transport, self._caller)


def _full(code: str, why: str, status: int = 429) -> Refusal:
    message = f"{why} already; close one, or come again later"
    return Refusal(status, code, message, {"Retry-After": str(COME_AGAIN_SECONDS)})
