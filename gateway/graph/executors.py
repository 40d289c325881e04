"""Executes operations that were admitted: by the engine, or by graphql-core."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Coroutine, Hashable, Sequence
from functools import partial
from json import dumps
from typing import Any

import msgspec
from graphql import GraphQLError, execute
from graphql.execution import Executor

from gateway.engine.engine import Engine
from gateway.engine.pacing import pass_on
from gateway.engine.response import Response
from gateway.graph.context import Context
from gateway.graph.documents import Begin, Document, Operation, Telling
from gateway.graph.schema import Schemas
from gateway.model.principal import Principal

# Plans are kept with their documents; the engine itself needs those that are being made.
MOST_PLANS = 16


class Admitted(msgspec.Struct, frozen=True):
    """An operation that may be executed, and for whom."""

    text: str
    document: Document
    operation: Operation
    variables: dict[str, Any] | None
    principal: Principal
    tells_cost: bool = False

    @property
    def circle(self) -> Hashable:
        """Answer what is the same for subscribers that are told the same."""
        counts = self.operation.told_by
        told = {name: v for name, v in (self.variables or {}).items() if name in counts}
        return (self.text, self.operation.name, dumps(told, sort_keys=True), self.principal)


class Executors:
    """Both ways of executing, for each schema; without the engine everything is graphql-core's."""

    def __init__(
        self, schemas: Schemas, *, introspection: bool, uses_engine: bool, most_kept_bytes: int
    ) -> None:
        self._kind = schemas.callers.execution_context_class
        self._hides_suggestions = not introspection
        self._engines = {
            each.executable: Engine(
                each.executable,
                executor_class=each.execution_context_class,
                hide_suggestions=not introspection,
                most_plans=MOST_PLANS,
                most_kept_bytes=most_kept_bytes,
            )
            for each in (schemas.callers, schemas.routers)
            if uses_engine
        }

    @property
    def counts(self) -> Counter[str]:
        """Answer how many operations were compiled, or handed over by reason, so far."""
        return sum((each.counts for each in self._engines.values()), Counter())

    def prepare(self, document: Document) -> None:
        """Have the operations of a document planned, and compiled as far as may be."""
        engine = self._engines.get(document.schema)
        if engine is None:
            return
        for each in document.operations:
            if each.kind != "subscription":
                each.begin = self._beginning(document, each)
        engine.prepare(document.node)

    def begin(
        self, admitted: Admitted, context: Context
    ) -> Response | Coroutine[Any, Any, Response]:
        """Execute an operation that is no subscription as far as nothing waits.

        Answer the response, or what is left, to be awaited by the task that has begun it.
        """
        begin = admitted.operation.begin
        if begin is None:
            return self._begin_new(admitted, context)
        return begin(admitted.variables, context)

    async def _begin_new(self, admitted: Admitted, context: Context) -> Response:
        """Plan it first: that takes as long as a few small answers, as reading it has done."""
        await pass_on()
        document, operation = admitted.document, admitted.operation
        begin = operation.begin = self._beginning(document, operation)
        begun = begin(admitted.variables, context)
        return begun if isinstance(begun, Response) else await begun

    async def telling(self, admitted: Admitted) -> Telling:
        """Answer how the events of a subscription are told; it is planned first."""
        operation = admitted.operation
        if operation.telling is None:
            await pass_on()
            operation.telling = self._telling(admitted.document, operation)
        return operation.telling

    def _telling(self, document: Document, operation: Operation) -> Telling:
        engine = self._engines.get(document.schema)
        if engine is None:
            return Telling(partial(self._each_by_core, document, operation.name))
        planned = engine.plan(document.node, operation.name)
        plainly = partial(engine.read_each, planned) if planned.tells_root_alone else None
        return Telling(partial(engine.begin_each, planned), plainly)

    async def execute(self, admitted: Admitted, context: Context) -> Response:
        """Execute it to its end."""
        begun = self.begin(admitted, context)
        return begun if isinstance(begun, Response) else await begun

    async def by_core(self, admitted: Admitted, context: Context) -> Response:
        """Execute it by graphql-core."""
        document, name = admitted.document, admitted.operation.name
        return await self._by_core(document, name, admitted.variables, context)

    def _beginning(self, document: Document, operation: Operation) -> Begin:
        engine = self._engines.get(document.schema)
        if engine is None:
            return partial(self._by_core, document, operation.name)
        return partial(engine.begin, engine.plan(document.node, operation.name))

    async def _by_core(
        self,
        document: Document,
        operation_name: str | None,
        variables: dict[str, Any] | None,
        context: Context,
        root_value: object = None,
    ) -> Response:
        result = execute(
            document.schema,
            document.node,
            root_value,
            context_value=context,
            variable_values=variables,
            operation_name=operation_name,
            executor_class=self._kind,
            hide_suggestions=self._hides_suggestions,
        )
        told = await result if isinstance(result, Awaitable) else result
        return Response(told.data, told.errors or [])

    async def _each_by_core(
        self,
        document: Document,
        operation_name: str | None,
        variables: dict[str, Any] | None,
        context: Context,
        events: Sequence[object],
    ) -> list[Response]:
        told = (
            self._by_core(document, operation_name, variables, context, each) for each in events
        )
        return list(await asyncio.gather(*told))

    def following(
        self, admitted: Admitted, context: Context
    ) -> Executor[Context] | list[GraphQLError]:
        """Answer what opens a subscription's source, or what is wrong with its variables."""
        return self._kind.build(
            admitted.document.schema,
            admitted.document.node,
            context_value=context,
            raw_variable_values=admitted.variables,
            operation_name=admitted.operation.name,
            hide_suggestions=self._hides_suggestions,
        )
