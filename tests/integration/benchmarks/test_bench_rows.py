"""A row on a projection of a few rows: it tells all that it is to tell, whatever the figures."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from benchmarks.clients.plain import Plain
from benchmarks.findings import Findings
from benchmarks.loader import load_projection
from benchmarks.processes import Cores
from benchmarks.retail import Scale, Stock
from benchmarks.rows import wide
from benchmarks.stage import LOADED, Stage
from tests.conftest import Server

TINY = Scale(
    name="tiny", skus=400, hot_skus=40, stored_orders=30, wide=Stock(range(20), 12), wide_page=5,
    observations=0, walked_skus=0, vendor_skus=0, orders=0, pushes_per_second=0,
    subscribers=(0, 0), events_per_second=0,
)  # fmt: skip
ANYWHERE: frozenset[int] = frozenset()


class Apart:
    """A server whose databases have names of this test's own."""

    def __init__(self, server: Server, name: str) -> None:
        self._server, self._name = server, name

    async def create_database(self, name: str, template: str | None = None) -> str:
        copied = None if template is None else f"{self._name}_{template}"
        return await self._server.create_database(f"{self._name}_{name}", copied)

    async def drop_database(self, name: str) -> None:
        await self._server.drop_database(f"{self._name}_{name}")


@pytest.fixture
async def stage(postgres: Server, tmp_path: Path) -> AsyncIterator[Stage]:
    databases = Apart(postgres, f"rows_{uuid4().hex[:8]}")
    made = Stage(
        TINY, 0.2, Plain(tmp_path), Cores(ANYWHERE, ANYWHERE), databases, tmp_path, tmp_path,
        lambda _: None,
    )  # fmt: skip
    await load_projection(await made.database(LOADED), TINY.stock)
    yield made
    await databases.drop_database(LOADED)


def told(findings: Findings) -> list[str]:
    """Answer what is told, be it a figure or that there is none: a machine may be that slow."""
    return [*findings.missing, *(each.what for each in findings.found)]


async def test_a_wide_query_is_put_beside_its_statement_and_small_ones_beside_it(
    stage: Stage,
) -> None:
    findings = await wide.measure(stage, ["P4"])
    assert len(told(findings)) == 2
    (table,) = findings.tables
    assert [line[0] for line in table.lines] == ["Trama, no cache", "Trama"]
