"""The log says once that a source is left alone, and once that it is asked again."""

from pathlib import Path

from structlog.testing import capture_logs

from gateway.bootstrap.sources import connect_sources
from gateway.connect.errors import PermissionDenied, Throttled, Unreachable
from gateway.federation.breaker import Breaker
from gateway.model.time import SystemClock
from gateway.settings import read_settings

TOLD = {
    "database": {"dsn": "postgresql://trama@db.example/trama"},
    "sources": {"wms": {"connector": "shiphero", "options": {"token": "a-token"}}},
}


async def breaker() -> Breaker:
    sources = connect_sources(read_settings(TOLD, {}, Path()), SystemClock())
    await sources.close()
    (source,) = sources
    return source.breaker


async def test_a_source_that_does_not_answer_is_paused_once_and_resumed_once() -> None:
    made = await breaker()
    with capture_logs() as lines:
        for _ in range(7):
            made.failed(Unreachable("no connection"))
        made.succeeded()
        made.succeeded()
    assert lines == [
        {"event": "source.paused", "source": "wms", "state": "DOWN",
         "why": "UNREACHABLE: no connection", "log_level": "warning"},
        {"event": "source.resumed", "source": "wms", "was": "DOWN", "log_level": "info"},
    ]  # fmt: skip


async def test_a_source_that_lacks_a_permission_is_paused_and_says_why() -> None:
    made = await breaker()
    with capture_logs() as lines:
        made.failed(PermissionDenied("the credentials lack orders:read", "orders:read"))
    assert [(line["event"], line["state"], line["why"]) for line in lines] == [
        ("source.paused", "PAUSED", "PERMISSION_DENIED: the credentials lack orders:read")
    ]


async def test_a_source_that_asks_to_slow_down_is_not_told_of() -> None:
    made = await breaker()
    with capture_logs() as lines:
        made.failed(Throttled("wait", 5.0))
        made.succeeded()
    assert lines == []
