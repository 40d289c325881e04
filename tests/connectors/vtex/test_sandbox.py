"""The sandbox keeps VTEX's rules: keys, limits, the list's pages and lag, the numbers of SKUs."""

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from connectors.vtex.sandbox import APP_KEY, KEY_WITHOUT_ROLE, KEYS, VtexSandbox
from connectors.vtex.sandbox.catalogue import Catalogue
from gateway.connect.testing.dataset import Dataset, write_dataset
from gateway.connect.testing.sandbox import SandboxOptions
from tests.connectors.staging import NOW, StillClock, an_order

from .callers import HEADERS, Caller
from .retail import Stage, a_dataset, staged
from .specification import ROOT


@pytest.mark.parametrize(
    ("key", "secret", "status"),
    [
        (APP_KEY, "wrong", 401),
        (APP_KEY, "", 401),
        ("unknown", "", 401),
        ("unknown", "x", 401),
        (KEY_WITHOUT_ROLE, KEYS[KEY_WITHOUT_ROLE], 403),
    ],
)
async def test_only_the_key_with_a_role_may_call(
    stage: Stage, key: str, secret: str, status: int
) -> None:
    answered, body = await Caller(stage, key, secret).call("GET", "/api/oms/pvt/orders")
    assert answered == status
    assert set(body["error"]) == {"code", "message", "exception"}


async def test_only_orders_of_the_last_two_years_are_shown_but_for_the_stated_exception(
    stage: Stage,
) -> None:
    caller = Caller(stage)
    assert await caller.listed() == ["2-01", "1-01"]
    assert await caller.listed(orderBy="creationDate,asc") == ["1-01", "2-01"]
    assert (await caller.call("GET", "/api/oms/pvt/orders/old-01"))[0] == 404
    assert (await caller.call("GET", "/api/oms/pvt/orders/none-01"))[0] == 404
    assert (await caller.call("GET", "/api/oms/pvt/orders/kept-01"))[0] == 200


async def test_a_range_of_creation_times_includes_both_ends(stage: Stage) -> None:
    caller = Caller(stage)
    span = "creationDate:[2026-11-17T12:00:00.000Z TO 2026-11-18T12:00:00.000Z]"
    assert await caller.listed(f_creationDate=span) == ["2-01", "1-01"]
    span = "creationDate:[2026-11-17T12:00:00.001Z TO 2026-11-18T11:59:59.999Z]"
    assert await caller.listed(f_creationDate=span) == []


@pytest.mark.parametrize(
    "query",
    [
        {"page": 31},
        {"page": 0},
        {"per_page": 101},
        {"per_page": 14},
        {"f_creationDate": "yesterday"},
        {"f_status": "invoiced"},
        {"orderBy": "origin,asc"},
    ],
)
async def test_the_list_is_cut_at_thirty_pages_of_a_hundred(
    stage: Stage, query: dict[str, Any]
) -> None:
    assert (await Caller(stage).call("GET", "/api/oms/pvt/orders", **query))[0] == 400


async def test_the_list_pages() -> None:
    orders = [an_order(f"{i:02}-01", placed_at=NOW - timedelta(hours=i)) for i in range(31)]
    async with staged(a_dataset(*orders)) as stage:
        caller = Caller(stage)
        pages = [await caller.listed(page=page) for page in (1, 2, 3, 4)]
        assert [len(page) for page in pages] == [15, 15, 1, 0]
        assert [ref for page in pages for ref in page] == [order.ref for order in orders]
        paging = (await caller.call("GET", "/api/oms/pvt/orders"))[1]["paging"]
        assert paging == {"total": 31, "pages": 3, "currentPage": 1, "perPage": 15}


