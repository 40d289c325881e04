"""What a request costs within the process: its parts, and the rooms that spend it."""

from pathlib import Path

import pytest

from benchmarks.clients.load import Question
from benchmarks.gateway import KEY, configuration
from benchmarks.inside import measure
from benchmarks.loader import ACCOUNTS, load_projection
from benchmarks.questions import AVAILABILITY
from benchmarks.retail import Stock, sku_of
from benchmarks.vendor.connector import install
from gateway.bootstrap import open_gateway
from gateway.settings import read_settings


async def test_an_open_gateway_is_asked_whole_and_in_parts(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(install(tmp_path)))
    await load_projection(empty_database, Stock(range(3)))
    tree = configuration(empty_database, ACCOUNTS)
    tree["database"]["dsn"] = {"env": "DSN"}
    settings = read_settings(tree, {"BENCH_KEY": KEY, "DSN": empty_database}, Path())
    question = Question("one", AVAILABILITY, ({"skus": [sku_of(0)]},))
    async with open_gateway(settings) as gateway:
        found = await measure(gateway, question.bodies[0], 0.0, profiled_calls=5)
    assert found.answer_bytes > 1000
    assert min(found.app, found.graph, found.encoding, found.row, found.row_wait) > 0
    assert {"gateway/web", "gateway/graph", "gateway/federation"} <= set(found.shares)
    assert sum(found.shares.values()) == pytest.approx(1.0)
