"""How often a caller may ask, and how much at a time; counted here, in bounded memory.

Each process counts by itself: behind several, a caller may have as much of each.
"""

import math
from collections import OrderedDict
from contextlib import AbstractContextManager
from functools import lru_cache
from ipaddress import IPv6Address

from gateway.model.principal import Principal, PrincipalKind
from gateway.model.time import Clock
from gateway.settings import CallerLimits, LimitsSettings
from gateway.web.client import read_address
from gateway.web.refusals import Refusal
from gateway.web.remembering import MOST_KEPT

MOST_COUNTED = 20_000
_SLACK_SECONDS = 1e-6  # what sums of fractions may be off by
SHARED_PREFIX = 64  # one household or host has a whole IPv6 network of this length


class Pace:
    """`burst` arrivals at once, `per_second` in the long run (GCRA).

    Who arrives has one moment, that at which its arrivals would be paid off.
    """

    def __init__(self, per_second: float, burst: int) -> None:
        self.is_bounded = per_second > 0
        self._interval = 1 / per_second if per_second else 0.0
        self._ahead = self._interval * (burst - 1)

    def wait(self, paid_at: float, now: float) -> float:
        """Answer the seconds until one may come again, 0 where it may come now."""
        wait = paid_at - self._ahead - now
        return wait if wait > _SLACK_SECONDS else 0.0

    def arrive(self, paid_at: float, now: float) -> float | None:
        """Answer the moment after an arrival that may come now, None where it may not."""
        if paid_at - self._ahead - now > _SLACK_SECONDS:
            return None
        return (paid_at if paid_at > now else now) + self._interval


class Rate:
    """Arrivals by key; of too many keys the one that came longest ago is forgotten."""

    def __init__(self, per_second: float, burst: int, most: int = MOST_COUNTED) -> None:
        self._pace = Pace(per_second, burst)
        self._most = most
        self._paid_at: OrderedDict[str, float] = OrderedDict()

    def arrive(self, key: str, now: float) -> float:
        """Count an arrival that may come now; answer the seconds until it may where it may not."""
        if not self._pace.is_bounded:
            return 0.0
        paid_at = self._paid_at.get(key, now)
        after = self._pace.arrive(paid_at, now)
        if after is None:
            return self._pace.wait(paid_at, now)
        self._paid_at[key] = after
        self._paid_at.move_to_end(key)
        if len(self._paid_at) > self._most:
            self._paid_at.popitem(last=False)
        return 0.0


class Admission:
    """Who may come in now."""

    def __init__(self, limits: LimitsSettings, clock: Clock) -> None:
        self._clock = clock
        self._limits = {kind: limits.of(kind.value.lower()) for kind in PrincipalKind}
        self._rates = {
            kind: Rate(told.requests_per_second, told.burst) for kind, told in self._limits.items()
        }
        self._addresses = Rate(limits.address.requests_per_second, limits.address.burst)
        self._under_way: dict[str, int] = {}

    def meet(self, address: str, now: float | None = None) -> None:
        """Count a request before its credential is looked at; raises Refusal."""
        now = self._clock.monotonic() if now is None else now
        wait = self._addresses.arrive(_network_of(address), now)
        if wait:
            raise _too_often(wait, "this address")

    def admit(self, principal: Principal, address: str) -> AbstractContextManager[None]:
        """Let a caller in for as long as its request is under way; entering raises Refusal."""
        return _UnderWay(self, principal, address)

    def enter(self, principal: Principal, address: str) -> str:
        """Count a caller in, and answer what it is counted by until it leaves; raises Refusal."""
        kind, key = principal.kind, caller_key(principal, address)
        limits = self._limits[kind]
        wait = self._rates[kind].arrive(key, self._clock.monotonic())
        if wait:
            raise _too_often(wait, "this caller")
        under_way = self._under_way.get(key, 0)
        if under_way >= limits.concurrency:
            raise _too_many_at_once(limits)
        self._under_way[key] = under_way + 1
        return key

    def leave(self, key: str) -> None:
        """Count a caller out, who was counted in."""
        left = self._under_way[key] - 1
        if left:
            self._under_way[key] = left
        else:
            del self._under_way[key]


class _UnderWay(AbstractContextManager[None]):
    """One request's stay."""

    def __init__(self, admission: Admission, principal: Principal, address: str) -> None:
        self._admission = admission
        self._principal = principal
        self._address = address

    def __enter__(self) -> None:
        self._key = self._admission.enter(self._principal, self._address)

    def __exit__(self, *ended: object) -> None:
        self._admission.leave(self._key)


def caller_key(principal: Principal, address: str) -> str:
    """Answer what is counted: a storefront's key is every shopper's, so the address with it."""
    if principal.kind is PrincipalKind.STOREFRONT:
        return f"{principal.id} {_network_of(address)}"
    return principal.id


@lru_cache(MOST_KEPT)
def _network_of(address: str) -> str:
    """Answer the address, of IPv6 only what one host cannot choose by itself."""
    told = read_address(address)
    if not isinstance(told, IPv6Address):
        return address
    if told.ipv4_mapped is not None:
        return str(told.ipv4_mapped)
    return f"{int(told) >> (128 - SHARED_PREFIX):x}::"


def _too_often(wait: float, whose: str) -> Refusal:
    seconds = math.ceil(wait)
    message = f"too many requests of {whose}; come again in {seconds} s"
    return Refusal(429, "RATE_LIMITED", message, {"Retry-After": str(seconds)})


def _too_many_at_once(limits: CallerLimits) -> Refusal:
    message = f"{limits.concurrency} requests are under way already; wait for their answers"
    return Refusal(429, "TOO_MANY_AT_ONCE", message, {"Retry-After": "1"})
