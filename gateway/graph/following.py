"""Executes a subscription's operation for each moment of its source."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import orjson
from graphql import ExecutionResult
from graphql.execution import Executor, execute_subscription_event

from gateway.graph.context import Context
from gateway.graph.faults import Faults
from gateway.graph.moments import Edge, LiveAnswer, Moment
from gateway.graph.refusals import OperationRefused


@asynccontextmanager
async def in_time(seconds: float) -> AsyncIterator[None]:
    """Give up what takes longer; raises OperationRefused."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        message = f"this took longer than {seconds:g} seconds; ask for less"
        raise OperationRefused("OPERATION_TOO_SLOW", message, most=seconds) from None


class Following:
    """One operation with its variables, read once and executed again and again."""

    def __init__(
        self,
        executor: Executor[Any],
        context: Callable[[], Context],
        faults: Faults,
        seconds: float,
    ) -> None:
        self._executor = executor
        self._context = context
        self._faults = faults
        self._seconds = seconds

    async def answers(self, moment: Moment) -> Sequence[LiveAnswer]:
        """Answer an answer for each edge; what they read is read in common.

        raises: OperationRefused where it takes too long.
        """
        context = self._context()
        edges = moment.edges(context)
        results = [self._execute(edge, context) for edge in edges]
        if any(isinstance(each, Awaitable) for each in results):
            try:
                async with in_time(self._seconds):
                    results = await asyncio.gather(*map(_awaited, results))
            finally:
                await context.batches.close()
        return [
            self._answer(edge, cast(ExecutionResult, result), context)
            for edge, result in zip(edges, results, strict=True)
        ]

    def failed(self, error: Exception) -> LiveAnswer:
        """Answer the last answer: what went wrong, and no place to go on from."""
        return LiveAnswer(orjson.dumps({"errors": [self._faults.of(error)]}))

    def _execute(
        self, edge: Edge, context: Context
    ) -> ExecutionResult | Awaitable[ExecutionResult]:
        executor = self._executor.build_per_event_executor(edge)
        executor.context_value = context
        return execute_subscription_event(executor)

    def _answer(self, edge: Edge, result: ExecutionResult, context: Context) -> LiveAnswer:
        body = self._faults.body(result, context.now)
        return LiveAnswer(orjson.dumps(body), edge.cursor)


async def _awaited(result: ExecutionResult | Awaitable[ExecutionResult]) -> ExecutionResult:
    return await result if isinstance(result, Awaitable) else result
