"""Commands for whoever writes or chooses a connector."""

import asyncio
import logging
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console
from rich.table import Table

from gateway.cli.creating import NameRefused, words_for, write_skeleton
from gateway.connect.definition import UnknownConnector, installed_connectors, load_connector
from gateway.connect.scale import tier_of
from gateway.connect.testing.kit import (
    RuleResult,
    Scale,
    find_subject,
    run_rules,
    scale_of,
    scale_path,
)
from gateway.model.time import SystemClock

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


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="The connector's name, e.g. acme_erp.")],
    folder: Annotated[
        Path | None, typer.Option(help="Where; default a folder of its name.")
    ] = None,
) -> None:
    """Write the beginning of a connector, with a sandbox and tests that run."""
    into = folder or Path(name)
    try:
        if name in installed_connectors():
            raise NameRefused(f"{name!r} is installed already")
        written = write_skeleton(into, words_for(name, SystemClock()))
    except (NameRefused, FileExistsError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(f"{len(written)} files in {into}; what is to be filled in says so. Then:")
    typer.echo(f"  pip install -e {into}")
    typer.echo(f"  trama connector check {name}")


@app.command("check")
def check(
    name: Annotated[str, typer.Argument(help="The connector's name.")],
    rules: Annotated[list[str] | None, typer.Argument(help="Only these, e.g. K05.")] = None,
) -> None:
    """Try the conformance kit's rules on a connector and its sandbox."""
    _scale(name, rules)


@app.command("scale")
def scale(
    name: Annotated[str, typer.Argument(help="The connector's name.")],
    write: Annotated[
        bool, typer.Option("--write", help="Keep the result beside the code.")
    ] = False,
) -> None:
    """Compute how far a connector is proven."""
    found = _scale(name, None)
    typer.echo(f"{name}: {found.tier.value}")
    for what in found.missing:
        typer.echo(f"  lacks {what}")
    if write:
        path = scale_path(load_connector(name).build.__module__.rpartition(".")[0])
        path.write_text(found.text(), "utf-8")
        typer.echo(f"{path.name} written")


def _scale(name: str, rules: list[str] | None) -> Scale:
    try:
        subject = find_subject(name)
    except LookupError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    logging.disable(logging.CRITICAL)
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    results = asyncio.run(run_rules(subject, rules, _show))
    if any(each.fault is not None for each in results):
        raise typer.Exit(1)
    return scale_of(subject, results)


def _show(result: RuleResult) -> None:
    word = "kept  " if result.fault is None else "BROKEN"
    typer.echo(f"{result.rule.id}  {word}  {result.rule.title}")
    if result.fault is not None:
        typer.echo(f"     {result.fault}")
