"""The sandbox keeps ShipHero's rules: tokens, scopes, credits, pages, what a WMS knows."""

import asyncio
import base64
import json
import sys
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from connectors.shiphero.sandbox import TOKEN, TOKEN_WITHOUT_PERMISSION, ShipHeroSandbox
from connectors.shiphero.sandbox.hooks import retry_after
from gateway.connect.testing.dataset import Dataset, write_dataset
from gateway.connect.testing.sandbox import SandboxOptions
from tests.connectors.staging import NOW, StillClock

from .callers import ask, data
from .retail import DC, Stage, a_dataset, an_order, staged

ROOT = Path(__file__).parents[3]
ORDERS = (
    "{ orders%s { complexity data(first: 100) { edges { cursor node { partner_order_id } } } } }"
)
QUOTA = "{ user_quota { credits_remaining max_available increment_rate } }"


async def refs(stage: Stage, arguments: str = "") -> list[str]:
    found = await data(stage, ORDERS % arguments)
    return [edge["node"]["partner_order_id"] for edge in found["orders"]["data"]["edges"]]


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", TOKEN[:-1]])
async def test_only_the_account_s_token_may_call(token: str) -> None:
    async with staged(a_dataset()) as stage:
        status, body = await ask(stage, QUOTA, token)
        assert (status, body["code"]) == (401, "invalid_header")


async def test_a_token_without_a_scope_is_refused_with_200_and_code_7() -> None:
    async with staged(a_dataset()) as stage:
        status, body = await ask(stage, ORDERS % "", TOKEN_WITHOUT_PERMISSION)
        (error,) = body["errors"]
        assert (status, error["code"], body["data"]) == (200, 7, {"orders": None})
        assert error["message"] == "Missing required scope(s): view:orders"


async def test_a_query_that_is_not_of_the_schema_is_refused() -> None:
    async with staged(a_dataset()) as stage:
        for query in (
            "{ nothing }",
            "{ orders { data { edges { node { latitude } } } } }",
            "{",
            "",
        ):
            status, body = await ask(stage, query)
            assert (status, "errors" in body) == (400, True)


async def test_an_order_that_is_not_there_is_code_5() -> None:
    async with staged(a_dataset(an_order("1-01"))) as stage:
        query = 'query { order(id: "%s") { data { partner_order_id } } }'
        status, body = await ask(stage, query % "none")
        assert (status, body["errors"][0]["code"], body["data"]) == (200, 5, {"order": None})
        known = base64.b64encode(b"Order:1").decode()
        assert (await data(stage, query % known))["order"]["data"]["partner_order_id"] == "1-01"


async def test_an_order_is_known_from_its_approval_on_if_it_has_lines() -> None:
    orders = [an_order("1-01", "created"), an_order("2-01", lines=()), an_order("3-01", "canceled")]
    async with staged(a_dataset(*orders)) as stage:
        assert await refs(stage) == ["3-01"]
        await stage.act("put_order", order=an_order("1-01", "approved"))
        await stage.act("put_order", order=an_order("4-01", "created"))
        assert await refs(stage) == ["3-01", "1-01"]


async def test_orders_are_filtered_by_update_time_with_both_ends() -> None:
    times = [NOW - timedelta(hours=hours) for hours in (3, 2, 1)]
    orders = [an_order(f"{i}-01", updated_at=at) for i, at in enumerate(times)]
    async with staged(a_dataset(*orders)) as stage:
        assert await refs(stage, '(updated_from: "2026-11-20T10:00:00")') == ["1-01", "2-01"]
        between = '(updated_from: "2026-11-20T07:00:01-03:00", updated_to: "2026-11-20T11:00:00")'
        assert await refs(stage, between) == ["2-01"]
        assert await refs(stage, '(partner_order_id: "0-01")') == ["0-01"]
        assert await refs(stage, '(fulfillment_status: "canceled")') == []


async def test_a_changed_order_carries_the_time_of_its_change() -> None:
    async with staged(a_dataset(an_order("1-01"))) as stage:
        stage.clock.advance(60)
        await stage.act("put_order", order=an_order("1-01", "processing"))
        query = "{ orders { data { edges { node { updated_at order_date } } } } }"
        (edge,) = (await data(stage, query))["orders"]["data"]["edges"]
        assert edge["node"] == {
            "updated_at": "2026-11-20T12:01:00+00:00",
            "order_date": "2026-11-19T12:00:00+00:00",
        }


async def test_cursors_count_from_the_front() -> None:
    async with staged(a_dataset(*(an_order(f"{i}-01") for i in range(5)))) as stage:
        query = """query($after: String) { orders { data(first: 2, after: $after) {
            pageInfo { hasNextPage endCursor } edges { cursor node { partner_order_id } } } } }"""
        after, seen = None, []
        for _ in range(3):
            page = (await data(stage, query, after=after))["orders"]["data"]
            seen.append([edge["node"]["partner_order_id"] for edge in page["edges"]])
            after = page["pageInfo"]["endCursor"]
        assert seen == [["0-01", "1-01"], ["2-01", "3-01"], ["4-01"]]
        assert base64.b64decode(after or "") == b"arrayconnection:4"
        assert page["pageInfo"]["hasNextPage"] is False
        status, body = await ask(stage, query, after="x")
        assert (status, "errors" in body) == (200, True)


