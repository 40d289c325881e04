"""Ids of traces and spans where there is no collector: for the log and for masked errors.

Nothing is recorded and nothing is sent, so a span is no more than its ids, in hex.
"""

from contextlib import AbstractContextManager
from contextvars import ContextVar
from random import getrandbits

from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, Span, format_trace_id, get_current_span

Ids = tuple[str, str]
_AT_HAND: ContextVar[Ids | None] = ContextVar("trama.unsent", default=None)


class UnsentSpan(AbstractContextManager[Span]):
    """Has its ids at hand: of the parent's trace, of the one at hand, or of a new one."""

    def __init__(self, parent: Context | None) -> None:
        self._parent = parent

    def __enter__(self) -> Span:
        drawn = f"{getrandbits(192) or 1:048x}"
        self._before = _AT_HAND.set((self._known_trace_id() or drawn[:32], drawn[32:]))
        return INVALID_SPAN

    def __exit__(self, *ended: object) -> None:
        _AT_HAND.reset(self._before)

    def _known_trace_id(self) -> str | None:
        if self._parent:
            told = get_current_span(self._parent).get_span_context()
            if told.is_valid:
                return format_trace_id(told.trace_id)
        at_hand = _AT_HAND.get() if self._parent is None else None
        return at_hand[0] if at_hand else None


def unsent_ids() -> Ids | None:
    """Answer the ids of the trace and the span at hand, if there is one."""
    return _AT_HAND.get()
