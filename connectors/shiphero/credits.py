"""ShipHero's credits: told with every answer, waited for before the next question."""

from connectors.shiphero.wire import Quota
from gateway.connect.deadline import Deadline
from gateway.connect.errors import Throttled
from gateway.model.time import Clock


class Credits:
    """What the account has left, as it was last told and has grown since.

    An operation whose highest cost is not covered is refused by ShipHero, so it waits here. Before
    the first answer nothing is known and nothing waits.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._left: float | None = None
        self._rate = 0.0
        self._at = 0.0

    async def turn(self, cost: float, spare: float, deadline: Deadline) -> None:
        """Wait until cost and spare are covered, take the cost; Throttled when that is too late."""
        if self._left is None or self._rate <= 0:
            return
        now = self._clock.monotonic()
        self._left += (now - self._at) * self._rate
        self._at = now
        wait = (cost + spare - self._left) / self._rate
        if wait > deadline.remaining:
            raise Throttled("the account's credits are spent for now", wait)
        self._left -= cost
        if wait > 0:
            await self._clock.sleep(wait)

    def learn(self, quota: Quota) -> None:
        """Take what an answer tells."""
        if quota.credits_remaining is None or quota.increment_rate is None:
            return
        self._left = quota.credits_remaining
        self._rate = quota.increment_rate
        self._at = self._clock.monotonic()
