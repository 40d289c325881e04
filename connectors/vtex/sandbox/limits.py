"""What VTEX allows one account: so many requests a minute, then 429 until the minute is over."""

import math

from gateway.model.time import Clock

PER_MINUTE = 6000


class MinuteBudget:
    """Requests of an account by minutes of VTEX's time."""

    def __init__(self, clock: Clock, speed: float) -> None:
        self._clock = clock
        self._minute = 60.0 / speed
        self._began = clock.monotonic()
        self.taken = 0

    def take(self) -> int:
        """Count a request and answer 0, or the whole seconds until the next minute."""
        now = self._clock.monotonic()
        if now - self._began >= self._minute:
            self._began = now
            self.taken = 0
        if self.taken < PER_MINUTE:
            self.taken += 1
            return 0
        return max(1, math.ceil(self._began + self._minute - now))
