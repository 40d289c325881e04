"""What a page of orders costs that is read at its sources, and what is written of it."""

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from benchmarks.gateway import ask
from benchmarks.questions import ORDER_IDS, ORDER_PAGE
from benchmarks.rows.live import page_of
from benchmarks.vendor.connector import install
from tests.e2e.processes import until
from tests.integration.four_sources import Stage, staged
from tests.integration.statements import counting

# Three reads of the orders; seven of what is known, and one of who bought, while the sources are
# asked; and where the locations are. Behind the answer, each of the four streams is dated by one.
LIVE_STATEMENTS = 12
DATED_BEHIND = 4
STORED_STATEMENTS = 8
WRITES = ("BEGIN", "INSERT", "UPDATE", "DELETE")
LINES = """query($id: ID!) {
  order(by: {id: $id}, freshness: {maxAge: "PT0S", onStale: REFRESH_OR_SERVE}) { lines { sku } }
}"""
DATED = """SELECT (SELECT min(observed_at) FROM sales_order),
    (SELECT min(observed_at) FROM invoice), (SELECT min(observed_at) FROM order_copy),
    (SELECT min(observed_at) FROM fulfillment),
    (SELECT min(observed_at) FROM customer_record WHERE source_id = 'market')"""


async def _page(client: aiohttp.ClientSession, stage: Stage, size: int) -> list[dict[str, Any]]:
    """Answer so many orders, each read at its sources."""
    nodes = (await ask(client, stage.target, ORDER_IDS, {}))["orders"]["nodes"][:size]
    return await page_of([node["id"] for node in nodes]).ask(client, stage.target)


@pytest.mark.parametrize("uses_engine", [True, False])
async def test_a_page_that_has_not_changed_takes_12_statements_whatever_its_size(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uses_engine: bool
) -> None:
    monkeypatch.syspath_prepend(str(install(tmp_path)))
    async with (
        staged(database, uses_engine=uses_engine) as stage,
        aiohttp.ClientSession() as client,
        counting(stage.gateway.pool) as statements,
    ):
        sent: list[Counter[str]] = []
        for size in (1, 3):
            statements.clear()
            await _page(client, stage, size)
            await _dated(statements)
            statements.clear()
            await ask(client, stage.target, ORDER_IDS, {})
            listed = statements.total()
            statements.clear()
            page = await _page(client, stage, size)
            await _dated(statements)
            sent.append(Counter(statements))
            expected = listed + LIVE_STATEMENTS + DATED_BEHIND
            assert statements.total() == expected, sent[-1]
        assert sent[0] == sent[1]
        assert not [each for each in sent[1] if each.startswith(WRITES)]
        ages = [age for order in page for age in order["freshness"]]
        assert {age["servedFrom"] for age in ages} == {"SOURCE"}
        statements.clear()
        await ask(client, stage.target, ORDER_PAGE, {})
        assert statements.total() == STORED_STATEMENTS, statements


async def test_what_is_told_again_is_dated_and_only_what_has_changed_is_written(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(install(tmp_path)))
    async with staged(database) as stage, aiohttp.ClientSession() as client:
        pool = stage.gateway.pool
        before, events = await pool.fetchrow(DATED), await _events(pool)
        bills = stage.vendors["erp"].rows["invoices"]
        ref = next(iter(bills))
        bills[ref] = msgspec.structs.replace(bills[ref], total="12.50", version=2)
        page = await _page(client, stage, 3)
        after = await pool.fetchrow(DATED)
        appended = (await _events(pool))[len(events) :]
        assert all(late > early for late, early in zip(after, before, strict=True))
    totals = [bill["total"]["amount"] for order in page for bill in order["invoices"]]
    assert sorted(totals) == ["10.00", "10.00", "12.50"]
    ages = [age for order in page for age in order["freshness"]]
    assert {(age["servedFrom"], age["isStale"]) for age in ages} == {("SOURCE", False)}
    assert all(datetime.fromisoformat(age["asOf"]) >= max(before) for age in ages)
    assert appended == [("order.updated", ["invoices"])]


async def test_what_is_read_after_the_sources_have_answered_is_read_once_they_are_dated(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(install(tmp_path)))
    async with (
        staged(database) as stage,
        aiohttp.ClientSession() as client,
        counting(stage.gateway.pool) as statements,
    ):
        (first, *_) = (await ask(client, stage.target, ORDER_IDS, {}))["orders"]["nodes"]
        await ask(client, stage.target, LINES, {"id": first["id"]})
        ended = list(statements)
    dated = [place for place, each in enumerate(ended) if each.startswith("WITH told")]
    lines = [place for place, each in enumerate(ended) if each.startswith("SELECT l.*, o.currency")]
    assert dated
    assert min(lines) > max(dated), ended


async def test_with_a_source_hanging_its_part_alone_is_stale_and_nothing_is_read_after(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(install(tmp_path)))
    async with (
        staged(database, hanging="wms", deadline_seconds=3) as stage,
        aiohttp.ClientSession() as client,
        counting(stage.gateway.pool) as statements,
    ):
        page = await _page(client, stage, 3)
        reads = {
            each: count for each, count in statements.items() if each.startswith("SELECT o.*, CASE")
        }
        confirmed = sum(count for each, count in statements.items() if "WITH told AS" in each)
    told = {
        (age["source"]["id"], age["servedFrom"], age["isStale"])
        for order in page
        for age in order["freshness"]
    }
    assert told == {
        ("market", "SOURCE", False), ("erp", "SOURCE", False), ("wms", "PROJECTION", True),
    }  # fmt: skip
    assert all(order["invoices"] and order["fulfillmentOrders"] for order in page)
    # Once by the list of their ids, and once by these.
    assert list(reads.values()) == [2]
    assert confirmed == 3


async def _dated(statements: Counter[str]) -> None:
    """Wait until each of the four streams is dated."""

    def is_dated() -> bool:
        return sum(statements[each] for each in statements if each.startswith("WITH told")) == 4

    await until("what was told again is dated", is_dated)


async def _events(pool: Any) -> list[tuple[str, list[str]]]:
    rows = await pool.fetch("SELECT type, changed FROM event WHERE aggregate = 'order' ORDER BY id")
    return [(row["type"], row["changed"]) for row in rows]
