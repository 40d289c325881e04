"""How long answers took."""

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True)
class Times:
    """How long answers took, in ms."""

    every: Sequence[float]

    def at(self, share: float) -> float:
        """Answer the time within which this share of the answers came."""
        ordered = sorted(self.every)
        return ordered[min(len(ordered) - 1, ceil(len(ordered) * share) - 1)]


async def repeated(
    ask: Callable[[], Awaitable[object]], seconds: float, *, least: int = 1
) -> Times:
    """Ask one after the other for a while, and so many times at least."""
    took: list[float] = []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end or len(took) < least:
        await ask()
        took.append((time.perf_counter() - began) * 1000)
    return Times(took)
