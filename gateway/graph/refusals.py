"""Errors as callers see them: a code to act on, and nothing of the inside."""

from datetime import datetime
from typing import Any

from graphql import GraphQLError

from gateway.connect.errors import SourceError, Throttled
from gateway.model.principal import Scope

CODES = {
    "BAD_REQUEST": "An argument cannot be used; the message says which and why.",
    "DOCUMENT_TOO_COMPLEX": "The document is beyond `limits.document.<limit>`, which is `most`: "
    "ask for less, or in several requests.",
    "COST_TOO_HIGH": "The operation may cost `price`, and `budget` is allowed: ask for shorter "
    "lists, or for fewer within others; `byField` has what weighs most.",
    "OPERATION_TOO_SLOW": "The operation took longer than `most` seconds and was given up: ask for "
    "less; a mutation is safely sent again with its key.",
    "STREAM_REQUIRED": "A subscription was sent where one answer is given: open a WebSocket, or "
    "accept `text/event-stream` or `multipart/mixed`.",
    "INVALID_CURSOR": "The cursor is not of this list or log, or was given to another caller; "
    "which of these it is, is not told. Begin without it.",
    "CURSOR_EXPIRED": "What came after the cursor is no longer kept; go on from the cursor in "
    "`resumeFrom`, and read what you follow anew.",
    "FORBIDDEN": "The caller's key or token lacks the scope that the message names.",
    "SOURCE_UNAVAILABLE": "A source cannot be asked now; its `cause` is in the extensions.",
    "STALE": "What is known is older than allowed, and the caller asked not to refresh it.",
    "INTERNAL": "A fault of the gateway; its `id` and `traceId` are in the gateway's log.",
}


class OperationRefused(Exception):
    """An operation that is not executed, or no further; `extensions` hold the code."""

    def __init__(self, code: str, message: str, **extensions: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.extensions = {"code": code, **extensions}


def too_complex(limit: str, most: int, words: str) -> OperationRefused:
    """Answer the refusal of a document that is beyond a limit, by the setting's name."""
    message = f"the document has more than {most} {words}"
    return OperationRefused("DOCUMENT_TOO_COMPLEX", message, limit=limit, most=most)


def only_by_post() -> OperationRefused:
    """Answer the refusal of a mutation that came by GET."""
    message = "by GET nothing is changed; send this by POST"
    return OperationRefused("METHOD_NOT_ALLOWED", message)


def stream_required() -> OperationRefused:
    """Answer the refusal of a subscription where one answer is given."""
    message = (
        "a subscription is answered as a stream: open a WebSocket (graphql-transport-ws), "
        "or accept text/event-stream or multipart/mixed"
    )
    return OperationRefused("STREAM_REQUIRED", message)


def bad_request(message: str) -> GraphQLError:
    """Answer an error for an argument that cannot be used."""
    return GraphQLError(message, extensions={"code": "BAD_REQUEST"})


def forbidden(scope: Scope) -> GraphQLError:
    """Answer an error for a caller without a scope."""
    message = f"this needs the scope {scope.value}"
    return GraphQLError(message, extensions={"code": "FORBIDDEN", "scope": scope.value})


def unavailable(error: Exception, source_id: str | None, as_of: datetime | None) -> GraphQLError:
    """Answer an error for a source that could not be asked, or was not to be."""
    extensions: dict[str, Any] = {
        "code": "SOURCE_UNAVAILABLE" if isinstance(error, SourceError) else "STALE",
        "source": source_id,
        "retryable": bool(getattr(error, "retryable", False)),
        "asOf": None if as_of is None else as_of.isoformat().replace("+00:00", "Z"),
    }
    if isinstance(error, SourceError):
        extensions["cause"] = error.code
    after = getattr(error, "retry_after", None)
    if isinstance(error, Throttled) or after is not None:
        extensions["retryAfter"] = after
    return GraphQLError(str(error), extensions=extensions)
