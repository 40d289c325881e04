"""What is worth having by a point in time: awaited in place, given up past it."""

import asyncio

import pytest

from gateway.connect.deadline import Deadline
from gateway.connect.errors import DeadlineExceeded
from tests.connectors.staging import StillClock

CLOCK = StillClock()
LATER, NOW = Deadline.after(1, CLOCK), Deadline.after(0, CLOCK)


class Work:
    """Waits for its gate; notes who runs it, and whether it was given up."""

    def __init__(self, on_cancelled: Exception | None = None) -> None:
        self.gate = asyncio.Event()
        self.task: asyncio.Task[object] | None = None
        self.is_given_up = False
        self._on_cancelled = on_cancelled

    async def __call__(self) -> int:
        self.task = asyncio.current_task()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.is_given_up = True
            if self._on_cancelled is not None:
                raise self._on_cancelled from None
            raise
        return 7


async def _nothing_is_left() -> bool:
    await asyncio.sleep(0)
    return asyncio.all_tasks() == {asyncio.current_task()}


async def test_work_is_done_in_the_callers_own_task_and_its_alarm_is_gone() -> None:
    work = Work()
    asyncio.get_running_loop().call_soon(work.gate.set)
    assert await LATER.run(work()) == 7
    assert work.task is asyncio.current_task()
    assert await _nothing_is_left()


async def test_work_that_is_late_is_cancelled_and_said_to_be_late() -> None:
    work = Work()
    with pytest.raises(DeadlineExceeded, match="the answer did not answer in time"):
        await NOW.run(work(), "the answer")
    assert work.is_given_up
    assert await _nothing_is_left()


async def test_late_work_that_fails_when_it_is_given_up_is_late() -> None:
    work = Work(on_cancelled=ValueError("given up"))
    with pytest.raises(DeadlineExceeded):
        await NOW.run(work())


async def test_a_time_out_of_the_works_own_is_raised_as_it_is() -> None:
    async def impatient() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        await LATER.run(impatient())


async def test_whoever_is_cancelled_meanwhile_gives_the_work_up_and_is_cancelled() -> None:
    work = Work()
    asker = asyncio.create_task(LATER.run(work()))
    await asyncio.sleep(0)
    asker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asker
    assert work.is_given_up
    assert await _nothing_is_left()
