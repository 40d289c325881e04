"""Spans where there is no collector: they have ids for the log, and are never recorded."""

from collections.abc import Sequence
from random import getrandbits

from opentelemetry.context import Context
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    NoOpTracer,
    Span,
    SpanContext,
    SpanKind,
    Tracer,
    TracerProvider,
    get_current_span,
)
from opentelemetry.util.types import Attributes


class UnsentSpans(TracerProvider):
    """What makes them."""

    def get_tracer(
        self,
        instrumenting_module_name: str,
        instrumenting_library_version: str | None = None,
        schema_url: str | None = None,
        attributes: Attributes = None,
    ) -> Tracer:
        return _Unsent()


class _Unsent(NoOpTracer):
    """A span is of its parent's trace, or begins one."""

    def start_span(
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,
        set_status_on_exception: bool = True,
    ) -> Span:
        parent = get_current_span(context).get_span_context()
        trace_id = parent.trace_id or getrandbits(128) or 1
        return NonRecordingSpan(SpanContext(trace_id, getrandbits(64) or 1, is_remote=False))
