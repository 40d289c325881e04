"""The stage of the tests of what sources say again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from benchmarks.vendor.connector import install
from tests.integration.four_sources import Stage, staged


@pytest.fixture
async def stage(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    """A gateway that has read three orders, their copies, invoices and work."""
    monkeypatch.syspath_prepend(str(install(tmp_path)))
    async with staged(database) as stage:
        yield stage
