"""The command that says what an operation would do and cost: explain."""

import json
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from graphql import GraphQLError, GraphQLSyntaxError

from gateway.cli.explanation import Explained, as_json, print_explained
from gateway.cli.live_reads import live_reads
from gateway.cli.options import DEFAULT_FILE, ConfigOption, read_settings
from gateway.connect.definition import UnknownConnector
from gateway.graph.explaining import OperationInvalid, explain
from gateway.graph.refusals import OperationRefused
from gateway.graph.schema import make_callers
from gateway.settings import LimitsSettings, Settings

INVALID, USAGE, TOO_DEAR = 1, 2, 3


class Kind(StrEnum):
    """The kinds of caller."""

    STOREFRONT = "storefront"
    CUSTOMER = "customer"
    PARTNER = "partner"
    OPERATOR = "operator"
    ROUTER = "router"


File = Annotated[str, typer.Argument(help="A file with a document, or - for the standard input.")]
Operation = Annotated[
    str | None, typer.Option("--operation", help="Which operation, where there are several.")
]
Variables = Annotated[
    str | None, typer.Option("--variables", help="The variables: JSON, or @FILE with JSON.")
]
KindOption = Annotated[
    Kind | None, typer.Option("--kind", help="Fail with 3 where this caller's budget is too small.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


def explain_operation(
    file: File,
    operation: Operation = None,
    variables: Variables = None,
    kind: KindOption = None,
    config: ConfigOption = None,
    prints_json: AsJson = False,
) -> None:
    """Say what an operation would do and cost: its plan, its scopes, the sources, its price."""
    settings = _settings(config)
    limits = settings.limits if settings else LimitsSettings()
    prefix = settings.federation.prefix if settings else ""
    text, given = _read(file), _variables(variables)
    try:
        told = explain(make_callers(prefix), text, operation, given, limits.document)
        explained = Explained(told, tuple(live_reads(told.live, settings)), limits)
    except GraphQLSyntaxError as error:
        _refuse(file, [error])
    except OperationInvalid as error:
        _refuse(file, error.errors)
    except OperationRefused as error:
        typer.echo(f"{file}: {error.message}", err=True)
        raise typer.Exit(USAGE if error.code == "BAD_REQUEST" else INVALID) from error
    except UnknownConnector as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(USAGE) from error
    if prints_json:
        typer.echo(json.dumps(as_json(explained), indent=2))
    else:
        print_explained(explained)
    if kind is not None and not explained.fits(kind.value):
        budget = explained.budget(kind.value)
        typer.echo(f"{told.price} is beyond the budget of a {kind}, {budget}", err=True)
        raise typer.Exit(TOO_DEAR)


def _settings(config: Path | None) -> Settings | None:
    return read_settings(config) if config is not None or DEFAULT_FILE.is_file() else None


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        _misused(f"{file} cannot be read: {error}")


def _variables(told: str | None) -> Mapping[str, Any] | None:
    if told is None:
        return None
    text = _read(told[1:]) if told.startswith("@") else told
    try:
        found = json.loads(text)
    except ValueError as error:
        _misused(f"--variables is no JSON: {error}")
    if not isinstance(found, dict):
        _misused('--variables is a JSON object, such as {"first": 10}')
    return found


def _refuse(file: str, errors: "tuple[GraphQLError, ...] | list[GraphQLError]") -> NoReturn:
    for error in errors:
        where = "".join(f":{each.line}:{each.column}" for each in (error.locations or ())[:1])
        typer.echo(f"{file}{where}: {error.message}", err=True)
    raise typer.Exit(INVALID)


def _misused(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(USAGE)
