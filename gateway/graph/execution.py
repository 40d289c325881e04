"""Executes a document for one caller, and shows what went wrong without showing the inside."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

import structlog
from graphql import GraphQLError, OperationDefinitionNode, parse
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import (
    CannotGetOperationTypeError,
    InvalidOperationTypeError,
)
from strawberry.types.graphql import OperationType

from gateway.connect.deadline import Deadline
from gateway.connect.errors import SourceError
from gateway.graph.context import Context
from gateway.graph.refusals import unavailable
from gateway.graph.scalars import show_time
from gateway.graph.schema import Schemas
from gateway.graph.services import Services
from gateway.model.principal import Principal, PrincipalKind
from gateway.model.time import Clock
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
    """The response as a map; `is_executed` says whether the document was fit to be executed."""

    body: dict[str, Any]
    is_executed: bool


class GraphExecutor:
    """The schemas with their services."""

    def __init__(
        self,
        schemas: Schemas,
        services: Services,
        clock: Clock,
        *,
        floors: Mapping[PrincipalKind, timedelta],
        deadline_seconds: float,
        new_id: Callable[[], str],
    ) -> None:
        self._schemas = schemas
        self._services = services
        self._clock = clock
        self._floors = floors
        self._deadline_seconds = deadline_seconds
        self._new_id = new_id

    async def run(self, ask: Ask, principal: Principal) -> Answer:
        """Execute a document as a caller; a document that cannot be executed is not."""
        context = Context(
            principal=principal,
            services=self._services,
            now=self._clock.now(),
            deadline=Deadline.after(self._deadline_seconds, self._clock),
            floor=self._floors[principal.kind],
        )
        try:
            return await self._execute(ask, context)
        finally:
            await context.batches.close()

    async def _execute(self, ask: Ask, context: Context) -> Answer:
        allowed = {OperationType.QUERY} if ask.reads_only else set(OperationType)
        if ask.operation_name is None and len(_operations(ask.document)) > 1:
            return _refused("the document has several operations: name one in operationName")
        try:
            result = await self._schemas.of(context.principal).execute(
                ask.document,
                variable_values=ask.variables,
                context_value=context,
                operation_name=ask.operation_name,
                allowed_operation_types=allowed,
            )
        except CannotGetOperationTypeError as error:
            return _refused(error.as_http_error_reason())
        except InvalidOperationTypeError as error:
            return _refused(error.as_http_error_reason("GET"))
        except MissingQueryError:
            return _refused("there is no query")
        errors = [self._shown(error) for error in result.errors or ()]
        if result.data is None:
            return Answer({"errors": errors}, is_executed=False)
        body: dict[str, Any] = {"data": result.data}
        if errors:
            body["errors"] = errors
        body["extensions"] = {"now": show_time(context.now)}
        return Answer(body, is_executed=True)

    def _shown(self, error: GraphQLError) -> dict[str, Any]:
        cause = error.original_error
        if cause is None or isinstance(cause, GraphQLError):
            return {"extensions": {"code": "BAD_REQUEST"}, **dict(error.formatted)}
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


def operation_kind(document: str, name: str | None) -> str | None:
    """Answer query, mutation or subscription; None where it cannot be told which is meant."""
    kinds = [kind for each, kind in _operations(document) if name is None or each == name]
    return kinds[0] if len(kinds) == 1 else None


@lru_cache(maxsize=512)
def _operations(document: str) -> tuple[tuple[str | None, str], ...]:
    """Answer each operation's name and kind; none where the document cannot be parsed."""
    try:
        definitions = parse(document).definitions
    except (GraphQLError, RecursionError):
        return ()
    return tuple(
        (each.name.value if each.name else None, each.operation.value)
        for each in definitions
        if isinstance(each, OperationDefinitionNode)
    )


def _refused(message: str) -> Answer:
    body = {"errors": [{"message": message, "extensions": {"code": "BAD_REQUEST"}}]}
    return Answer(body, is_executed=False)
