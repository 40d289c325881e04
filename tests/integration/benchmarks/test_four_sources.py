"""The sources of the benchmarks, in this process: an order is read again at each that knows it."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from benchmarks.clients.load import Target
from benchmarks.gateway import ask
from benchmarks.questions import ORDER, ORDER_IDS
from benchmarks.rows.live import LivePage, page_of, page_of_aliases
from benchmarks.vendor.connector import install
from benchmarks.vendor.server import Vendor
from tests.e2e.processes import until
from tests.integration.four_sources import NOBODY, Stage, serving_vendor, staged

# What one page asks each source for, in batches.
ASKED_ONCE = {
    "market": {"orders": 1},
    "erp": {"orders": 1, "invoices": 1},
    "wms": {"fulfillments": 1},
    "till": {},
}
SEEN = """query($keys: [OrderByInput!]!) {
  ordersByKey(keys: $keys, freshness: {maxAge: "PT0S", onStale: REFRESH_OR_SERVE}) { number }
}"""


async def test_an_order_is_read_again_at_its_channel_its_erp_and_its_warehouse(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(install(tmp_path)))
    async with staged(database) as stage, aiohttp.ClientSession() as client:
        nodes = (await ask(client, stage.target, ORDER_IDS, {}))["orders"]["nodes"]
        variables = {"id": nodes[-1]["id"]}
        order = (await ask(client, stage.target, ORDER, variables))["order"]
        bills = stage.vendors["erp"].rows["invoices"]
        ref = f"bill-{order['number']}"
        bills[ref] = msgspec.structs.replace(bills[ref], total="12.50", version=2)
        asked_before = {name: dict(v.traffic.requests) for name, v in stage.vendors.items()}
        order = (await ask(client, stage.target, ORDER, variables))["order"]
    assert order["invoices"] == [
        {"number": ref, "status": "ISSUED", "total": {"amount": "12.50", "currency": "BRL"}}
    ]
    assert {
        age["source"]["id"]: (age["servedFrom"], age["isStale"]) for age in order["freshness"]
    } == dict.fromkeys(("market", "erp", "wms"), ("SOURCE", False))
    assert _more(stage, asked_before) == ASKED_ONCE


@pytest.mark.parametrize("page_by", [page_of, page_of_aliases])
async def test_a_page_of_orders_asks_each_stream_once_whatever_each_is_asked_for_by(
    database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    page_by: Callable[[Sequence[str]], LivePage],
) -> None:
    monkeypatch.syspath_prepend(str(install(tmp_path)))
    async with staged(database) as stage, aiohttp.ClientSession() as client:
        nodes = (await ask(client, stage.target, ORDER_IDS, {}))["orders"]["nodes"]
        asked_before = {name: dict(v.traffic.requests) for name, v in stage.vendors.items()}
        page = await page_by([node["id"] for node in nodes]).ask(client, stage.target)
    assert [order["freshness"][0]["servedFrom"] for order in page] == ["SOURCE"] * 3
    assert len({order["number"] for order in page}) == 3
    assert _more(stage, asked_before) == ASKED_ONCE


async def test_what_was_read_before_is_asked_for_again_only_for_who_may_see_it(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(install(tmp_path)))
    async with staged(database) as stage, aiohttp.ClientSession() as client:
        nodes = (await ask(client, stage.target, ORDER_IDS, {}))["orders"]["nodes"]
        page = page_of([node["id"] for node in nodes])
        await page.ask(client, stage.target)
        asked_before = {name: dict(v.traffic.requests) for name, v in stage.vendors.items()}
        partner = Target(stage.target.url, {"Authorization": f"Bearer {NOBODY}"})
        assert await seen(client, partner, nodes) == [None] * 3
        # What the gateway had sent would be there by now: the sources are in this very loop.
        await ask(client, stage.target, ORDER_IDS, {})
        assert not any(_more(stage, asked_before).values())
        again = await page.ask(client, stage.target)
    assert [order["freshness"][0]["servedFrom"] for order in again] == ["SOURCE"] * 3
    assert _more(stage, asked_before) == ASKED_ONCE


async def test_sources_that_are_remembered_are_asked_before_anything_is_read_of_the_orders(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(install(tmp_path)))
    async with staged(database) as stage, aiohttp.ClientSession() as client:
        nodes = (await ask(client, stage.target, ORDER_IDS, {}))["orders"]["nodes"]
        page = page_of([node["id"] for node in nodes])
        first = await page.ask(client, stage.target)
        asked_before = {name: dict(v.traffic.requests) for name, v in stage.vendors.items()}
        async with AsyncExitStack() as held, asyncio.TaskGroup() as tasks:
            for _ in range(stage.gateway.pool.get_max_size()):
                await held.enter_async_context(stage.gateway.pool.acquire())
            asking = tasks.create_task(page.ask(client, stage.target))
            await until("each source is asked", lambda: _more(stage, asked_before) == ASKED_ONCE)
            assert not asking.done()
            await held.aclose()
            again = await asking
    assert [_undated(order) for order in again] == [_undated(order) for order in first]
    assert _more(stage, asked_before) == ASKED_ONCE


async def test_an_order_that_its_channel_tells_anew_is_shown_so_and_the_others_as_they_were(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(install(tmp_path)))
    async with staged(database) as stage, aiohttp.ClientSession() as client:
        nodes = (await ask(client, stage.target, ORDER_IDS, {}))["orders"]["nodes"]
        page = page_of([node["id"] for node in nodes])
        before = await page.ask(client, stage.target)
        sales = stage.vendors["market"].rows["orders"]
        ref = before[1]["number"]
        sales[ref] = msgspec.structs.replace(sales[ref], total="12.50", version=2)
        after = await page.ask(client, stage.target)
    assert [order["number"] for order in after] == [order["number"] for order in before]
    assert [order["total"]["amount"] for order in before] == ["10.00", "10.00", "10.00"]
    assert [order["total"]["amount"] for order in after] == ["10.00", "12.50", "10.00"]
    ages = [age for order in after for age in order["freshness"]]
    assert {(age["servedFrom"], age["isStale"]) for age in ages} == {("SOURCE", False)}


def _undated(order: Mapping[str, Any]) -> dict[str, Any]:
    """Answer an order without how old it is."""
    return {name: value for name, value in order.items() if name != "freshness"}


async def seen(
    client: aiohttp.ClientSession, target: Target, nodes: Sequence[Mapping[str, Any]]
) -> list[Any]:
    """Answer what a caller sees of orders that are to be read at their sources."""
    variables = {"keys": [{"id": node["id"]} for node in nodes]}
    found: list[Any] = (await ask(client, target, SEEN, variables))["ordersByKey"]
    return found


async def test_a_batch_is_asked_for_by_refs_or_by_the_orders_that_rows_are_of() -> None:
    vendor = Vendor(1, 3, 0.0, is_channel=False)
    async with serving_vendor(vendor) as url, aiohttp.ClientSession() as client:

        async def refs(stream: str, asked: dict[str, list[str]]) -> list[str]:
            async with client.post(f"{url}/{stream}/batch", json=asked) as answer:
                return [row["ref"] for row in (await answer.json())["rows"]]

        assert await refs("invoices", {"refs": ["bill-order-00002", "none"]}) == [
            "bill-order-00002"
        ]
        assert await refs("invoices", {"orders": ["order-00002", "order-00000"]}) == [
            "bill-order-00000",
            "bill-order-00002",
        ]
        assert await refs("fulfillments", {"refs": [], "orders": ["order-00001"]}) == [
            "work-order-00001"
        ]
        async with client.get(f"{url}/openapi.json?streams=invoices") as answer:
            told = await answer.json()
    assert told["servers"] == [{"url": url}]
    assert list(told["paths"]) == ["/invoices/batch"]


def _more(stage: Stage, before: dict[str, dict[str, int]]) -> dict[str, dict[str, Any]]:
    """Answer the batches that each vendor was asked since."""
    return {
        name: {
            stream: count - before[name].get(stream, 0)
            for stream, count in vendor.traffic.requests.items()
            if count > before[name].get(stream, 0)
        }
        for name, vendor in stage.vendors.items()
    }
