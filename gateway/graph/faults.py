"""What went wrong, shown without showing the inside."""

from collections.abc import Callable, Iterable
from typing import Any

import structlog
from graphql import GraphQLError

from gateway.connect.errors import SourceError
from gateway.graph.refusals import OperationRefused, unavailable
from gateway.telemetry.spans import trace_extension

log = structlog.get_logger("trama.graph")


class Faults:
    """Shows errors to callers; what nobody foresaw gets an id that is in the log."""

    def __init__(self, new_id: Callable[[], str]) -> None:
        self._new_id = new_id

    def of(self, error: Exception) -> dict[str, Any]:
        """Answer what a caller is shown of whatever ended its operation."""
        if isinstance(error, OperationRefused):
            return {"message": error.message, "extensions": error.extensions}
        if isinstance(error, GraphQLError):
            return self.shown(error)
        return self.shown(GraphQLError(str(error), original_error=error))

    def all_of(self, errors: Iterable[GraphQLError]) -> list[dict[str, Any]]:
        """Answer what a caller is shown of an operation that could not be executed."""
        return [self.shown(error) if error.path else _told(error) for error in errors]

    def shown(self, error: GraphQLError) -> dict[str, Any]:
        """Answer what a caller is shown of a field's error."""
        cause = error.original_error
        if cause is None or isinstance(cause, GraphQLError):
            return _told(error)
        masked = self._masked(error, cause)
        shown = {**dict(error.formatted), "message": masked.message}
        shown["extensions"] = masked.extensions or {}
        return shown

    def _masked(self, error: GraphQLError, cause: Exception) -> GraphQLError:
        if isinstance(cause, SourceError):
            return unavailable(cause, None, None)
        number = self._new_id()
        log.error("field.failed", error_id=number, path=error.path, exc_info=cause)
        return GraphQLError(
            f"something went wrong here; its id in the log is {number}",
            extensions={"code": "INTERNAL", "id": number, **trace_extension()},
        )


def code_of(error: GraphQLError) -> str:
    """Answer the code that a caller is shown of a field's error."""
    cause = error.original_error
    if isinstance(cause, SourceError):
        return "SOURCE_UNAVAILABLE"
    if cause is not None and not isinstance(cause, GraphQLError):
        return "INTERNAL"
    return str((error.extensions or {}).get("code", "BAD_REQUEST"))


def _told(error: GraphQLError) -> dict[str, Any]:
    """Answer an error of the caller's, as it is but for a code where it has none."""
    return {"extensions": {"code": "BAD_REQUEST"}, **dict(error.formatted)}