async def test_the_wms_has_no_stock_of_what_is_not_in_its_catalogue() -> None:
    async with staged(a_dataset()) as stage:
        query = "{ warehouse_products { data { edges { node { sku warehouse_identifier } } } } }"
        edges = (await data(stage, query))["warehouse_products"]["data"]["edges"]
        assert [edge["node"] for edge in edges] == [
            {"sku": "SKU-1", "warehouse_identifier": "dc-1"},
            {"sku": "SKU-1", "warehouse_identifier": "store-1"},
        ]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ('(sku: "SKU-1")', 2),
        (f'(sku: "SKU-1", warehouse_id: "{DC}")', 1),
        (f'(warehouse_id: "{DC}")', 1),
        ('(sku: "sku-1")', 0),
        ('(updated_from: "2026-11-20T00:00:00")', 0),
        ('(updated_to: "2026-11-20T00:00:00")', 2),
    ],
)
async def test_positions_are_filtered(arguments: str, found: int) -> None:
    async with staged(a_dataset()) as stage:
        query = f"{{ warehouse_products{arguments} {{ data {{ edges {{ node {{ sku }} }} }} }} }}"
        edges = (await data(stage, query))["warehouse_products"]["data"]["edges"]
        assert len(edges) == found


LINES = "line_items(first: %d) { edges { node { sku } } }"


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ orders { complexity data(first: 10) { edges { node { id } } } } }", 11),
        ("{ orders { complexity data { edges { node { id } } } } }", 101),
        (f"{{ orders {{ complexity data {{ edges {{ node {{ {LINES % 10} }} }} }} }} }}", 1001),
        ("{ orders { complexity data(first: 0) { edges { node { id } } } } }", 1),
    ],
)
async def test_complexity_is_the_rows_that_are_asked_for(query: str, cost: int) -> None:
    async with staged(a_dataset()) as stage:
        assert (await data(stage, query))["orders"]["complexity"] == cost


async def remaining(stage: Stage) -> int:
    quota = (await data(stage, QUOTA))["user_quota"]
    assert (quota["max_available"], quota["increment_rate"]) == (4004, 60)
    left: int = quota["credits_remaining"]
    return left


async def test_what_does_not_come_is_credited_back_and_credits_grow() -> None:
    async with staged(a_dataset(*(an_order(f"{i}-01") for i in range(3)))) as stage:
        assert await remaining(stage) == 4004
        await refs(stage)
        assert await remaining(stage) == 4000
        stage.clock.advance(0.05)
        assert await remaining(stage) == 4003
        stage.clock.advance(60)
        assert await remaining(stage) == 4004


async def test_without_credits_the_operation_is_refused_with_200_and_code_30() -> None:
    async with staged(a_dataset(an_order("1-01"))) as stage:
        stage.sandbox.quota.credits.take(4000)
        status, body = await ask(stage, ORDERS % "")
        (error,) = body["errors"]
        assert (status, error["code"]) == (200, 30)
        assert (error["required_credits"], error["remaining_credits"]) == (101, 4)
        assert error["time_remaining"] == "2 seconds"
        assert body["data"] == {"orders": None}
        stage.clock.advance(2)
        assert await refs(stage) == ["1-01"]


async def test_seven_thousand_requests_in_five_minutes_and_not_one_more() -> None:
    async with staged(a_dataset()) as stage:
        stage.sandbox.quota.requests = 6999
        assert (await ask(stage, QUOTA))[0] == 200
        stage.clock.advance(299)
        assert (await ask(stage, QUOTA))[0] == 429
        stage.clock.advance(1)
        assert (await ask(stage, QUOTA))[0] == 200


def test_a_push_is_tried_five_times_more() -> None:
    waits = [retry_after(2.0, attempt) for attempt in range(1, 7)]
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, None]


async def test_speed_multiplies_credits_and_touches_no_time() -> None:
    clock = StillClock()
    options = SandboxOptions(a_dataset(an_order("1-01")), speed=50.0, clock=clock)
    sandbox = ShipHeroSandbox(options)
    sandbox.quota.credits.take(4004)
    clock.advance(1)
    assert sandbox.quota.remaining == 3000
    assert sandbox.orders.record("1-01")["updated_at"] == "2026-11-19T16:00:00+00:00"


def test_an_account_may_be_empty() -> None:
    sandbox = ShipHeroSandbox(SandboxOptions(Dataset(), clock=StillClock()))
    assert sandbox.warehouses.all() == []


async def test_it_runs_as_a_process_of_its_own_and_ends_with_its_input(tmp_path: Path) -> None:
    seed = tmp_path / "seed.jsonl"
    write_dataset(a_dataset(an_order("1-01")).records(), seed)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "connectors.shiphero.sandbox", "--seed", str(seed)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    url = json.loads(await process.stdout.readline())["url"]
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as client,
        client.post(f"{url}/graphql", json={"query": ORDERS % ""}) as answer,
    ):
        page = (await answer.json())["data"]["orders"]["data"]
        assert page["edges"][0]["node"] == {"partner_order_id": "1-01"}
    process.stdin.close()
    assert await process.wait() == 0
