"""The Olist files as these tests read them, by themselves; TRAMA_OLIST says where they are."""

import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from gateway.demo.olist import OlistLoad, read_olist

ROOT = Path(__file__).parents[3]
FOLDER = Path(os.environ.get("TRAMA_OLIST", ROOT.parent / "shared" / "data" / "olist"))
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

needs_the_files = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"the Olist orders are not in {FOLDER}; say where by TRAMA_OLIST"
)


@cache
def load() -> OlistLoad:
    """Answer the whole set, read once."""
    return read_olist(FOLDER, NOW)


def query(text: str) -> list[tuple[Any, ...]]:
    """Answer rows; `{orders_partial}` and the like name the files."""
    files = {path.stem: f"'{path}'" for path in FOLDER.glob("*.parquet")}
    with duckdb.connect() as connection:
        rows: list[tuple[Any, ...]] = connection.execute(text.format(**files)).fetchall()
    return rows
