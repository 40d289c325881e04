"""Coroutines that are begun where they stand: one that never waits is over at once, without a task.

Whoever begins one has to await what is left of it in the same task, as if it had never been begun.
"""

from collections.abc import Coroutine, Generator
from functools import partial
from typing import Any


class Unfinished:
    """A coroutine that was begun and waits; awaiting it sees it to its end."""

    __slots__ = ("_waited_for", "_work")

    def __init__(self, work: Coroutine[Any, Any, Any], waited_for: Any) -> None:
        self._work = work
        self._waited_for = waited_for

    def __await__(self) -> Generator[Any, Any, Any]:
        work, waited_for = self._work, self._waited_for
        while True:
            try:
                step = partial(work.send, (yield waited_for))
            except BaseException as error:  # noqa: BLE001
                step = partial(work.throw, error)
            try:
                waited_for = step()
            except StopIteration as done:
                return done.value


def begin(work: Coroutine[Any, Any, Any]) -> Any:
    """Answer what a coroutine comes to, its error as a value; or what is unfinished of it."""
    try:
        waited_for = work.send(None)
    except StopIteration as done:
        return done.value
    except Exception as error:  # noqa: BLE001
        return error
    return Unfinished(work, waited_for)
