"""Whoever does much work leaves the greater part of the loop's time to others, if they want it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from gateway.engine.pacing import LONGEST_SECONDS, Line

# A power of two: sums of it are exact.
TICK = 1 / 1024


class Clock:
    """The processor's time, which passes only while somebody works."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def work(self, ticks: float) -> None:
        """Work for so long."""
        self.now += ticks * TICK


class Others:
    """Somebody who works in every turn of the loop, for so long."""

    def __init__(self, clock: Clock, ticks: float) -> None:
        self.turns = 0
        self._clock = clock
        self._ticks = ticks

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Work meanwhile; the first turn is over."""
        task = asyncio.create_task(self._work())
        await asyncio.sleep(0)
        self.turns = 0
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _work(self) -> None:
        while True:
            self.turns += 1
            self._clock.work(self._ticks)
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("slice_ticks", "ticks_of_others", "turns"),
    [(4, 1, 8), (4, 8, 1), (4, 100, 1), (1, 0.5, 4), (4, 0, 1), (0, 1, 1)],
)
async def test_others_have_the_loop_for_twice_as_long_as_a_slice_took(
    slice_ticks: float, ticks_of_others: float, turns: int
) -> None:
    clock = Clock()
    line, others = Line(clock), Others(clock, ticks_of_others)
    async with others.working():
        await line.pass_on()
        for _ in range(3):
            others.turns = 0
            clock.work(slice_ticks)
            await line.pass_on()
            assert others.turns == turns


async def test_what_was_waited_for_is_no_slice() -> None:
    clock = Clock()
    line, others = Line(clock), Others(clock, 1.1 * LONGEST_SECONDS / TICK)
    async with others.working():
        clock.work(1_000_000)
        await line.pass_on()
        assert others.turns == 2


async def test_one_after_the_other_goes_on_and_who_gives_up_is_no_hindrance() -> None:
    clock, went, begun = Clock(), list[str](), asyncio.Event()
    line, others = Line(clock), Others(clock, 1)

    async def large(name: str) -> None:
        for _ in range(3):
            await line.pass_on()
            went.append(name)
            begun.set()
            clock.work(2)

    async with others.working():
        tasks = {name: asyncio.create_task(large(name)) for name in "abc"}
        await begun.wait()
        tasks["b"].cancel()
        await asyncio.wait(tasks.values())
    assert went == ["a", "c", "a", "c", "a", "c"]
