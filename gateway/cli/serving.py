"""Commands that run for long: serve, worker; and migrate, which comes before them."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from starlette.routing import BaseRoute

from gateway.bootstrap import Gateway, GatewayOptions, StartFailed, open_gateway
from gateway.bootstrap.database import open_database
from gateway.bootstrap.watching import serving_metrics
from gateway.cli.options import ConfigOption, read_settings
from gateway.cli.progress import log_progress
from gateway.projection.migrate import MigrationRefused
from gateway.projection.migrate import migrate as migrate_database
from gateway.settings import Settings
from gateway.telemetry.tracing import tracing
from gateway.web import server
from gateway.web.graphiql import AssetsUnavailable, ensure_assets, graphiql_routes
from gateway.web.logs import configure_logs

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
) -> None:
    """Serve GraphQL, and read the sources unless another process does."""
    settings = _begin(config)
    with tracing(settings.tracing):
        _run(_serve(settings, with_worker))


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


def _begin(config: Path | None) -> Settings:
    settings = read_settings(config)
    configure_logs(settings.log, secrets=settings.secret_texts())
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
        async with open_gateway(settings, options) as gateway, serving_metrics(gateway, typer.echo):
            server.spare_collections()
            reading = asyncio.create_task(gateway.work()) if with_worker else None
            try:
                await _serve_app(gateway, stop)
            finally:
                await _end(reading)


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
        on_ready=lambda port: typer.echo(f"Listening on http://{told.host}:{port}/graphql"),
    )  # fmt: skip


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    with server.stop_on_signals(stop):
        options = GatewayOptions(on_progress=log_progress)
        async with open_gateway(settings, options) as gateway, serving_metrics(gateway, typer.echo):
            reading = asyncio.create_task(gateway.work())
            stopping = asyncio.create_task(stop.wait())
            try:
                await asyncio.wait({reading, stopping}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                await _end(stopping)
                await _end(reading)


async def _end(task: "asyncio.Task[object] | asyncio.Task[None] | None") -> None:
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
