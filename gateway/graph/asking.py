"""What is asked of the graph, and what it answers, whatever carries them."""

from typing import Any, Protocol, TypeAlias

import msgspec

from gateway.engine.response import Response
from gateway.graph.documents import Operation

Body: TypeAlias = "dict[str, Any] | bytes | tuple[bytes, ...]"


class Ask(Protocol):
    """One request: a document, which of its operations, and its variables.

    `cost` says whether its price is wanted: REPORT beside the answer, VALIDATE instead of it.
    """

    @property
    def query(self) -> str:
        """The document."""

    @property
    def operation_name(self) -> str | None:
        """Which of its operations."""

    @property
    def variables(self) -> dict[str, Any] | None:
        """The variables."""

    @property
    def reads_only(self) -> bool:
        """Whether a mutation has to be refused."""

    @property
    def cost(self) -> str | None:
        """Whether its price is wanted."""


class Answer(msgspec.Struct, frozen=True):
    """The response, as a map or as JSON, in pieces where it is large.

    `is_executed` says whether the document was fit for it.
    `refusal` is the code of a refusal that is not about the document's meaning; `is_public` says
    that nothing in the answer is anybody's own.
    """

    body: Body
    is_executed: bool
    has_errors: bool = True
    operation_kind: str | None = None
    refusal: str | None = None
    is_public: bool = False

    @classmethod
    def of(cls, operation: Operation, response: Response, body: Body) -> "Answer":
        """Answer what an operation came to that was executed."""
        errors = bool(response.errors)
        return cls(body, True, errors, operation.kind, None, operation.is_public)
