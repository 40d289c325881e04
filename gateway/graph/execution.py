"""Executes a document for one caller, and shows what went wrong without showing the inside."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from graphql import ExecutionResult, GraphQLError, GraphQLSyntaxError, execute

from gateway.connect.deadline import Deadline
from gateway.connect.errors import SourceError
from gateway.federation.allowance import Allowance
from gateway.graph.bounds import Bounds
from gateway.graph.context import Context
from gateway.graph.cost import price_of
from gateway.graph.documents import Document, Documents, Operation
from gateway.graph.refusals import OperationRefused, unavailable
from gateway.graph.scalars import show_time
from gateway.graph.schema import Schemas
from gateway.graph.services import Services
from gateway.model.principal import Principal, PrincipalKind
from gateway.model.time import Clock
from gateway.settings import DocumentLimits
from gateway.telemetry.spans import trace_extension

log = structlog.get_logger("trama.graph")


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: a document, which of its operations, and its variables."""

    document: str
    operation_name: str | None
    variables: dict[str, Any] | None
    reads_only: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The response as a map; `is_executed` says whether the document was fit to be executed.

    `refusal` is the code of a refusal that is not about the document's meaning; `is_public` says
    that nothing in the answer is anybody's own.
    """

    body: dict[str, Any]
    is_executed: bool
    operation_kind: str | None = None
    refusal: str | None = None
    is_public: bool = False


class GraphExecutor:
    """The schemas with their services."""

    def __init__(
        self,
        schemas: Schemas,
        services: Services,
        clock: Clock,
        *,
        limits: DocumentLimits,
        bounds: Mapping[PrincipalKind, Bounds],
        deadline_seconds: float,
        new_id: Callable[[], str],
        introspection: bool = False,
    ) -> None:
        self._schemas = schemas
        self._documents = {
            each: Documents(each.executable, limits, introspection=introspection)
            for each in (schemas.callers, schemas.routers)
        }
        self._hides_suggestions = not introspection
        self._services = services
        self._clock = clock
        self._bounds = bounds
        self._deadline_seconds = deadline_seconds
        self._new_id = new_id

    async def run(self, ask: Ask, principal: Principal) -> Answer:
        """Execute a document as a caller; a document that cannot be executed is not."""
        kind: str | None = None
        try:
            document = self._documents[self._schemas.of(principal)].get(ask.document)
            operation = document.operation(ask.operation_name)
            kind = operation.kind
            if document.errors:
                return self._failed(document.errors, kind)
            self._admit(operation, ask, principal)
            return await self._run(document, operation, ask, principal)
        except GraphQLSyntaxError as error:
            return self._failed([error], kind)
        except OperationRefused as refused:
            body = {"errors": [{"message": refused.message, "extensions": refused.extensions}]}
            told = None if refused.code == "BAD_REQUEST" else refused.code
            return Answer(body, is_executed=False, operation_kind=kind, refusal=told)

    def _admit(self, operation: Operation, ask: Ask, principal: Principal) -> None:
        if ask.reads_only and operation.kind != "query":
            message = "by GET only queries are answered; send this by POST"
            raise OperationRefused("METHOD_NOT_ALLOWED", message)
        price = price_of(operation.priced, ask.variables or {})
        most = self._bounds[principal.kind].most_cost
        if price > most:
            message = f"this may ask for {price} records; at most {most} in one operation"
            raise OperationRefused("COST_TOO_HIGH", message, price=price, most=most)

    async def _run(
        self, document: Document, operation: Operation, ask: Ask, principal: Principal
    ) -> Answer:
        bounds = self._bounds[principal.kind]
        context = Context(
            principal=principal,
            services=self._services,
            now=self._clock.now(),
            deadline=Deadline.after(self._deadline_seconds, self._clock),
            floor=bounds.floor,
            allowance=Allowance(bounds.calls_per_source),
        )
        try:
            async with asyncio.timeout(bounds.seconds):
                result = await self._execute(document, operation, ask, context)
        except TimeoutError:
            message = f"this took longer than {bounds.seconds:g} seconds; ask for less"
            raise OperationRefused("OPERATION_TOO_SLOW", message, most=bounds.seconds) from None
        finally:
            await context.batches.close()
        if result.data is None:
            return self._failed(result.errors or (), operation.kind)
        return self._answered(result, operation, context)

    async def _execute(
        self, document: Document, operation: Operation, ask: Ask, context: Context
    ) -> ExecutionResult:
        result = execute(
            document.schema,
            document.node,
            context_value=context,
            variable_values=ask.variables,
            operation_name=operation.name,
            executor_class=self._schemas.callers.execution_context_class,
            hide_suggestions=self._hides_suggestions,
        )
        return await result if isinstance(result, Awaitable) else result

    def _answered(self, result: ExecutionResult, operation: Operation, context: Context) -> Answer:
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body["errors"] = [self._shown(error) for error in result.errors]
        body["extensions"] = {"now": show_time(context.now)}
        return Answer(body, True, operation_kind=operation.kind, is_public=operation.is_public)

    def _failed(self, errors: Sequence[GraphQLError], kind: str | None) -> Answer:
        shown = [self._shown(error) if error.path else _bad(error) for error in errors]
        return Answer({"errors": shown}, is_executed=False, operation_kind=kind)

    def _shown(self, error: GraphQLError) -> dict[str, Any]:
        cause = error.original_error
        if cause is None or isinstance(cause, GraphQLError):
            return _bad(error)
        if isinstance(cause, SourceError):
            masked = unavailable(cause, None, None)
        else:
            number = self._new_id()
            log.error("field.failed", error_id=number, path=error.path, exc_info=cause)
            masked = GraphQLError(
                f"something went wrong here; its id in the log is {number}",
                extensions={"code": "INTERNAL", "id": number, **trace_extension()},
            )
        shown = {**dict(error.formatted), "message": masked.message}
        shown["extensions"] = masked.extensions or {}
        return shown


def _bad(error: GraphQLError) -> dict[str, Any]:
    """Answer an error of the caller's, as it is but for a code where it has none."""
    return {"extensions": {"code": "BAD_REQUEST"}, **dict(error.formatted)}
