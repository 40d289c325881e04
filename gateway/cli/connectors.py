"""Commands for whoever writes or chooses a connector."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gateway.connect.definition import UnknownConnector, installed_connectors, load_connector
from gateway.connect.scale import tier_of

app = typer.Typer(help="The installed connectors.", no_args_is_help=True)


@app.command("list")
def list_connectors() -> None:
    """List what is installed, and how far each is proven."""
    table = Table("connector", "title", "roles", "capabilities", "tier", box=None)
    for name in installed_connectors():
        definition = load_connector(name)
        told = definition.manifest
        package = definition.build.__module__.rpartition(".")[0]
        table.add_row(
            name, told.title, ", ".join(told.roles),
            ", ".join(each.value for each in told.capabilities), tier_of(package).value,
        )  # fmt: skip
    Console(soft_wrap=True).print(table)


@app.command("show")
def show(name: Annotated[str, typer.Argument(help="The connector's name.")]) -> None:
    """Show one connector's manifest: streams, limits, documentation."""
    try:
        told = load_connector(name).manifest
    except UnknownConnector as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(f"{told.title} ({told.id}); {told.verified.against}, {told.verified.on}")
    for stream, rules in told.streams.items():
        typer.echo(
            f"  {stream}: changes by {rules.change_filter}, lag {rules.lag_seconds:g} s, "
            f"pages of {rules.page_size}, batches of {rules.batch_size}"
        )
    limits = told.limits
    typer.echo(
        f"  limits: {limits.requests_per_second:g} requests/s, {limits.concurrency} at a time"
    )
    for link in told.docs:
        typer.echo(f"  {link}")
