"""Says once that a source is lost, and once that it is back."""

import structlog

from gateway.connect.errors import (
    AuthenticationFailed,
    DeadlineExceeded,
    SourceError,
    Throttled,
    Unreachable,
    UpstreamFault,
)

LOST = (Unreachable, DeadlineExceeded, UpstreamFault, AuthenticationFailed)

log = structlog.get_logger("trama.sources")


class Presence:
    """Whether one source answers, as its last request showed.

    A source that asks to slow down is neither lost nor back; any other answer, a refusal too,
    shows that it is there.
    """

    def __init__(self) -> None:
        self._is_lost = False

    def note(self, source_id: str, failure: SourceError | None) -> None:
        """Take in how a request ended: `source.lost` and `source.recovered` are logged in turn."""
        if isinstance(failure, LOST):
            if not self._is_lost:
                log.warning("source.lost", source=source_id, code=failure.code, why=str(failure))
            self._is_lost = True
        elif self._is_lost and not isinstance(failure, Throttled):
            self._is_lost = False
            log.info("source.recovered", source=source_id)
