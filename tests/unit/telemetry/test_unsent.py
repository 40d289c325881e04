"""Where there is no collector, spans have ids all the same."""

from opentelemetry.context import Context
from opentelemetry.trace import Span, set_span_in_context

from gateway.telemetry.spans import remote_parent
from gateway.telemetry.unsent import UnsentSpans

TRACE_ID = 0x0AF7651916CD43DD8448EB211C80319C
TRACER = UnsentSpans().get_tracer("any")


def ids(made: Span) -> tuple[int, int]:
    told = made.get_span_context()
    return told.trace_id, told.span_id


def test_a_span_is_of_its_parents_trace_and_has_an_id_of_its_own() -> None:
    first = TRACER.start_span("first", Context())
    second = TRACER.start_span("second", set_span_in_context(first, Context()))
    other = TRACER.start_span("other", Context())
    assert ids(second)[0] == ids(first)[0] != ids(other)[0]
    assert len({ids(each)[1] for each in (first, second, other)} - {0}) == 3
    assert first.get_span_context().is_valid


def test_a_proxys_trace_goes_on() -> None:
    told = f"00-{TRACE_ID:032x}-b7ad6b7169203331-01"
    assert ids(TRACER.start_span("asked", remote_parent(told)))[0] == TRACE_ID


def test_nothing_is_recorded() -> None:
    assert not TRACER.start_span("any", Context()).is_recording()
