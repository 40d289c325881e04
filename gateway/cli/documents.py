"""Commands that keep generated texts in step with the code."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import DEFAULT_FILE, ConfigOption, read_settings
from gateway.cli.tables import with_tables
from gateway.graph.schema import make_schemas, schema_text
from gateway.settings import FederationSettings, render_settings

Check = Annotated[bool, typer.Option("--check", help="Fail where a file is out of step.")]
Write = Annotated[bool, typer.Option("--write", help="Write the files anew.")]
Subgraph = Annotated[
    bool, typer.Option("--subgraph", help="Print it as a router is told it, by the configuration.")
]
SCHEMA = Path("schema.graphql")
SETTINGS = Path("docs/configuration.md")
WITH_TABLES = (
    Path("README.md"),
    Path("docs/errors.md"),
    Path("docs/connector-kit.md"),
    Path("docs/cost.md"),
    Path("docs/permissions.md"),
    Path("docs/observability.md"),
    Path("docs/security.md"),
)


def schema(
    check: Check = False,
    write: Write = False,
    subgraph: Subgraph = False,
    config: ConfigOption = None,
) -> None:
    """Print the schema, or hold `schema.graphql` in step with the code."""
    if subgraph:
        typer.echo(_subgraph(config), nl=False)
    elif check or write:
        _keep({SCHEMA: schema_text()}, write=write, command="make schema")
    else:
        typer.echo(schema_text(), nl=False)


def _subgraph(config: Path | None) -> str:
    is_told = config is not None or DEFAULT_FILE.is_file()
    told = read_settings(config).federation if is_told else FederationSettings()
    return make_schemas(
        prefix=told.prefix, router_enforces_scopes=told.router_enforces_scopes
    ).subgraph


def docs(check: Check = False, write: Write = False) -> None:
    """Hold the generated tables of the docs in step with the code."""
    texts = {path: with_tables(path.read_text("utf-8")) for path in WITH_TABLES}
    texts[SETTINGS] = render_settings()
    if not (check or write):
        typer.echo("give --check or --write", err=True)
        raise typer.Exit(2)
    _keep(texts, write=write, command="make docs")


def _keep(texts: Mapping[Path, str], *, write: bool, command: str) -> None:
    stale = [path for path, text in texts.items() if _read(path) != text]
    if write:
        for path in stale:
            path.write_text(texts[path], "utf-8")
            typer.echo(f"{path} written")
        return
    for path in stale:
        typer.echo(f"{path} is out of step with the code: run `{command}`", err=True)
    if stale:
        raise typer.Exit(1)


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None
