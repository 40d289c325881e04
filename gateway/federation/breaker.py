"""Leaves a failing source alone, and says how it fares."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from gateway.connect.errors import CredentialError, SourceError, Throttled, Transient
from gateway.federation.errors import CircuitOpen
from gateway.model.time import Clock

T = TypeVar("T")
FAILURES_TO_OPEN = 5
OPEN_SECONDS = 10.0
LONGEST_OPEN_SECONDS = 300.0
PAUSE_SECONDS = 60.0


class HealthState(StrEnum):
    """How a source fares."""

    UP = "UP"
    DEGRADED = "DEGRADED"
    DOWN = "DOWN"
    PAUSED = "PAUSED"


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source fares, since when, and why."""

    state: HealthState
    since: datetime
    reason: str | None


OnChange = Callable[[SourceHealth, SourceHealth], None]


class Breaker:
    """Counts what goes wrong with one source, and opens when it is too much.

    Transient failures in a row open it; after a while one call is let through as a probe, whose
    success closes it. A throttle opens it for the time that the vendor named; refused credentials
    until a probe succeeds. What is wrong with one request or record does not count.
    """

    def __init__(self, clock: Clock, on_change: OnChange | None = None) -> None:
        self._clock = clock
        self._on_change = on_change
        self._failures = 0
        self._open_until = 0.0
        self._open_seconds = OPEN_SECONDS
        self._cause: SourceError | None = None
        self._is_probing = False
        self.health = SourceHealth(HealthState.UP, clock.now(), None)

    def admit(self) -> bool:
        """Let a call through, and answer whether it is the probe; raises CircuitOpen."""
        if self._cause is None:
            return False
        left = self._open_until - self._clock.monotonic()
        if left > 0 or self._is_probing:
            raise CircuitOpen(self._cause, max(left, 0.0))
        self._is_probing = True
        return True

    def succeeded(self) -> None:
        """A call was answered: all is well."""
        self._failures, self._cause, self._is_probing = 0, None, False
        self._open_seconds = OPEN_SECONDS
        self._turn(HealthState.UP, None)

    def failed(self, error: SourceError) -> None:
        """A call failed; what is wrong with one request or record is an answer too."""
        if isinstance(error, Throttled):
            self._open(error, error.retry_after, HealthState.DEGRADED)
        elif isinstance(error, CredentialError):
            self._open(error, PAUSE_SECONDS, HealthState.PAUSED)
        elif isinstance(error, Transient):
            self._count(error)
        else:
            self.succeeded()

    async def run(self, work: Callable[[], Awaitable[T]]) -> T:
        """Call the source, and note how that went; raises SourceError, CircuitOpen among them."""
        is_probe = self.admit()
        try:
            answer = await work()
        except SourceError as error:
            self.failed(error)
            raise
        except BaseException:
            if is_probe:
                self._is_probing = False
            raise
        self.succeeded()
        return answer

    def _count(self, error: SourceError) -> None:
        self._failures += 1
        if self._failures < FAILURES_TO_OPEN and self._cause is None:
            self._turn(HealthState.DEGRADED, error)
            return
        self._open(error, self._open_seconds, HealthState.DOWN)
        self._open_seconds = min(self._open_seconds * 2, LONGEST_OPEN_SECONDS)

    def _open(self, error: SourceError, seconds: float, state: HealthState) -> None:
        self._cause, self._is_probing = error, False
        self._open_until = self._clock.monotonic() + seconds
        self._turn(state, error)

    def _turn(self, state: HealthState, error: SourceError | None) -> None:
        before = self.health
        reason = None if error is None else f"{error.code}: {error}"
        since = before.since if state is before.state else self._clock.now()
        self.health = SourceHealth(state, since, reason)
        if state is not before.state and self._on_change is not None:
            self._on_change(before, self.health)
