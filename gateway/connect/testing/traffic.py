"""What a sandbox saw of its callers, and how it holds them to the vendor's limits."""

from collections import Counter

from gateway.model.time import Clock


class Traffic:
    """Requests by operation, the most at once, and when each began (seconds since the start)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = clock.monotonic()
        self.requests: Counter[str] = Counter()
        self.started: list[float] = []
        self.open_now = 0
        self.peak_concurrency = 0

    def enter(self, operation: str) -> None:
        """Count a request that begins."""
        self.requests[operation] += 1
        self.started.append(self._clock.monotonic() - self._began)
        self.open_now += 1
        self.peak_concurrency = max(self.peak_concurrency, self.open_now)

    def leave(self) -> None:
        """Count a request that has ended."""
        self.open_now -= 1

    def reset(self) -> None:
        """Begin to count anew."""
        self.requests.clear()
        self.started.clear()
        self.peak_concurrency = self.open_now

    def report(self) -> dict[str, object]:
        """Answer the counts, as the control address shows them."""
        return {
            "requests": dict(self.requests),
            "total": sum(self.requests.values()),
            "peak_concurrency": self.peak_concurrency,
            "peak_per_second": self._peak_per_second(),
        }

    def _peak_per_second(self) -> int:
        peak = first = 0
        for last, moment in enumerate(self.started):
            while self.started[first] <= moment - 1.0:
                first += 1
            peak = max(peak, last - first + 1)
        return peak


class Bucket:
    """A leaky bucket: `rate` per second of the vendor's time, at most `size` at once."""

    def __init__(self, rate: float, size: float, clock: Clock, speed: float = 1.0) -> None:
        self._rate = rate * speed
        self._size = size
        self._clock = clock
        self._left = size
        self._at = clock.monotonic()

    @property
    def left(self) -> float:
        """What may be taken now."""
        now = self._clock.monotonic()
        self._left = min(self._size, self._left + (now - self._at) * self._rate)
        self._at = now
        return self._left

    def take(self, amount: float = 1.0) -> float:
        """Take an amount and answer 0, or answer the seconds (of ours) until there is enough."""
        left = self.left
        if left >= amount:
            self._left = left - amount
            return 0.0
        return (amount - left) / self._rate
