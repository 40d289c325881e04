"""A vendor call as those see it who watch over it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from gateway.connect.errors import SourceError


@dataclass(frozen=True, slots=True)
class Call:
    """One vendor call as an observer sees it; it holds no credential and no body.

    Without a status there was no answer: `error` says why, None where the caller gave up.
    """

    operation: str
    started_at: datetime
    seconds: float
    status: int | None
    error: SourceError | None


Observer = Callable[[Call], None]
Outcome = Callable[[SourceError | None], None]


def no_observer(call: Call) -> None:
    """Observe nothing."""


def no_outcome(failure: SourceError | None) -> None:
    """Take no note of how a request ended."""
