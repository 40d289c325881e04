"""The wait for credits, on a clock that jumps to the end of every wait."""

import asyncio
from datetime import datetime

import pytest

from connectors.shiphero.credits import Credits
from connectors.shiphero.wire import Quota
from gateway.connect.deadline import Deadline
from gateway.connect.errors import Throttled
from tests.connectors.staging import NOW


class JumpingClock:
    """A clock on which every wait is over at once, and noted."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.ticks = 0.0

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return self.ticks

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)


def told(clock: JumpingClock, left: float | None, rate: float | None = 60.0) -> Credits:
    account = Credits(clock)
    account.learn(Quota(left, rate))
    return account


async def test_nothing_waits_before_anything_is_told() -> None:
    clock = JumpingClock()
    for account in (Credits(clock), told(clock, None), told(clock, 0.0, None), told(clock, 0, 0)):
        await account.turn(4004, 1000, Deadline.after(0, clock))
    assert clock.waits == []


async def test_what_is_covered_does_not_wait_and_is_taken() -> None:
    clock = JumpingClock()
    account = told(clock, 300)
    soon = Deadline.after(60, clock)
    await account.turn(100, 200, soon)
    await account.turn(200, 0, soon)
    assert clock.waits == []
    await account.turn(60, 0, soon)
    assert clock.waits == [1.0]


async def test_those_who_wait_at_once_wait_one_after_the_other() -> None:
    clock = JumpingClock()
    account = told(clock, 0)
    soon = Deadline.after(60, clock)
    await asyncio.gather(*(account.turn(120, 0, soon) for _ in range(3)))
    assert clock.waits == [2.0, 4.0, 6.0]


async def test_credits_grow_until_the_next_answer_tells() -> None:
    clock = JumpingClock()
    account = told(clock, 0)
    clock.ticks += 5
    await account.turn(300, 0, Deadline.after(60, clock))
    assert clock.waits == []
    account.learn(Quota(30, 60))
    await account.turn(90, 0, Deadline.after(60, clock))
    assert clock.waits == [1.0]


async def test_a_wait_past_the_deadline_is_refused_and_takes_nothing() -> None:
    clock = JumpingClock()
    account = told(clock, 100)
    with pytest.raises(Throttled) as caught:
        await account.turn(400, 0, Deadline.after(4.9, clock))
    assert caught.value.retry_after == 5.0
    await account.turn(100, 0, Deadline.after(0, clock))
    assert clock.waits == []
