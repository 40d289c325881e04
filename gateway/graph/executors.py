"""Executes operations that were admitted: by the engine, or by graphql-core."""

from collections import Counter
from collections.abc import Awaitable, Coroutine, Hashable
from json import dumps
from typing import Any, NamedTuple, TypeAlias

from graphql import ExecutionResult, GraphQLError, execute
from graphql.execution import Executor

from gateway.engine.engine import Engine, Response
from gateway.graph.context import Context
from gateway.graph.documents import Document, Operation
from gateway.graph.schema import Schemas
from gateway.model.principal import Principal

Result: TypeAlias = ExecutionResult | Response


class Admitted(NamedTuple):
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
        """Have the operations of a document planned."""
        engine = self._engines.get(document.schema)
        if engine is not None:
            engine.prepare(document.node)

    async def execute(self, admitted: Admitted, context: Context) -> Result:
        """Execute an operation that is no subscription."""
        begun = self.begin(admitted, context)
        return begun if isinstance(begun, Response) else await begun

    def begin(self, admitted: Admitted, context: Context) -> Response | Coroutine[Any, Any, Result]:
        """Execute it as far as nothing waits; what is left is awaited by the task that began it."""
        document = admitted.document
        engine = self._engines.get(document.schema)
        if engine is None:
            return self.by_core(admitted, context)
        planned = engine.plan(document.node, admitted.operation.name)
        return engine.begin(planned, admitted.variables, context)

    async def by_core(self, admitted: Admitted, context: Context) -> ExecutionResult:
        """Execute it by graphql-core."""
        result = execute(
            admitted.document.schema,
            admitted.document.node,
            context_value=context,
            variable_values=admitted.variables,
            operation_name=admitted.operation.name,
            executor_class=self._kind,
            hide_suggestions=self._hides_suggestions,
        )
        return await result if isinstance(result, Awaitable) else result

    def following(
        self, admitted: Admitted, context: Context
    ) -> Executor[Context] | list[GraphQLError]:
        """Answer what executes a subscription, its variables read; or what is wrong with them."""
        return self._kind.build(
            admitted.document.schema,
            admitted.document.node,
            context_value=context,
            raw_variable_values=admitted.variables,
            operation_name=admitted.operation.name,
            hide_suggestions=self._hides_suggestions,
        )


def is_null(result: ExecutionResult | Response) -> bool:
    """Answer whether an operation has come to no data."""
    return result.is_null if isinstance(result, Response) else result.data is None
