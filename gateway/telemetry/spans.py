"""Spans as every floor makes them: bounded names, and never a text of a caller or a vendor."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime

from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from gateway.telemetry.unsent import UnsentSpan, unsent_ids

Attribute = str | int | float | bool

SOURCE = "trama.source"
STREAM = "trama.stream"
OPERATION = "trama.operation"
OUTCOME = "trama.outcome"
PRINCIPAL = "trama.principal_kind"
RECORDS = "trama.records"
VERDICT = "trama.verdict"
ENDING = "trama.ending"
STATUS = "http.response.status_code"
ERROR = "error.type"

_NANOSECONDS = 1_000_000_000
_NO_PARENT = Context()
_tracer = trace.get_tracer("trama")


def span(
    name: str,
    attributes: Mapping[str, Attribute] | None = None,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    parent: Context | None = None,
) -> AbstractContextManager[Span]:
    """Run within a span; of what goes wrong only its class is told, never the message."""
    if _collecting.is_off:
        return UnsentSpan(parent)
    return _Within(_tracer.start_span(name, parent, kind, attributes))


class _Collecting:
    """Whether spans are for a collector, as the process has it."""

    is_off = False


_collecting = _Collecting()


def collect_nothing() -> None:
    """Have ids from now on, and no spans: there is no collector."""
    _collecting.is_off = True


class _Within(AbstractContextManager[Span]):
    """Has a span at hand, and ends it."""

    def __init__(self, made: Span) -> None:
        self._made = made

    def __enter__(self) -> Span:
        self._before = attach(trace.set_span_in_context(self._made))
        return self._made

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: object
    ) -> None:
        detach(self._before)
        if isinstance(error, Exception):
            fail(self._made, class_of(error))
        self._made.end()


def tell_call(
    name: str,
    attributes: Mapping[str, Attribute],
    *,
    started_at: datetime,
    seconds: float,
    error: str | None,
    kind: SpanKind = SpanKind.CLIENT,
) -> None:
    """Add a call, or whatever else is over, to the span at hand."""
    start = int(started_at.timestamp() * _NANOSECONDS)
    made = _tracer.start_span(name, None, kind, attributes, start_time=start)
    if error is not None:
        fail(made, error)
    made.end(start + int(seconds * _NANOSECONDS))


def note(attributes: Mapping[str, Attribute]) -> None:
    """Add to the span at hand."""
    trace.get_current_span().set_attributes(attributes)


def fail(made: Span, error: str) -> None:
    """Note that what a span covers went wrong, by the error's class."""
    made.set_attribute(ERROR, error)
    made.set_status(Status(StatusCode.ERROR))


def class_of(error: Exception) -> str:
    """Answer an error's code, or its type's name."""
    code = getattr(error, "code", None)
    return code if isinstance(code, str) else type(error).__name__


def remote_parent(traceparent: str | None) -> Context:
    """Answer the caller's span as W3C Trace Context writes it; none where it is not well-formed."""
    if not traceparent:
        return _NO_PARENT
    return TraceContextTextMapPropagator().extract({"traceparent": traceparent}, Context())


def current_ids() -> tuple[str, str] | None:
    """Answer the ids of the trace and the span at hand, in hex."""
    if _collecting.is_off:
        return unsent_ids()
    at_hand = trace.get_current_span().get_span_context()
    if not at_hand.is_valid:
        return None
    return trace.format_trace_id(at_hand.trace_id), trace.format_span_id(at_hand.span_id)


def trace_extension() -> dict[str, str]:
    """Answer what a masked error says of its trace: `traceId`, if there is one."""
    ids = current_ids()
    return {} if ids is None else {"traceId": ids[0]}
