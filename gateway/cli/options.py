"""Options that several commands share."""

import os
from pathlib import Path
from typing import Annotated

import typer

from gateway.settings import Settings, load_settings

DEFAULT_FILE = Path("trama.toml")

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The configuration; default trama.toml if it is there."),
]


def read_settings(config: Path | None) -> Settings:
    """Read the configuration and the environment; raises SettingsInvalid with every fault."""
    chosen = config or (DEFAULT_FILE if DEFAULT_FILE.is_file() else None)
    return load_settings(chosen, os.environ)
