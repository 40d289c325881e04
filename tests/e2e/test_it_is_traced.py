"""Spans reach a collector: what was asked, what was read for it, and nothing that is secret."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest

from .collector import Collector, Span, collecting
from .processes import KEYS, Gateway, gateway, until
from .stage import Stage, a_retailer, an_order, everything_read, staged

NOW = """query Secret_Name { availability(skus: ["SKU-1"],
           freshness: {maxAge: "PT0S", onStale: REFRESH_OR_FAIL}) { availableToSell } }"""
ORDERS = "{ orders(first: 1) { totalCount } }"
CALLERS_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLERS_SPAN = "00f067aa0ba902b7"
SAMPLED = f"00-{CALLERS_TRACE}-{CALLERS_SPAN}-01"
ATTRIBUTES = {
    "error.type",
    "graphql.operation.type",
    "http.response.status_code",
    "trama.operation",
    "trama.outcome",
    "trama.principal_kind",
    "trama.records",
    "trama.source",
    "trama.stream",
    "trama.verdict",
}


@asynccontextmanager
async def traced(
    stage: Stage,
    collector: Collector | None,
    *arguments: str,
    server: dict[str, Any] | None = None,
    **tracing: Any,
) -> AsyncIterator[Gateway]:
    """Start a gateway that sends spans, all of them unless said otherwise."""
    tree, environ = stage.configuration()
    tree["tracing"] = {"sample_ratio": 1.0, **tracing}
    tree["server"].update(server or {})
    environ["OTEL_BSP_SCHEDULE_DELAY"] = "100"
    if collector is not None:
        environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.url
        environ["OTEL_EXPORTER_OTLP_HEADERS"] = "X-Tenant=a%20tenant"
    async with gateway(tree, environ, stage.folder, *arguments) as running:
        yield running


def lines(stage: Stage, event: str) -> list[dict[str, Any]]:
    """Answer the log's lines of an event."""
    told = (stage.folder / "gateway.log").read_text("utf-8").splitlines()
    return [line for line in map(json.loads, told) if line["event"] == event]


async def a_span(collector: Collector, wanted: Callable[[Span], bool]) -> Span:
    """Wait for a span, and for those that end before it."""
    found: Span = await until("the span", lambda: next(filter(wanted, collector.spans), None))
    return found


async def test_a_question_is_a_trace_down_to_the_vendor(database: str, tmp_path: Path) -> None:
    async with (
        collecting() as collector,
        staged(a_retailer(an_order(1)), database, tmp_path) as stage,
        traced(stage, collector) as running,
    ):
        await everything_read(running)
        await running.data(NOW)
        refreshed = await a_span(collector, lambda span: bool(span.name == "refresh stock"))
        asked = await a_span(collector, lambda span: bool(span.span_id == refreshed.parent_id))
        assert (asked.name, asked.kind, asked.status, asked.parent_id) == (
            "query",
            "SERVER",
            "UNSET",
            "",
        )
        assert asked.attributes == {
            "graphql.operation.type": "query",
            "http.response.status_code": 200,
            "trama.outcome": "OK",
            "trama.principal_kind": "OPERATOR",
        }
        assert collector.children(asked) == [refreshed]
        assert refreshed.attributes == {
            "trama.source": "shiphero", "trama.stream": "stock", "trama.records": 2,
        }  # fmt: skip
        called = collector.children(refreshed)[0]
        operation = called.attributes["trama.operation"]
        assert (called.kind, called.name) == ("CLIENT", f"shiphero {operation}")
        assert called.attributes == {
            "trama.source": "shiphero", "trama.operation": operation,
            "http.response.status_code": 200,
        }  # fmt: skip
        assert 0 < called.nanoseconds <= refreshed.nanoseconds <= asked.nanoseconds
        told = [each for each in lines(stage, "request") if each["trace_id"] == asked.trace_id]
        assert [each["span_id"] for each in told] == [asked.span_id]
        assert collector.resource["service.name"] == "trama"
        assert collector.headers[0]["x-tenant"] == "a tenant"


