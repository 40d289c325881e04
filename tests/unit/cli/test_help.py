"""Every command says what it does and what each of its options is for."""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli import app


def commands(told: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Answer every command that is shown, by the words that call it."""
    yield path, told
    for name, each in getattr(told, "commands", {}).items():
        if not each.hidden:
            yield from commands(each, *path, name)


COMMANDS = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_a_command_explains_itself_and_all_that_it_takes(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*path, "--help"])
    assert result.exit_code == 0
    assert result.stdout.startswith(" ".join(["Usage: trama", *path, ""]))
    assert COMMANDS[path].help
    assert [each.name for each in COMMANDS[path].params if not each.help] == []


def test_it_says_which_version_it_is() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"trama {version('trama')}\n")
