"""Bounds how long something may take, at no cost where it does not wait."""

import asyncio
from collections.abc import Coroutine, Generator
from functools import partial
from types import coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Answer what work comes to; raises TimeoutError where it is not done by then, cancelled.

    An alarm is set once it first waits: what answers at once needs none.
    """
    until = asyncio.get_running_loop().time() + seconds
    try:
        waited_for = work.send(None)
    except StopIteration as done:
        answer: T = done.value
        return answer
    async with asyncio.timeout_at(until):
        return await _go_on(work, waited_for)


@coroutine
def _go_on(work: Coroutine[Any, Any, T], waited_for: Any) -> Generator[Any, Any, T]:
    """Wait for what a coroutine that has begun waits for, and see it to its end."""
    while True:
        try:
            step = partial(work.send, (yield waited_for))
        except BaseException as error:  # noqa: BLE001
            step = partial(work.throw, error)
        try:
            waited_for = step()
        except StopIteration as done:
            answer: T = done.value
            return answer
