"""K12: whoever is no longer waited for stops at once and leaves nothing behind."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

from gateway.connect.testing.kit.calling import Way, ways
from gateway.connect.testing.kit.reading import (
    asked_for,
    by_name,
    names_of,
    some_place,
    views,
)
from gateway.connect.testing.kit.retail import a_retailer
from gateway.connect.testing.kit.rules import hold, rule
from gateway.connect.testing.kit.streams import StreamView
from gateway.connect.testing.kit.subject import Subject
from gateway.connect.testing.kit.telling import is_told, sink_of, telling
from gateway.connect.testing.kit.tracing import Tasks, traced_tasks
from gateway.connect.testing.kit.world import World, world

Call = Callable[[], Awaitable[Any]]
_TURNS = 500
_TURN_SECONDS = 0.005
_STEADY_TURNS = 20


@rule("K12", "cancelled mid-answer: no task, socket or slot is left; the next call works")
async def cancelled(subject: Subject) -> None:
    most = subject.definition.manifest.limits.concurrency
    async with world(subject, a_retailer(60)) as made:
        await made.connector.check(deadline=made.soon)
        for view in views(made):
            walk = partial(_walk, made, view)
            await _leaves_nothing(made, f"the walk of {view.name}", [walk])
            if view.name != "locations":
                read = await _batch(made, view)
                await _leaves_nothing(made, f"a batch read of {view.name}", [read])
        if is_told(subject):
            await _leaves_nothing(made, "telling stock", [await _many_told(made)])
        for way in await ways(made):
            crowd = [partial(_called, made, way)] * (most + 1)
            await _leaves_nothing(made, f"{way.name}, {most + 1} at once", crowd)


async def _walk(made: World, view: StreamView) -> None:
    await view.walk(None, made.soon)


async def _batch(made: World, view: StreamView) -> Call:
    """Answer a read of so many names that several requests are under way, where there may be."""
    size = made.subject.definition.manifest.streams[view.name].batch_size
    asked = asked_for(await names_of(made, view), min(2 * size + 3, 55))
    return partial(by_name, made, view.name, asked, await some_place(made))


async def _many_told(made: World) -> Call:
    """Answer a telling of so much that several requests are under way, where there may be."""
    at, size = await telling(made), sink_of(made.subject).batch_size
    return partial(at.tell, at.levels(min(2 * size + 3, 55), first=20))


async def _called(made: World, way: Way) -> None:
    await way.call(made.connector, made.soon)


async def _leaves_nothing(made: World, what: str, calls: Sequence[Call]) -> None:
    made.proxy.stalls = True
    with traced_tasks() as tasks:
        asking = [asyncio.ensure_future(call()) for call in calls]
        is_begun = await _is_under_way(made)
        for each in asking:
            each.cancel()
        await asyncio.wait(asking, timeout=10)
    made.proxy.stalls = False
    hold(is_begun, f"{what}: no request arrives")
    for each in asking:
        hold(each.done(), f"{what}: it does not end when it is cancelled")
        hold(each.cancelled(), f"{what}: cancelling it is told as {_end_of(each)}")
    hold(await _soon(lambda: not _left(tasks)), f"{what}: tasks are left: {_left(tasks)[:3]}")
    gone = await _soon(lambda: not made.proxy.stalled)
    hold(gone, f"{what}: {made.proxy.stalled} connections go on reading")
    try:
        await asyncio.wait_for(asyncio.gather(*(call() for call in calls)), 10)
    except TimeoutError:
        hold(False, f"{what}: afterwards the same gets no turn")


def _end_of(task: "asyncio.Future[Any]") -> str:
    if task.cancelled() or not task.done():
        return "nothing"
    error = task.exception()
    return "an answer" if error is None else f"{type(error).__name__}: {error}"


def _left(tasks: Tasks) -> list[str]:
    return [getattr(task.get_coro(), "__qualname__", "?") for task in tasks if not task.done()]


async def _is_under_way(made: World) -> bool:
    """Wait until some answers stall and no more come to it; answer whether any does."""
    seen = steady = 0
    for _ in range(_TURNS):
        steady = steady + 1 if made.proxy.stalled == seen else 0
        seen = made.proxy.stalled
        if seen and steady >= _STEADY_TURNS:
            return True
        await asyncio.sleep(_TURN_SECONDS)
    return False


async def _soon(is_so: Callable[[], bool]) -> bool:
    for _ in range(_TURNS):
        if is_so():
            return True
        await asyncio.sleep(_TURN_SECONDS)
    return False
