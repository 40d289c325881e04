"""Commands that mend what could not be mapped: quarantine, map, replay."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer
from rich.console import Console
from rich.table import Table

from gateway.bootstrap import Gateway, open_gateway
from gateway.cli.options import ConfigOption, read_settings
from gateway.federation.sources import ConnectedSource
from gateway.projection.database import transaction
from gateway.projection.items import ItemLink
from gateway.projection.quarantine import load_quarantined
from gateway.projection.relinking import relink_items
from gateway.web.logs import configure_logs

SourceArgument = Annotated[str, typer.Argument(help="The source's id.")]
Work = Callable[[Gateway, ConnectedSource], Coroutine[Any, Any, None]]


def quarantine(source: SourceArgument, config: ConfigOption = None) -> None:
    """List what could not be mapped, and why."""

    async def work(gateway: Gateway, chosen: ConnectedSource) -> None:
        table = Table("stream", "record", "code", "where", "missing", "since", box=None)
        for row in await load_quarantined(gateway.pool, chosen.id):
            since = f"{row['first_seen_at']:%Y-%m-%d %H:%M}"
            table.add_row(
                row["stream"], row["ref"], row["code"], row["path"], row["missing"] or "", since
            )
        Console(soft_wrap=True).print(table)
        typer.echo(f"{table.row_count} records")

    _with(config, source, work)


def map_item(
    source: SourceArgument,
    item: Annotated[str, typer.Argument(help="What the source calls the item.")],
    sku: Annotated[str, typer.Argument(help="The SKU that it is.")],
    units: Annotated[int, typer.Option(min=1, help="Stock units that one of it counts.")] = 1,
    config: ConfigOption = None,
) -> None:
    """Say by hand which SKU a source's item is; what waited for it is applied by itself."""

    async def work(gateway: Gateway, chosen: ConnectedSource) -> None:
        link = {item: ItemLink(sku, units)}
        async with transaction(gateway.pool) as connection:
            await relink_items(connection, chosen.id, link, origin="hand", now=gateway.clock.now())
        typer.echo(f"{chosen.id}: {item} is {units} of {sku}")

    _with(config, source, work)


def replay(
    source: SourceArgument,
    stream: Annotated[
        str | None, typer.Option(help="Only this stream: orders, stock or fulfillments.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Read what is in quarantine again at its source, and apply what maps by now."""

    async def work(gateway: Gateway, chosen: ConnectedSource) -> None:
        result = await gateway.replayer.replay(
            chosen, stream, on_progress=lambda done, of: typer.echo(f"  {done} of {of} read again")
        )
        typer.echo(f"{result.tried} tried, {result.resolved} applied, {result.remaining} remain")
        if result.failed is not None:
            typer.echo(f"stopped: {result.failed}", err=True)
            raise typer.Exit(1)

    _with(config, source, work)


def reconcile(
    source: SourceArgument,
    stream: Annotated[
        str | None, typer.Option(help="Only this stream; all that are read if left out.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Compare all that a source has with the projection, mend it, and list what had drifted.

    The gateway that reads the source does the work; this asks for it and follows.
    """

    async def work(gateway: Gateway, chosen: ConnectedSource) -> None:
        for each in (stream,) if stream else chosen.streams:
            run = await gateway.directory.ask_walk(
                chosen.id, each, f"cli\n{uuid4()}", reconciles=True
            )
            await _follow(gateway, chosen.id, each, run["id"])

    _with(config, source, work)


async def _follow(gateway: Gateway, source_id: str, stream: str, run_id: UUID) -> None:
    """Tell how far a run is until it is over, and then what it found."""
    told = None
    while True:
        (runs,) = await gateway.directory.runs([source_id], 100)
        answer = next(each for each in runs if each.row["id"] == run_id)
        row = answer.row
        line = f"{source_id} {stream}: {row['state'].lower()}, {row['rows']} rows"
        if line != told:
            typer.echo(line)
            told = line
        if row["state"] in ("DONE", "FAILED"):
            break
        await gateway.clock.sleep(0.5)
    for drift in answer.drift:
        typer.echo(f"  {drift['kind'].lower():8} {drift['ref']}  {', '.join(drift['fields'])}")
    if row["state"] == "FAILED":
        typer.echo(f"stopped: {row['error']}", err=True)
        raise typer.Exit(1)


def _with(config: Any, source_id: str, work: Work) -> None:
    settings = read_settings(config)
    configure_logs(settings.log, secrets=settings.secret_texts())

    async def run() -> None:
        async with open_gateway(settings) as gateway:
            source = gateway.sources.get(source_id)
            if source is None:
                known = ", ".join(each.id for each in gateway.sources)
                typer.echo(f"There is no source {source_id}; there are: {known}", err=True)
                raise typer.Exit(2)
            await work(gateway, source)

    asyncio.run(run())
