"""Requests that are begun where they arrive: only one that has to wait becomes a task.

Most answers are there without waiting, and making a task for one costs as much as finding what it
tells. So a task stands ready, and whatever is begun runs as if it were that task: what waits is
handed over to it, and another stands ready for the next. `_enter_task` and `_leave_task` are what
asyncio has for tasks of others' making (https://docs.python.org/3/library/asyncio-extending.html,
read 2026-11-26).
"""

import asyncio
from asyncio.tasks import _enter_task, _leave_task
from collections.abc import Coroutine
from contextvars import copy_context
from typing import Any, TypeAlias

from gateway.engine.beginning import Unfinished

Work: TypeAlias = Coroutine[Any, Any, None]
_HandedOver: TypeAlias = "asyncio.Future[tuple[Work, Any]]"


class Beginning:
    """Begins what never raises; never within another task."""

    __slots__ = ("_as_it_was", "_context", "_handed_over", "_loop", "_ready")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._make_ready()

    def begin(self, work: Work) -> "asyncio.Task[None] | None":
        """Run work as far as it does not wait; answer the task that sees it to its end, if any."""
        if self._ready.cancelling():
            self._make_ready()
        task = self._ready
        _enter_task(self._loop, task)
        try:
            waited_for = self._context.run(work.send, None)
        except StopIteration:
            if self._context != self._as_it_was:
                self.close()  # what it has left behind is not for the next one
            return None
        finally:
            _leave_task(self._loop, task)
        self._handed_over.set_result((work, waited_for))
        self._make_ready()
        return task

    def close(self) -> None:
        """Let go the task that stands ready."""
        self._ready.cancel()

    def _make_ready(self) -> None:
        self._handed_over: _HandedOver = self._loop.create_future()
        self._context, self._as_it_was = copy_context(), copy_context()
        rest = _see_to_its_end(self._handed_over)
        self._ready = self._loop.create_task(rest, context=self._context)


async def _see_to_its_end(handed_over: _HandedOver) -> None:
    try:
        await handed_over
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if handed_over.cancelled() or task is None:
            raise
        # What was begun has to hear of it, where it waits.
        task.uncancel()
        task.cancel()
    await Unfinished(*handed_over.result())
