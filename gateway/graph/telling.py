"""Makes a subscription's answers of each moment of its source."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import orjson
from graphql import ExecutionResult
from graphql.execution import Executor, execute_subscription_event

from gateway.graph.context import Context
from gateway.graph.cursors import event_cursor
from gateway.graph.faults import Faults
from gateway.graph.moments import LiveAnswer, Moment
from gateway.graph.plain import NotPlain, Read
from gateway.graph.refusals import OperationRefused
from gateway.graph.scalars import EventCursor
from gateway.graph.sharing import Circle

T = TypeVar("T")
# Stands for the caller's cursor in what everybody is told; nothing that is plain has such a text.
CURSOR = EventCursor("~cursor~")
_CURSOR = CURSOR.encode()


async def in_time(seconds: float, work: Awaitable[T]) -> T:
    """Answer what work comes to; give up what takes longer, raises OperationRefused."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        message = f"this took longer than {seconds:g} seconds; ask for less"
        raise OperationRefused("OPERATION_TOO_SLOW", message, most=seconds) from None


@dataclass(frozen=True, slots=True)
class PlainTelling:
    """How a moment is told plainly, and everybody who is told it in these words."""

    read: Read
    everybody: Circle


class Teller:
    """A subscription's operation with its variables, read once and executed again and again.

    `opened` is the context that it was opened in: it says whose cursors they are. Each moment is
    executed in a new one.
    """

    def __init__(
        self,
        executor: Executor[Context],
        opened: Context,
        renewed: Callable[[], Context],
        faults: Faults,
        now: Callable[[], datetime],
        *,
        seconds: float,
        plain: PlainTelling | None,
    ) -> None:
        self._executor = executor
        self._opened = opened
        self._renewed = renewed
        self._faults = faults
        self._now = now
        self._seconds = seconds
        self._plain = plain

    def plainly(self, moment: Moment) -> list[LiveAnswer] | None:
        """Answer an answer for each edge, where all of it is plain; None where it is not."""
        plain = self._plain
        if plain is None:
            return None
        try:
            told = plain.everybody.at_once(moment.key, lambda: self._words(plain, moment))
        except NotPlain:
            return None
        return [
            LiveAnswer(each.body.replace(_CURSOR, cursor.encode()), cursor)
            for each, cursor in zip(told, self._cursors(moment), strict=True)
        ]

    async def answers(self, moment: Moment) -> list[LiveAnswer]:
        """Execute the operation for each edge; what the edges load is loaded in common.

        raises: OperationRefused where it takes too long.
        """
        context, cursors = self._renewed(), self._cursors(moment)
        try:
            results = await in_time(self._seconds, self._results(moment.edges(cursors), context))
        finally:
            await context.close()
        bodies = [orjson.dumps(self._faults.body(each, context.now)) for each in results]
        return [LiveAnswer(body, cursor) for body, cursor in zip(bodies, cursors, strict=True)]

    def failed(self, error: Exception) -> LiveAnswer:
        """Answer the last answer: what went wrong, and no place to go on from."""
        return LiveAnswer(orjson.dumps({"errors": [self._faults.of(error)]}))

    def leave(self) -> None:
        """Follow no longer."""
        if self._plain is not None:
            self._plain.everybody.leave()

    def _words(self, plain: PlainTelling, moment: Moment) -> list[LiveAnswer]:
        """Answer what everybody is told of a moment, but for the cursors; raises NotPlain."""
        edges, now = moment.edges([CURSOR] * len(moment.places)), self._now()
        results = [ExecutionResult(plain.read(edge)) for edge in edges]
        return [LiveAnswer(orjson.dumps(self._faults.body(each, now))) for each in results]

    def _cursors(self, moment: Moment) -> list[EventCursor]:
        return [event_cursor(self._opened, log, position) for log, position in moment.places]

    async def _results(self, edges: Sequence[object], context: Context) -> list[ExecutionResult]:
        return await asyncio.gather(*(self._result(each, context) for each in edges))

    async def _result(self, edge: object, context: Context) -> ExecutionResult:
        executor = self._executor.build_per_event_executor(edge)
        executor.context_value = context
        result = execute_subscription_event(executor)
        return await result if isinstance(result, Awaitable) else result
