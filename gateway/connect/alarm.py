"""Bounds how long something may take, at no cost where it does not wait."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from gateway.engine.beginning import Unfinished

T = TypeVar("T")


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Answer what work comes to; raises TimeoutError where it is not done by then, cancelled.

    An alarm is set once it first waits: what answers at once needs none.
    """
    until = asyncio.get_running_loop().time() + seconds
    try:
        waited_for = work.send(None)
    except StopIteration as done:
        at_once: T = done.value
        return at_once
    async with asyncio.timeout_at(until):
        answer: T = await Unfinished(work, waited_for)
        return answer
