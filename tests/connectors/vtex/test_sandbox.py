"""The sandbox keeps VTEX's rules: keys, limits, the list's lag and the feed's time-outs."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from connectors.vtex.sandbox import APP_KEY, KEY_WITHOUT_ROLE, KEYS, VtexSandbox
from connectors.vtex.sandbox.catalogue import Catalogue
from gateway.connect.testing.dataset import Dataset, write_dataset
from gateway.connect.testing.sandbox import SandboxOptions

from .retail import NOW, Stage, StillClock, a_dataset, an_order, staged
from .specification import ROOT

ALWAYS = {"type": "FromOrders", "expression": "$exists(orderId)", "disableSingleFire": True}
QUEUE = {"visibilityTimeoutInSeconds": 250, "MessageRetentionPeriodInSeconds": 345600}
HEADERS = {"X-VTEX-API-AppKey": APP_KEY, "X-VTEX-API-AppToken": KEYS[APP_KEY]}
Answered = tuple[int, Any]


class Caller:
    """A plain caller with a key."""

    def __init__(self, stage: Stage, key: str = APP_KEY, secret: str | None = None) -> None:
        self._url = stage.url
        self.headers = {
            "X-VTEX-API-AppKey": key,
            "X-VTEX-API-AppToken": KEYS[key] if secret is None else secret,
        }

    async def call(self, method: str, path: str, body: object = None, **query: Any) -> Answered:
        params = {name: str(value) for name, value in query.items()}
        async with (
            aiohttp.ClientSession(headers=self.headers) as client,
            client.request(method, self._url + path, json=body, params=params) as answer,
        ):
            assert answer.headers["X-Trama-Sandbox"] == "VTEX sandbox"
            self.retry_after = answer.headers.get("Retry-After")
            text = await answer.read()
            return answer.status, await answer.json() if text else None

    async def listed(self, **query: Any) -> list[str]:
        status, body = await self.call("GET", "/api/oms/pvt/orders", **query)
        assert status == 200
        return [row["orderId"] for row in body["list"]]

    async def configure(self, **filter_: Any) -> int:
        body = {"filter": filter_ or ALWAYS, "queue": QUEUE}
        return (await self.call("POST", "/api/orders/feed/config", body))[0]

    async def feed(self, lot: int = 10) -> list[dict[str, Any]]:
        status, items = await self.call("GET", "/api/orders/feed", maxlot=lot)
        assert status == 200
        return list(items)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    old = timedelta(days=800)
    orders = [
        an_order("1-01", placed_at=NOW - timedelta(days=3)),
        an_order("2-01", placed_at=NOW - timedelta(days=2)),
        an_order("old-01", placed_at=NOW - old),
        an_order("kept-01", placed_at=NOW - old, is_beyond_window=True),
    ]
    async with staged(a_dataset(*orders)) as stage:
        yield stage


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


async def test_without_a_configuration_there_is_no_feed(stage: Stage) -> None:
    caller = Caller(stage)
    assert (await caller.call("GET", "/api/orders/feed", maxlot=10))[0] == 404
    assert (await caller.call("GET", "/api/orders/feed/config"))[0] == 404
    assert await caller.configure() == 200
    status, config = await caller.call("GET", "/api/orders/feed/config")
    assert (status, config["filter"], config["queue"]) == (200, ALWAYS, QUEUE)
    assert config["quantity"] == 1
    await caller.call("DELETE", "/api/orders/feed/config")
    assert (await caller.call("GET", "/api/orders/feed", maxlot=10))[0] == 404


@pytest.mark.parametrize("lot", ["11", "0", "", "x"])
async def test_a_lot_is_at_most_ten(stage: Stage, lot: str) -> None:
    caller = Caller(stage)
    await caller.configure()
    assert (await caller.call("GET", "/api/orders/feed", maxlot=lot))[0] == 400


async def test_what_was_read_comes_again_unless_it_was_committed_in_time(stage: Stage) -> None:
    caller = Caller(stage)
    await caller.configure()
    (first,) = await caller.feed()
    assert (first["orderId"], first["state"], first["lastState"]) == (
        "kept-01",
        "payment-approved",
        "",
    )
    assert await caller.feed() == []
    stage.clock.advance(250)
    await caller.call("POST", "/api/orders/feed", {"handles": [first["handle"]]})
    (again,) = await caller.feed()
    assert again["eventId"] == first["eventId"]
    assert again["handle"] != first["handle"]
    await caller.call("POST", "/api/orders/feed", {"handles": [again["handle"]]})
    stage.clock.advance(250)
    assert await caller.feed() == []


async def test_each_change_is_an_event_of_its_own(stage: Stage) -> None:
    caller = Caller(stage)
    await caller.configure()
    await stage.act("put_order", order=an_order("1-01", "processing"))
    await stage.act("put_order", order=an_order("1-01", "invoiced"))
    lots = [await caller.feed(2), await caller.feed(2)]
    assert [[item["orderId"] for item in lot] for lot in lots] == [["kept-01", "1-01"], ["1-01"]]
    assert [(item["lastState"], item["state"]) for item in lots[0][1:] + lots[1]] == [
        ("payment-approved", "handling"),
        ("handling", "invoiced"),
    ]


async def test_events_are_kept_for_the_retention_and_a_silent_feed_is_removed(
    stage: Stage,
) -> None:
    caller = Caller(stage)
    await caller.configure()
    stage.clock.advance(345600 - 1)
    await stage.act("put_order", order=an_order("1-01", "processing"))
    stage.clock.advance(2)
    assert [item["orderId"] for item in await caller.feed()] == ["1-01"]
    stage.clock.advance(345600)
    assert (await caller.call("GET", "/api/orders/feed", maxlot=10))[0] == 404


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"type": "FromWorkflow"}, ["handling", "invoiced"]),
        ({"type": "FromWorkflow", "status": ["invoiced"]}, ["invoiced"]),
        (ALWAYS, ["handling", "invoiced", "invoiced", "invoiced"]),
        (ALWAYS | {"disableSingleFire": False}, ["handling"]),
        (
            {
                "type": "FromOrders",
                "expression": 'status = "invoiced" or status = "canceled"',
                "disableSingleFire": True,
            },
            ["invoiced", "invoiced", "invoiced"],
        ),
    ],
)
async def test_a_feed_tells_what_its_filter_wants(wanted: dict[str, Any], told: list[str]) -> None:
    async with staged(a_dataset(an_order("1-01"))) as stage:
        caller = Caller(stage)
        assert await caller.configure(**wanted) == 200
        for word in ("processing", "invoiced", "shipped", "delivered"):
            await stage.act("put_order", order=an_order("1-01", word))
        assert [item["state"] for item in await caller.feed()] == told


@pytest.mark.parametrize(
    ("wanted", "status"),
    [
        ({"type": "FromWorkflow", "expression": "true"}, 409),
        ({"type": "FromOrders", "status": ["invoiced"]}, 409),
        ({"type": "FromOrders"}, 400),
        ({"type": "FromOrders", "expression": "value > 100"}, 400),
        ({"type": "FromNowhere"}, 400),
    ],
)
async def test_a_filter_that_cannot_be_kept_is_refused(
    stage: Stage, wanted: dict[str, Any], status: int
) -> None:
    assert await Caller(stage).configure(**wanted) == status


async def test_a_hook_whose_address_does_not_answer_is_refused(stage: Stage) -> None:
    hook = {"url": f"{stage.url}/nowhere", "headers": {"key": "x"}}
    body = {"filter": ALWAYS, "hook": hook}
    assert (await Caller(stage).call("POST", "/api/orders/hook/config", body))[0] == 400


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
