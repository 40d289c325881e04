"""Folders for servers: one that every user reaches, and a private one with a refuge beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.projection.embedded.supervisor import Places
from tests.integration.embedded.machine import fresh_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short folder that any user may enter."""
    with fresh_folder() as made:
        yield made


@pytest.fixture
def data_dir(folder: Path) -> Path:
    """A data folder yet to be made, where the server's user may enter."""
    return folder / "data"


@pytest.fixture
def private(folder: Path) -> Path:
    """A folder that only we may enter."""
    made = folder / "private"
    made.mkdir(mode=0o700)
    return made


@pytest.fixture
def refuge(folder: Path) -> Path:
    """Where a server goes that cannot reach its data folder; yet to be made."""
    return folder / "refuge"


@pytest.fixture
def private_places(private: Path, refuge: Path) -> Places:
    return Places(private / "kept" / "data", refuges=(refuge,))
