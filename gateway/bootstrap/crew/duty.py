"""What a member does: it serves, or reads the sources, until it is asked to end or is alone."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog
from starlette.routing import BaseRoute

from gateway.bootstrap.crew.tie import Tie
from gateway.bootstrap.gateway import Gateway, GatewayOptions, open_gateway
from gateway.settings import Settings
from gateway.sync.reading import OnProgress
from gateway.telemetry.totals import plain
from gateway.web import server

log = structlog.get_logger("trama.workers")


@dataclass(frozen=True, slots=True)
class Told:
    """What the supervisor has ordered."""

    reads: bool
    dsn: str
    listener: int | None


async def do_duty(
    settings: Settings, end: socket.socket, routes: Callable[[], Sequence[BaseRoute]],
    on_progress: OnProgress,
) -> None:  # fmt: skip
    """Do what the supervisor at the other end orders; raises StartFailed."""
    tie = await Tie.of(end)
    message = await tie.hear()
    if message is None:
        return
    told = Told(**message[1])
    stop = asyncio.Event()
    options = GatewayOptions(
        routes=() if told.reads else routes(), on_progress=on_progress, dsn=told.dsn,
        on_push=lambda source_id: tie.tell("push", source_id),
    )  # fmt: skip
    with server.stop_on_signals(stop):
        async with open_gateway(settings, options) as gateway:
            server.settle_memory()
            heeding = asyncio.create_task(_heed(tie, gateway, stop))
            try:
                await (_read if told.reads else _serve)(gateway, told, tie, stop)
            finally:
                await _end(heeding)
    tie.close()


async def _heed(tie: Tie, gateway: Gateway, stop: asyncio.Event) -> None:
    """Answer the supervisor; end where there is none any more, or where it cannot be answered."""
    try:
        while (message := await tie.hear()) is not None:
            kind, told = message
            if kind == "beat":
                tie.tell("beat")
            elif kind == "measure":
                tie.tell("measures", plain(await gateway.standing.families()))
            elif kind == "push":
                gateway.worker.wake(told)
    except Exception:
        log.exception("unforeseen error")
        raise
    finally:
        stop.set()


async def _serve(gateway: Gateway, told: Told, tie: Tie, stop: asyncio.Event) -> None:
    settings = gateway.settings
    assert told.listener is not None
    await server.serve(
        gateway.app, settings.server.host, settings.server.port, stop=stop,
        shutdown_seconds=settings.server.shutdown_seconds, live=settings.limits.live,
        listener=socket.socket(fileno=told.listener), on_ready=lambda _: tie.tell("ready"),
    )  # fmt: skip


async def _read(gateway: Gateway, told: Told, tie: Tie, stop: asyncio.Event) -> None:
    reading = asyncio.create_task(gateway.work())
    stopping = asyncio.create_task(stop.wait())
    tie.tell("ready")
    try:
        await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if reading.done():
            reading.result()
    finally:
        await _end(stopping)
        await _end(reading)


async def _end(task: "asyncio.Task[None] | asyncio.Task[bool]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError, Exception):
        await task
