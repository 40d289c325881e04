"""When a source may be asked: what its vendor allows one account, for all of its sessions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiolimiter import AsyncLimiter

from gateway.connect.deadline import Deadline
from gateway.connect.errors import Throttled
from gateway.connect.manifest import Limits
from gateway.model.time import Clock


class Turns:
    """So many requests a second, so many at once, and none while the vendor asks for rest."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._clock = clock
        self._slots = asyncio.Semaphore(limits.concurrency)
        period = max(limits.burst / limits.requests_per_second, 0.001)
        self._rate = AsyncLimiter(limits.burst, period)
        self._held_until = 0.0

    def hold(self, seconds: float) -> None:
        """Leave the source alone for a while, as it asked."""
        self._held_until = max(self._held_until, self._clock.monotonic() + seconds)

    async def rest(self, deadline: Deadline) -> None:
        """Wait until the source may be asked again; raises Throttled when that is too late."""
        wait = self._held_until - self._clock.monotonic()
        if wait <= 0:
            return
        if wait > deadline.remaining:
            raise Throttled("the source asked to be left alone for now", wait)
        await self._clock.sleep(wait)

    @asynccontextmanager
    async def turn(self, deadline: Deadline) -> AsyncIterator[None]:
        """Hold one of the slots, from when the request may be sent."""
        await self.rest(deadline)
        async with self._slots:
            await self._rate.acquire()
            yield
