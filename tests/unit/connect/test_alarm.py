"""What is bounded in time: it is the same as without a bound, until the time is over."""

import asyncio
from typing import Any

import pytest

from gateway.connect.alarm import within

LONG = 60.0


class Loop(asyncio.SelectorEventLoop):
    """Counts the alarms that are set."""

    alarms = 0

    def call_at(self, *args: Any, **options: Any) -> asyncio.TimerHandle:
        self.alarms += 1
        return super().call_at(*args, **options)


def run(work: Any) -> tuple[Any, int]:
    """Answer what work comes to, and how many alarms were set for it."""
    with asyncio.Runner(loop_factory=Loop) as runner:
        answer = runner.run(work)
        loop = runner.get_loop()
        assert isinstance(loop, Loop)
        return answer, loop.alarms


async def waits(times: int) -> list[int]:
    told = []
    for number in range(times):
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_result, number)
        told.append(await future)
    return told


@pytest.mark.parametrize(("times", "alarms"), [(0, 0), (1, 1), (3, 1)])
def test_what_answers_at_once_needs_no_alarm_and_what_waits_has_one(
    times: int, alarms: int
) -> None:
    assert run(within(LONG, waits(times))) == (list(range(times)), alarms)


def test_what_takes_longer_is_cancelled() -> None:
    ended: list[str] = []

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    with pytest.raises(TimeoutError):
        run(within(0.0, forever()))
    assert ended == ["ended"]


def test_what_is_cancelled_may_still_wait_for_what_it_has_to_end() -> None:
    ended: list[int] = []

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.extend(await waits(2))

    with pytest.raises(TimeoutError):
        run(within(0.0, forever()))
    assert ended == [0, 1]


def test_being_cancelled_from_without_is_no_matter_of_time() -> None:
    async def cancelled() -> bool:
        task = asyncio.create_task(within(LONG, asyncio.Event().wait()))
        await waits(1)
        task.cancel()
        await asyncio.wait({task})
        return task.cancelled()

    assert run(cancelled())[0] is True


@pytest.mark.parametrize("times", [0, 1])
def test_what_goes_wrong_is_raised_as_it_is(times: int) -> None:
    async def fails() -> None:
        await waits(times)
        raise LookupError("no such thing")

    with pytest.raises(LookupError, match="no such thing"):
        run(within(LONG, fails()))


def test_an_answer_that_goes_wrong_is_for_the_work_to_see() -> None:
    async def fails_once() -> str:
        future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_exception, LookupError())
        try:
            await future
        except LookupError:
            return f"{await waits(1)} after all"
        return "not reached"

    assert run(within(LONG, fails_once()))[0] == "[0] after all"
