"""A collector of spans: OTLP over HTTP, on a real socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1 import trace_pb2


@dataclass(frozen=True)
class Span:
    """A span as it was sent."""

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    kind: str
    status: str
    message: str
    attributes: dict[str, Any]
    events: int
    nanoseconds: int


@dataclass
class Collector:
    """What was sent, decoded and as it came."""

    url: str = ""
    spans: list[Span] = field(default_factory=list)
    resource: dict[str, Any] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def named(self, name: str) -> list[Span]:
        """Answer the spans of a name."""
        return [span for span in self.spans if span.name == name]

    def children(self, parent: Span) -> list[Span]:
        """Answer the spans right below one."""
        return [span for span in self.spans if span.parent_id == parent.span_id]

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        for sent in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resource = _values(sent.resource.attributes)
            for scope in sent.scope_spans:
                self.spans += [_span(each) for each in scope.spans]
        return web.Response(content_type="application/x-protobuf")


@asynccontextmanager
async def collecting() -> AsyncIterator[Collector]:
    """Take spans at a free port."""
    collector = Collector()
    app = web.Application(client_max_size=2**26)
    app.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        collector.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield collector
    finally:
        await runner.cleanup()


def _span(sent: trace_pb2.Span) -> Span:
    return Span(
        name=sent.name,
        trace_id=sent.trace_id.hex(),
        span_id=sent.span_id.hex(),
        parent_id=sent.parent_span_id.hex(),
        kind=trace_pb2.Span.SpanKind.Name(sent.kind).removeprefix("SPAN_KIND_"),
        status=trace_pb2.Status.StatusCode.Name(sent.status.code).removeprefix("STATUS_CODE_"),
        message=sent.status.message,
        attributes=_values(sent.attributes),
        events=len(sent.events),
        nanoseconds=sent.end_time_unix_nano - sent.start_time_unix_nano,
    )


def _values(attributes: Any) -> dict[str, Any]:
    return {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in attributes}
