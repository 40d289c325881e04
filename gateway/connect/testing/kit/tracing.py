"""Collects the tasks that a piece of work starts, at first or second hand."""

import asyncio
from collections.abc import Coroutine, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

Tasks = list["asyncio.Task[Any]"]
Work = Coroutine[Any, Any, Any] | Generator[Any, None, Any]
_TRACED: ContextVar[Tasks | None] = ContextVar("traced", default=None)


@contextmanager
def traced_tasks() -> Iterator[Tasks]:
    """Answer a list that every task started from within is added to; servers' are not."""
    loop = asyncio.get_running_loop()
    before, found = loop.get_task_factory(), Tasks()
    loop.set_task_factory(_note_and_start)
    token = _TRACED.set(found)
    try:
        yield found
    finally:
        _TRACED.reset(token)
        loop.set_task_factory(before)


def _note_and_start(
    loop: asyncio.AbstractEventLoop, work: Work, **told: Any
) -> "asyncio.Task[Any]":
    task = asyncio.Task(work, loop=loop, **told)
    found = _TRACED.get()
    if found is not None:
        found.append(task)
    return task
