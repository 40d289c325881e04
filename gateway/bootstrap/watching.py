"""Serves /metrics beside whatever the process does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog
from starlette.types import ASGIApp

from gateway.settings import MetricsSettings
from gateway.web import server

log = structlog.get_logger("trama.metrics")


@asynccontextmanager
async def serving_metrics(
    told: MetricsSettings, app: ASGIApp, say: Callable[[str], None]
) -> AsyncIterator[None]:
    """Serve meters meanwhile; an address that cannot be had is told, and no more."""
    if not told.enabled:
        yield
        return
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    serving = asyncio.create_task(_serve(told, app, ready, stop))
    waits: set[asyncio.Future[Any]] = {ready, serving}
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            say(f"Metrics on http://{told.host}:{ready.result()}/metrics")
        yield
    finally:
        stop.set()
        await serving


async def _serve(
    told: MetricsSettings, app: ASGIApp, ready: "asyncio.Future[int]", stop: asyncio.Event
) -> None:
    try:
        await server.serve(
            app, told.host, told.port,
            on_ready=ready.set_result, stop=stop, shutdown_seconds=1,
        )  # fmt: skip
    except OSError as error:
        log.warning("metrics.not_served", address=f"{told.host}:{told.port}", reason=error.strerror)
