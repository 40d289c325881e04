"""The command that says what an operation would do and cost: explain."""

import json
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from graphql import GraphQLError, GraphQLSyntaxError

from gateway.cli.explanation import Explained, as_json, print_explained
from gateway.cli.live_reads import live_reads
from gateway.cli.options import DEFAULT_FILE, ConfigOption, read_settings
from gateway.connect.definition import UnknownConnector
from gateway.graph.explaining import OperationInvalid, OperationNotChosen, explain
from gateway.graph.refusals import OperationRefused
from gateway.graph.schema import make_callers
from gateway.settings import LimitsSettings, Settings

INVALID, USAGE, TOO_DEAR = 1, 2, 3
STDIN = "-"


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
    explained = _explained(file, operation, _variables(variables), _settings(config))
    if prints_json:
        typer.echo(json.dumps(as_json(explained), indent=2))
    else:
        print_explained(explained)
    if kind is not None and not explained.fits(kind.value):
        price, budget = explained.told.price, explained.budget(kind.value)
        typer.echo(f"{price} is beyond the budget of a {kind}, {budget}", err=True)
        raise typer.Exit(TOO_DEAR)


def _explained(
    file: str, operation: str | None, given: Mapping[str, Any] | None, settings: Settings | None
) -> Explained:
    """Answer what would be done; what keeps it from being said ends the command."""
    limits = settings.limits if settings else LimitsSettings()
    prefix = settings.federation.prefix if settings else ""
    text, shown = _read(file), "<stdin>" if file == STDIN else file
    if not text.strip():
        _end(f"{shown} is empty: write an operation into it", INVALID)
    try:
        told = explain(make_callers(prefix), text, operation, given, limits.document)
        return Explained(told, tuple(live_reads(told.live, settings)), limits)
    except GraphQLSyntaxError as error:
        _refuse(shown, [error])
    except OperationInvalid as error:
        _refuse(shown, error.errors)
    except OperationRefused as error:
        _end(f"{shown}: {error.message}", INVALID)
    except OperationNotChosen as error:
        _end(_choice(shown, operation, error.names), USAGE)
    except UnknownConnector as error:
        _end(str(error), USAGE)


def _choice(shown: str, asked: str | None, names: Sequence[str | None]) -> str:
    """Answer which operations a document has, and how one of them is chosen."""
    has = "several operations" if asked is None else f"no operation {asked}"
    if names == (None,):
        return f"{shown} has {has}: its only one has no name, so leave --operation out"
    return f"{shown} has {has}: choose by {' or '.join(f'--operation {each}' for each in names)}"


def _settings(config: Path | None) -> Settings | None:
    return read_settings(config) if config is not None or DEFAULT_FILE.is_file() else None


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == STDIN else Path(file).read_text("utf-8")
    except IsADirectoryError:
        _end(f"{file} is a folder: name a file with a document, or - for the standard input", USAGE)
    except OSError as error:
        _end(f"{file} cannot be read: {error.strerror}", USAGE)
    except UnicodeDecodeError:
        _end(f"{file} is no text in UTF-8", USAGE)


def _variables(told: str | None) -> Mapping[str, Any] | None:
    if told is None:
        return None
    text = _read(told[1:]) if told.startswith("@") else told
    try:
        found = json.loads(text)
    except ValueError as error:
        _end(f"--variables is no JSON: {error}", USAGE)
    if not isinstance(found, dict):
        _end('--variables is a JSON object, such as {"first": 10}', USAGE)
    return found


def _refuse(shown: str, errors: Sequence[GraphQLError]) -> NoReturn:
    for error in errors:
        where = "".join(f":{each.line}:{each.column}" for each in (error.locations or ())[:1])
        typer.echo(f"{shown}{where}: {error.message}", err=True)
    raise typer.Exit(INVALID)


def _end(message: str, code: int) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)
