"""A point in time by which an answer is worth having."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import msgspec

from gateway.connect.errors import DeadlineExceeded
from gateway.model.time import Clock

T = TypeVar("T")


class Deadline(msgspec.Struct, frozen=True):
    """A moment on a clock's monotonic scale."""

    at: float
    clock: Clock

    @classmethod
    def after(cls, seconds: float, clock: Clock) -> "Deadline":
        """Answer the deadline `seconds` from now."""
        return cls(clock.monotonic() + seconds, clock)

    def sooner(self, seconds: float) -> "Deadline":
        """Answer a deadline that keeps some seconds of this one back."""
        return Deadline(self.at - seconds, self.clock)

    @property
    def remaining(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.at - self.clock.monotonic())

    async def run(self, work: Coroutine[Any, Any, T], what: str = "the source") -> T:
        """Await `work`; past the deadline it is cancelled and DeadlineExceeded raised.

        It is awaited in the caller's own task: what answers is gone on with in the same turn.
        """
        bound = asyncio.timeout(None)
        alarm = asyncio.ensure_future(self._ring(bound))
        try:
            async with bound:
                return await work
        except Exception:
            if bound.expired():
                raise DeadlineExceeded(f"{what} did not answer in time") from None
            raise
        finally:
            alarm.cancel()

    async def _ring(self, bound: asyncio.Timeout) -> None:
        await self.clock.sleep(self.remaining)
        bound.reschedule(asyncio.get_running_loop().time())
