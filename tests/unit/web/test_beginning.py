"""What is begun where it stands is a task like any other, once it waits."""

import asyncio
from contextvars import ContextVar

import pytest

from gateway.web.beginning import Beginning, Work

LEFT: ContextVar[str] = ContextVar("left", default="nothing")
Seen = list[object]


async def begun(
    beginning: Beginning, work: Work, *, is_cancelled: bool = False
) -> "asyncio.Task[None] | None":
    """Begin work as a loop does that hears of something: in no task."""
    loop = asyncio.get_running_loop()
    told: asyncio.Future[asyncio.Task[None] | None] = loop.create_future()

    def begin() -> None:
        task = beginning.begin(work)
        if task is not None and is_cancelled:
            task.cancel()
        told.set_result(task)

    loop.call_soon(begin)
    return await told


async def test_what_does_not_wait_is_over_at_once_and_leaves_no_task() -> None:
    seen: Seen = []

    async def work() -> None:
        seen.append(asyncio.current_task())

    beginning = Beginning(asyncio.get_running_loop())
    before = asyncio.all_tasks()
    assert [await begun(beginning, work()) for _ in range(2)] == [None, None]
    assert seen[0] is seen[1]
    assert seen[0] in before
    assert asyncio.all_tasks() == before


async def test_what_waits_is_the_same_task_before_and_after() -> None:
    seen: Seen = []
    opened = asyncio.Event()

    async def work() -> None:
        LEFT.set("something")
        seen.append(asyncio.current_task())
        await opened.wait()
        seen.extend((asyncio.current_task(), LEFT.get()))

    beginning = Beginning(asyncio.get_running_loop())
    one, other = await begun(beginning, work()), await begun(beginning, work())
    assert (one, other) == (seen[0], seen[1])
    assert one is not other
    opened.set()
    assert one is not None
    assert other is not None
    await asyncio.gather(one, other)
    assert seen[2:] == [one, "something", other, "something"]


async def test_nothing_that_is_left_behind_is_for_the_next_one() -> None:
    seen: Seen = []

    async def work() -> None:
        seen.append(LEFT.get())
        LEFT.set("something")

    async def careful() -> None:
        seen.append(LEFT.get())
        LEFT.reset(LEFT.set("something"))

    beginning = Beginning(asyncio.get_running_loop())
    for each in (work, work, careful, careful, work):
        assert await begun(beginning, each()) is None
    assert seen == ["nothing"] * 5


async def test_a_time_limit_holds_for_what_waits_within_it() -> None:
    seen: Seen = []

    async def work() -> None:
        try:
            async with asyncio.timeout(0):
                await asyncio.Event().wait()
        except TimeoutError:
            task = asyncio.current_task()
            seen.append(task.cancelling() if task else None)

    task = await begun(Beginning(asyncio.get_running_loop()), work())
    assert task is not None
    await asyncio.wait_for(task, 10)
    assert seen == [0]


@pytest.mark.parametrize("turns", [0, 1, 5])
async def test_who_is_cancelled_hears_of_it_where_it_waits(turns: int) -> None:
    seen: Seen = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            task = asyncio.current_task()
            seen.append(task.cancelling() if task else None)
            raise

    beginning = Beginning(asyncio.get_running_loop())
    await asyncio.sleep(0)  # until the task stands ready
    task = await begun(beginning, work(), is_cancelled=turns == 0)
    assert task is not None
    if turns:
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
    await asyncio.wait([task], timeout=10)
    assert (task.cancelled(), seen) == (True, [1])


async def test_if_the_task_that_stands_ready_is_cancelled_another_takes_its_place() -> None:
    before = asyncio.all_tasks()
    beginning = Beginning(asyncio.get_running_loop())
    for turns in (0, 2):
        for each in asyncio.all_tasks() - before:
            each.cancel()
        for _ in range(turns):
            await asyncio.sleep(0)
        opened = asyncio.Event()
        task = await begun(beginning, _until(opened))
        opened.set()
        assert task is not None
        await asyncio.wait_for(task, 10)
    beginning.close()
    await asyncio.wait(asyncio.all_tasks() - before, timeout=10)
    assert asyncio.all_tasks() == before


async def _until(opened: asyncio.Event) -> None:
    await opened.wait()