async def test_reading_is_traced_and_what_fails_tells_its_class_alone(
    database: str, tmp_path: Path
) -> None:
    async with (
        collecting() as collector,
        staged(a_retailer(an_order(1)), database, tmp_path) as stage,
        traced(stage, collector) as running,
    ):
        await everything_read(running)
        walked = await a_span(
            collector,
            lambda span: bool(span.name == "walk page" and span.attributes.get("trama.records")),
        )
        assert set(walked.attributes) == {"trama.source", "trama.stream", "trama.records"}
        stream = walked.attributes["trama.stream"]
        synced = await a_span(collector, lambda span: bool(span.span_id == walked.parent_id))
        assert (synced.name, synced.parent_id) == (f"sync {stream}", "")
        assert {span.kind for span in collector.children(walked)} == {"CLIENT"}
        await stage.warehouse.fail(kind="html", status=503, times=200)
        failed = await a_span(
            collector,
            lambda span: bool(
                span.kind == "CLIENT"
                and span.status == "ERROR"
                and span.attributes["trama.source"] == "shiphero"
            ),
        )
        assert failed.attributes["error.type"] == "UPSTREAM_FAULT"
        assert failed.attributes["http.response.status_code"] == 503
        above = await a_span(collector, lambda span: bool(span.span_id == failed.parent_id))
        assert (above.status, above.attributes["error.type"]) == ("ERROR", "UPSTREAM_FAULT")
        assert {(span.message, span.events) for span in collector.spans} == {("", 0)}
        assert set().union(*(span.attributes for span in collector.spans)) <= ATTRIBUTES
        assert b"Secret_Name" not in b"".join(collector.bodies)


async def test_a_masked_error_names_its_trace(database: str, tmp_path: Path) -> None:
    async with (
        staged(a_retailer(), database, tmp_path) as stage,
        traced(stage, None, "--no-worker") as running,
    ):
        connection = await asyncpg.connect(database)
        try:
            await connection.execute("ALTER TABLE sales_order RENAME TO elsewhere")
        finally:
            await connection.close()
        (error,) = (await running.ask(ORDERS))["errors"]
        assert error["extensions"]["code"] == "INTERNAL"
        (failed,) = lines(stage, "field.failed")
        assert failed["error_id"] == error["extensions"]["id"]
        assert failed["trace_id"] == error["extensions"]["traceId"]
        (told,) = await until("the request is logged", lambda: lines(stage, "request"))
        assert told["trace_id"] == failed["trace_id"]
        assert len(told["trace_id"]) == 32


async def ask_within(running: Gateway, traceparent: str) -> None:
    """Ask as a part of somebody's trace."""
    headers = {"Authorization": f"Bearer {KEYS['operator']}", "traceparent": traceparent}
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{running.url}/graphql", json={"query": ORDERS}, headers=headers) as answer,
    ):
        assert answer.status == 200


@pytest.mark.parametrize("trusted", [[], ["192.0.2.0/24"]])
async def test_a_strangers_trace_is_not_joined(
    database: str, tmp_path: Path, trusted: list[str]
) -> None:
    async with (
        collecting() as collector,
        staged(a_retailer(), database, tmp_path) as stage,
        traced(stage, collector, "--no-worker", server={"trusted_proxies": trusted}) as running,
    ):
        await ask_within(running, SAMPLED)
        asked = await a_span(collector, lambda span: bool(span.name == "query"))
        assert asked.trace_id != CALLERS_TRACE
        assert asked.parent_id == ""


async def test_a_trusted_proxys_trace_is_joined_and_decides_what_is_sent(
    database: str, tmp_path: Path
) -> None:
    async with (
        collecting() as collector,
        staged(a_retailer(), database, tmp_path) as stage,
        traced(
            stage, collector, "--no-worker",
            sample_ratio=0.0, server={"trusted_proxies": ["127.0.0.1"]},
        ) as running,
    ):  # fmt: skip
        await running.data(ORDERS)
        await ask_within(running, "not-a-traceparent")
        await ask_within(running, SAMPLED.removesuffix("01") + "00")
        await ask_within(running, SAMPLED)
        asked = await a_span(collector, lambda span: bool(span.name == "query"))
        assert (asked.trace_id, asked.parent_id) == (CALLERS_TRACE, CALLERS_SPAN)
        assert len(collector.spans) == 1
        told = [each["trace_id"] for each in lines(stage, "request")]
        assert told[2:] == [CALLERS_TRACE, CALLERS_TRACE]
        assert len(set(told)) == 3


async def test_a_collector_that_is_away_stops_neither_work_nor_the_end(
    database: str, tmp_path: Path
) -> None:
    async with staged(a_retailer(), database, tmp_path) as stage:
        async with traced(stage, None, "--no-worker", endpoint="http://127.0.0.1:9") as running:
            await running.data(ORDERS)
            assert await running.process.stop() == 0
