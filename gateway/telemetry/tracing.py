"""Where a process's spans go."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from threading import Thread

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio

from gateway.settings import TracingSettings
from gateway.telemetry.spans import collect_nothing

EXPORT_SECONDS = 5.0
GOODBYE_SECONDS = 3.0


@contextmanager
def tracing(settings: TracingSettings) -> Iterator[None]:
    """Trace meanwhile, once in a process; without an endpoint there are ids, and no spans.

    At the end what is left is sent, as far as the collector takes it within three seconds.
    """
    if settings.endpoint is None:
        collect_nothing()
        yield
        return
    provider = _provider(settings, settings.endpoint)
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        goodbye = Thread(target=provider.shutdown, daemon=True)
        goodbye.start()
        goodbye.join(GOODBYE_SECONDS)


def _provider(settings: TracingSettings, endpoint: str) -> TracerProvider:
    resource = Resource.create(
        {"service.name": settings.service_name, "service.version": version("trama")}
    )
    sampler = ParentBasedTraceIdRatio(settings.sample_ratio)
    provider = TracerProvider(sampler, resource, shutdown_on_exit=False)
    exporter = OTLPSpanExporter(
        f"{endpoint}/v1/traces",
        headers=settings.headers.get_secret_value(),
        timeout=EXPORT_SECONDS,
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
