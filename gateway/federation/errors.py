"""What may go wrong when federation answers.

SourceError                 (connect.errors: by who must act)
└── CircuitOpen                 the source has failed too often: it is left alone for a while
AnswerTooOld                what is known is older than allowed, and nobody was to be asked
UnknownGroup                there is no such location group
UnknownStream               there is no such stream of a source
UnknownCustomer             there is no such customer, or no such record of it
CustomerTooLarge            a customer would have more records than one may have
"""

from gateway.connect.errors import SourceError


class CircuitOpen(SourceError):
    """The source is left alone for now; `cause_code` is the error that led to it."""

    retryable = True

    def __init__(self, cause: SourceError, retry_after: float) -> None:
        super().__init__(f"the source is left alone for now: {cause}")
        self.cause = cause
        self.cause_code = cause.code
        self.retry_after = retry_after


class AnswerTooOld(Exception):
    """What is known is older than allowed, and nobody was to be asked."""


class UnknownGroup(LookupError):
    """There is no such location group."""


class UnknownStream(LookupError):
    """The source does not have this stream, or it is not read."""


class UnknownCustomer(LookupError):
    """There is no such customer, or no such record of it, within the caller's reach."""


class CustomerTooLarge(ValueError):
    """A customer would have more records than one may have."""
