"""Serves /metrics beside whatever the process does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import structlog

from gateway.bootstrap.gateway import Gateway
from gateway.web import server

log = structlog.get_logger("trama.metrics")


@asynccontextmanager
async def serving_metrics(gateway: Gateway, say: Callable[[str], None]) -> AsyncIterator[None]:
    """Serve a gateway's meters meanwhile; an address that cannot be had is told, and no more."""
    if not gateway.settings.metrics.enabled:
        yield
        return
    ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()
    serving = asyncio.create_task(_serve(gateway, ready, stop))
    waits: set[asyncio.Future[Any]] = {ready, serving}
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        if ready.done():
            host = gateway.settings.metrics.host
            say(f"Metrics on http://{host}:{ready.result()}/metrics")
        yield
    finally:
        stop.set()
        await serving


async def _serve(gateway: Gateway, ready: "asyncio.Future[int]", stop: asyncio.Event) -> None:
    told = gateway.settings.metrics
    try:
        await server.serve(
            gateway.metrics_app, told.host, told.port,
            on_ready=ready.set_result, stop=stop, shutdown_seconds=1,
        )  # fmt: skip
    except OSError as error:
        log.warning("metrics.not_served", address=f"{told.host}:{told.port}", reason=error.strerror)
