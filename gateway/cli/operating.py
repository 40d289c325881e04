"""Commands for whoever runs a gateway: check and replay."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gateway.bootstrap import open_gateway
from gateway.bootstrap.sources import connect_sources
from gateway.cli.options import ConfigOption, read_settings
from gateway.connect.deadline import Deadline
from gateway.connect.errors import SourceError
from gateway.federation.sources import ConnectedSource
from gateway.model.time import SystemClock
from gateway.projection.migrate import missing_revisions
from gateway.settings import Settings
from gateway.web.logs import configure_logs

CHECK_SECONDS = 10.0


def check(config: ConfigOption = None) -> None:
    """Read the configuration, and say what the database and each source answer."""
    settings = read_settings(config)
    lines = asyncio.run(_check(settings))
    table = Table("", "what", "answer", box=None)
    for is_well, what, answer in lines:
        table.add_row("ok" if is_well else "FAIL", what, answer)
    Console(soft_wrap=True).print(table)
    if not all(is_well for is_well, _, _ in lines):
        raise typer.Exit(1)


def replay(
    source: Annotated[str, typer.Argument(help="The source's id.")],
    stream: Annotated[
        str | None, typer.Option(help="Only this stream: orders, stock or fulfillments.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Read what is in quarantine again at its source, and apply what maps by now."""
    settings = read_settings(config)
    configure_logs(settings.log, secrets=settings.secret_texts())
    asyncio.run(_replay(settings, source, stream))


async def _check(settings: Settings) -> list[tuple[bool, str, str]]:
    sources = connect_sources(settings, SystemClock())
    try:
        answers = await asyncio.gather(*(_ask(source) for source in sources))
    finally:
        await sources.close()
    return [await _ask_database(settings), *answers]


async def _ask(source: ConnectedSource) -> tuple[bool, str, str]:
    deadline = Deadline.after(CHECK_SECONDS, source.clock)
    what = f"source {source.id}"
    try:
        return True, what, await source.connector.check(deadline=deadline)
    except SourceError as error:
        return False, what, f"{error.code}: {error}"


async def _ask_database(settings: Settings) -> tuple[bool, str, str]:
    dsn = settings.database.dsn
    if dsn is None:
        return True, "database", f"embedded, in {settings.database.data_dir}"
    try:
        missing = await missing_revisions(dsn.get_secret_value())
    except Exception as error:  # noqa: BLE001
        return False, "database", f"cannot be reached ({type(error).__name__})"
    if missing:
        return False, "database", f"{len(missing)} migrations are missing; run trama migrate"
    return True, "database", "reached, at this version's tables"


async def _replay(settings: Settings, source_id: str, stream: str | None) -> None:
    async with open_gateway(settings) as gateway:
        source = gateway.sources.get(source_id)
        if source is None:
            known = ", ".join(each.id for each in gateway.sources)
            typer.echo(f"There is no source {source_id}; there are: {known}", err=True)
            raise typer.Exit(2)
        result = await gateway.replayer.replay(
            source, stream, on_progress=lambda done, of: typer.echo(f"  {done} of {of} read again")
        )
    typer.echo(f"{result.tried} tried, {result.resolved} applied, {result.remaining} remain")
    if result.failed is not None:
        typer.echo(f"stopped: {result.failed}", err=True)
        raise typer.Exit(1)
