"""Several calls at once: whose task they run in, and what becomes of the others."""

import asyncio

import pytest

from gateway.connect.concurrency import beside, concurrently


class Call:
    """Answers its number when its gate is open, or fails; notes its task, and being given up."""

    def __init__(self, number: int, failure: Exception | None = None) -> None:
        self.gate = asyncio.Event()
        self.task: asyncio.Task[object] | None = None
        self.is_given_up = False
        self._number = number
        self._failure = failure

    async def __call__(self) -> int:
        self.task = asyncio.current_task()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.is_given_up = True
            raise
        if self._failure is not None:
            raise self._failure
        return self._number


def _open_soon(*calls: Call) -> None:
    for each in calls:
        asyncio.get_running_loop().call_soon(each.gate.set)


async def test_one_call_alone_is_awaited_by_its_caller() -> None:
    call = Call(1)
    _open_soon(call)
    assert await concurrently([call()]) == [1]
    assert call.task is asyncio.current_task()


async def test_several_calls_are_answered_in_order_whichever_comes_first() -> None:
    first, second = Call(1), Call(2)
    _open_soon(second, first)
    assert await concurrently([first(), second()]) == [1, 2]
    assert await concurrently([]) == []


async def test_the_first_failure_is_raised_as_it_is_and_ends_the_others() -> None:
    good, bad = Call(1), Call(2, LookupError("no"))
    _open_soon(bad)
    with pytest.raises(LookupError, match="no"):
        await concurrently([good(), bad()])
    assert good.is_given_up


async def test_what_is_awaited_beside_another_goes_on_in_its_callers_task() -> None:
    work, other = Call(1), Call(2)
    _open_soon(other, work)
    assert await beside(work(), other()) == (1, 2)
    assert work.task is asyncio.current_task()
    assert other.task is not asyncio.current_task()


@pytest.mark.parametrize("fails_first", [True, False])
async def test_of_two_beside_each_other_a_failure_ends_the_other(fails_first: bool) -> None:
    good, bad = Call(1), Call(2, LookupError("no"))
    _open_soon(bad)
    with pytest.raises(LookupError, match="no"):
        await (beside(bad(), good()) if fails_first else beside(good(), bad()))
    assert good.is_given_up
