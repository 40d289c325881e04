"""Commands that run for long: serve, worker; and migrate, which comes before them."""

import asyncio
import socket
from collections.abc import Coroutine, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from starlette.routing import BaseRoute

from gateway.bootstrap import Gateway, GatewayOptions, StartFailed, open_gateway
from gateway.bootstrap.crew.duty import do_duty
from gateway.bootstrap.crew.member import Orders, Post, own_command
from gateway.bootstrap.crew.supervisor import Supervisor
from gateway.bootstrap.database import open_database
from gateway.bootstrap.preparing import prepared_database
from gateway.bootstrap.watching import serving_metrics
from gateway.cli.options import ConfigOption, read_settings
from gateway.cli.progress import log_progress
from gateway.cli.workers import count_workers
from gateway.model.time import SystemClock
from gateway.projection.migrate import MigrationRefused
from gateway.projection.migrate import migrate as migrate_database
from gateway.settings import Settings
from gateway.telemetry.tracing import tracing
from gateway.web import server
from gateway.web.graphiql import AssetsUnavailable, ensure_assets, graphiql_routes
from gateway.web.logs import configure_logs
from gateway.web.metrics import create_metrics_app

T = TypeVar("T")


def serve(
    config: ConfigOption = None,
    with_worker: Annotated[
        bool,
        typer.Option(
            "--worker/--no-worker",
            help="Also read the sources here; --no-worker leaves that to `trama worker`.",
        ),
    ] = True,
    workers: Annotated[
        str | None,
        typer.Option(help="Processes that answer on the port, or `auto`; default server.workers."),
    ] = None,
) -> None:
    """Serve GraphQL, and read the sources unless another process does."""
    settings = _begin(config)
    count = count_workers(settings.server.workers if workers is None else workers)
    with tracing(settings.tracing):
        if count == 1:
            _run(_serve(settings, with_worker))
            return
        command = own_command("member", *(["-c", str(config)] if config else []))
        code = _run(_serve_by_several(settings, count, with_worker, command))
    raise typer.Exit(code)


def member(
    name: Annotated[str, typer.Option()],
    tie: Annotated[int, typer.Option()],
    config: ConfigOption = None,
) -> None:
    """Serve or read as one of several processes; `trama serve --workers` starts it."""
    settings = _begin(config, worker=name)
    with tracing(settings.tracing), socket.socket(fileno=tie) as end:
        _run(do_duty(settings, end, lambda: _page(settings), log_progress))


def worker(config: ConfigOption = None) -> None:
    """Read the sources, without serving anything."""
    settings = _begin(config)
    with tracing(settings.tracing):
        _run(_work(settings))


def migrate(config: ConfigOption = None) -> None:
    """Bring the database to this version's tables; safe to run from several machines at once."""
    settings = _begin(config)
    revision = _run(_migrate(settings))
    typer.echo(f"The database is at revision {revision}.")


def _begin(config: Path | None, worker: str | None = None) -> Settings:
    settings = read_settings(config)
    configure_logs(settings.log, secrets=settings.secret_texts(), worker=worker)
    return settings


def _run(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=server.new_event_loop) as runner:
        return runner.run(work)


async def _migrate(settings: Settings) -> str:
    async with open_database(settings) as dsn:
        try:
            return await migrate_database(dsn)
        except MigrationRefused as refused:
            raise StartFailed([f"database: {refused}"]) from refused


async def _serve(settings: Settings, with_worker: bool) -> None:
    stop = asyncio.Event()
    with server.stop_on_signals(stop):
        options = GatewayOptions(routes=_page(settings), on_progress=log_progress)
        async with open_gateway(settings, options) as gateway, _watched(gateway):
            server.settle_memory()
            reading = asyncio.create_task(gateway.work()) if with_worker else None
            try:
                await _serve_app(gateway, stop)
            finally:
                await _end(reading)


async def _serve_by_several(
    settings: Settings, count: int, with_worker: bool, command: Sequence[str]
) -> int:
    """Serve by several processes until told to stop; answer the exit code."""
    stop, clock, told = asyncio.Event(), SystemClock(), settings.server
    posts = [Post(str(number + 1), reads=False) for number in range(count)]
    posts += [Post("reader", reads=True)] if with_worker else []
    _page(settings)  # what it needs is there before several want it
    with server.stop_on_signals(stop), server.bound(told.host, told.port) as listener:
        port = listener.getsockname()[1]
        async with prepared_database(settings, clock) as dsn:
            orders = Orders(command, dsn, listener)
            supervisor = Supervisor(
                posts, orders, clock, told.shutdown_seconds, told.silent_seconds,
                on_ready=lambda: _say_listening(told.host, port),
            )  # fmt: skip
            metrics = create_metrics_app(settings.metrics, supervisor.exposition)
            async with serving_metrics(settings.metrics, metrics, typer.echo):
                return await supervisor.run(stop)


def _say_listening(host: str, port: int) -> None:
    typer.echo(f"Listening on http://{host}:{port}/graphql")


def _page(settings: Settings) -> list[BaseRoute]:
    """Answer the page's routes, if it is to be served; without any key on it."""
    if not settings.server.graphiql:
        return []
    try:
        assets, why = ensure_assets(settings.database.data_dir, typer.echo), ""
    except AssetsUnavailable as error:
        assets, why = None, error.reason
    return graphiql_routes(assets, "/graphql", [], [], why)


async def _serve_app(gateway: Gateway, stop: asyncio.Event) -> None:
    told = gateway.settings.server
    await server.serve(
        gateway.app, told.host, told.port, stop=stop, shutdown_seconds=told.shutdown_seconds,
        live=gateway.settings.limits.live,
        on_ready=lambda port: _say_listening(told.host, port),
    )  # fmt: skip


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    with server.stop_on_signals(stop):
        options = GatewayOptions(on_progress=log_progress)
        async with open_gateway(settings, options) as gateway, _watched(gateway):
            reading = asyncio.create_task(gateway.work())
            stopping = asyncio.create_task(stop.wait())
            try:
                await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await _end(stopping)
                await _end(reading)


def _watched(gateway: Gateway) -> AbstractAsyncContextManager[None]:
    return serving_metrics(gateway.settings.metrics, gateway.metrics_app, typer.echo)


async def _end(task: "asyncio.Task[object] | asyncio.Task[None] | None") -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
