"""The command `trama`."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer
from rich.console import Console

from gateway.bootstrap import StartFailed
from gateway.cli import (
    connectors,
    demonstrating,
    documents,
    explaining,
    mending,
    operating,
    serving,
)
from gateway.settings import SettingsInvalid

app = typer.Typer(
    name="trama",
    help="One GraphQL schema of orders, stock and customers over every sales channel.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("demo")(demonstrating.demo)
app.command("serve")(serving.serve)
app.command("member", hidden=True)(serving.member)
app.command("worker")(serving.worker)
app.command("migrate")(serving.migrate)
app.command("check")(operating.check)
app.command("quarantine")(mending.quarantine)
app.command("map")(mending.map_item)
app.command("replay")(mending.replay)
app.command("reconcile")(mending.reconcile)
app.command("explain")(explaining.explain_operation)
app.command("schema")(documents.schema)
app.command("docs")(documents.docs)
app.add_typer(connectors.app, name="connector")


def _tell_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"trama {version('trama')}")
        raise typer.Exit


@app.callback()
def trama(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help="Say which version this is."
        ),
    ] = False,
) -> None:
    """Answer what is said before any command."""


def main() -> None:
    """Run the command; what a person can mend is told without a traceback."""
    console = Console(stderr=True, soft_wrap=True)
    try:
        app()
    except SettingsInvalid as error:
        console.print(str(error), markup=False, highlight=False)
        sys.exit(2)
    except StartFailed as error:
        for fault in error.faults:
            console.print(fault, markup=False, highlight=False)
        sys.exit(1)