async def test_a_change_is_in_the_list_four_minutes_later_and_in_the_order_at_once(
    stage: Stage,
) -> None:
    caller = Caller(stage)
    await stage.act("put_order", order=an_order("9-01", placed_at=NOW))
    await stage.act(
        "put_order", order=an_order("2-01", "shipped", placed_at=NOW - timedelta(days=2))
    )
    assert (await caller.call("GET", "/api/oms/pvt/orders/9-01"))[0] == 200
    assert (await caller.call("GET", "/api/oms/pvt/orders/2-01"))[1]["status"] == "invoiced"
    stage.clock.advance(239)
    assert await caller.listed() == ["2-01", "1-01"]
    stage.clock.advance(1)
    rows = (await caller.call("GET", "/api/oms/pvt/orders"))[1]["list"]
    assert [(row["orderId"], row["status"]) for row in rows] == [
        ("9-01", "payment-approved"),
        ("2-01", "invoiced"),
        ("1-01", "payment-approved"),
    ]


async def test_a_changed_order_carries_the_time_of_its_change(stage: Stage) -> None:
    stage.clock.advance(60)
    await stage.act("put_order", order=an_order("1-01", "processing"))
    order = (await Caller(stage).call("GET", "/api/oms/pvt/orders/1-01"))[1]
    assert order["lastChange"] == "2026-11-20T12:01:00.0000000+00:00"
    assert order["creationDate"] == "2026-11-19T12:00:00.0000000+00:00"


async def test_six_thousand_requests_a_minute_and_not_one_more(stage: Stage) -> None:
    caller = Caller(stage)
    stage.sandbox.budget.taken = 5999
    assert (await caller.call("GET", "/api/oms/pvt/orders/1-01"))[0] == 200
    stage.clock.advance(20.5)
    assert (await caller.call("GET", "/api/oms/pvt/orders/1-01"))[0] == 429
    assert caller.retry_after == "40"
    stage.clock.advance(39.5)
    assert (await caller.call("GET", "/api/oms/pvt/orders/1-01"))[0] == 200


async def test_skus_have_numbers_and_the_same_ones_every_time() -> None:
    numbers = []
    for _ in range(2):
        async with staged(a_dataset()) as stage:
            caller = Caller(stage)
            path = "/api/catalog_system/pvt/sku/stockkeepingunitids"
            numbers.append((await caller.call("GET", path, page=1, pagesize=1000))[1])
            codes = ["SKU-1", "nothing"]
            path = "/api/catalog_system/pub/sku/stockkeepingunitidsbyrefids"
            named = (await caller.call("POST", path, codes))[1]
            assert named["nothing"] is None
            path = f"/api/catalog/pvt/stockkeepingunit/{named['SKU-1']}"
            assert (await caller.call("GET", path))[1]["RefId"] == "SKU-1"
    assert numbers[0] == numbers[1] == sorted(numbers[0])
    assert len(numbers[0]) == 2


def test_thousands_of_skus_have_numbers_of_their_own() -> None:
    catalogue = Catalogue()
    catalogue.add(f"sku-{i}" for i in range(50_000))
    assert len(set(catalogue.ids.values())) == 50_000


def test_an_account_may_be_empty() -> None:
    sandbox = VtexSandbox(SandboxOptions(Dataset(), clock=StillClock()))
    assert sandbox.index.page({})["paging"]["total"] == 0
    assert sandbox.catalogue.page(1, 1000) == []


async def test_it_runs_as_a_process_of_its_own_and_ends_with_its_input(tmp_path: Path) -> None:
    seed = tmp_path / "seed.jsonl"
    write_dataset(a_dataset(an_order("1-01", is_beyond_window=True)).records(), seed)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "connectors.vtex.sandbox", "--seed", str(seed), "--speed", "60"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    url = json.loads(await process.stdout.readline())["url"]
    async with (
        aiohttp.ClientSession(headers=HEADERS) as client,
        client.get(f"{url}/api/oms/pvt/orders/1-01") as answer,
    ):
        assert (answer.status, (await answer.json())["orderId"]) == (200, "1-01")
    process.stdin.close()
    assert await process.wait() == 0
