"""Events of orders, pulled page by page: from the log, and of each order."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from gateway.model.order import ChannelState

from .following import take
from .stage import KEYS, Stage, an_order, some_work, staged

PAGE = """query($first: Int, $after: EventCursor, $filter: OrderEventFilter) {
  orderEvents(first: $first, after: $after, filter: $filter) {
    edges { cursor node { orderId version } } nodes { version }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
OF_ORDERS = """query($first: Int, $after: EventCursor) { orders(first: 10) { nodes { number
  events(first: $first, after: $after) {
    nodes { type version order { number } } pageInfo { hasNextPage endCursor } } } } }"""
FOLLOW = "subscription($after: EventCursor) { orderEvents(after: $after) { cursor node { id } } }"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(module_database: str) -> AsyncIterator[Stage]:
    """One gateway with three orders, the first of which has three events."""
    async with staged(module_database, events={"poll_seconds": 0.02}) as stage:
        async with stage.following("subscription { orderEvents { cursor } }") as told:
            await take(told, 1)
            await stage.put("orders", an_order("1"))
            await stage.put("fulfillments", some_work("1", "w-2"))
            await stage.put("orders", an_order("1", state=ChannelState.CANCELLED))
            await stage.put("orders", an_order("2"))
            await stage.put("orders", an_order("3"))
            await take(told, 5)
        yield stage


async def page(stage: Stage, **how: Any) -> dict[str, Any]:
    """Answer a page of the log."""
    kind = how.pop("kind", "operator")
    found: dict[str, Any] = (await stage.data(PAGE, how, kind=kind))["orderEvents"]
    return found


async def test_page_by_page_the_whole_log_is_read_once(served: Stage) -> None:
    seen: list[tuple[str, int]] = []
    cursor: str | None = None
    for has_previous, count, has_next in ((False, 2, True), (True, 2, True), (True, 1, False)):
        found = await page(served, first=2, after=cursor)
        info, edges = found["pageInfo"], found["edges"]
        seen += [(edge["node"]["orderId"], edge["node"]["version"]) for edge in edges]
        assert (info["hasPreviousPage"], len(edges), info["hasNextPage"]) == (
            has_previous, count, has_next,
        )  # fmt: skip
        assert info["startCursor"] == edges[0]["cursor"]
        assert [edge["node"]["version"] for edge in edges] == [
            node["version"] for node in found["nodes"]
        ]
        cursor = info["endCursor"]
    first, *_, second, third = [order for order, _ in seen]
    assert seen == [(first, 1), (first, 2), (first, 3), (second, 1), (third, 1)]
    assert len({first, second, third}) == 3


async def test_an_empty_page_says_how_far_the_log_was_read(served: Stage) -> None:
    whole = await page(served)
    end, last = whole["pageInfo"]["endCursor"], whole["edges"][-1]["cursor"]
    nothing = await page(served, filter={"channels": ["nowhere"]})
    assert (nothing["edges"], nothing["pageInfo"]) == (
        [],
        {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": end},
    )
    assert (await page(served, after=last))["edges"] == []
    assert (await page(served, after=end))["pageInfo"]["endCursor"] == end
    async with served.following(FOLLOW, {"after": end}) as told:
        (start,) = await take(told, 1)
    assert start.cursor == end


async def test_a_partner_pulls_its_own_only(served: Stage) -> None:
    found = await page(served, kind="partner")
    assert [edge["node"]["version"] for edge in found["edges"]] == [2, 3]
    assert await served.codes(PAGE, kind="storefront") == [(["orderEvents"], "FORBIDDEN")]


async def test_the_events_of_many_orders_are_read_at_once(served: Stage) -> None:
    async with served.counting() as sent:
        found = (await served.data(OF_ORDERS, {"first": 2}))["orders"]["nodes"]
    told = {
        each["number"]: [(e["type"], e["version"]) for e in each["events"]["nodes"]]
        for each in found
    }
    assert told == {
        "1": [("CREATED", 1), ("UPDATED", 2)], "2": [("CREATED", 1)], "3": [("CREATED", 1)],
    }  # fmt: skip
    assert {each["number"]: each["events"]["pageInfo"]["hasNextPage"] for each in found} == {
        "1": True, "2": False, "3": False,
    }  # fmt: skip
    assert [count for text, count in sent.items() if text.startswith("SELECT found.*")] == [1]
    (cursor,) = [e["events"]["pageInfo"]["endCursor"] for e in found if e["number"] == "1"]
    rest = (await served.data(OF_ORDERS, {"after": cursor}))["orders"]["nodes"]
    assert {each["number"]: each["events"]["nodes"] for each in rest} == {
        "1": [{"type": "UPDATED", "version": 3, "order": {"number": "1"}}],
        "2": [{"type": "CREATED", "version": 1, "order": {"number": "2"}}],
        "3": [{"type": "CREATED", "version": 1, "order": {"number": "3"}}],
    }


@pytest.mark.parametrize("first", [0, -1, 501])
async def test_a_page_has_one_to_five_hundred_events(served: Stage, first: int) -> None:
    assert await served.codes(PAGE, {"first": first}) == [(["orderEvents"], "BAD_REQUEST")]
    orders = await served.codes(OF_ORDERS, {"first": first})
    assert {code for _, code in orders} == {"BAD_REQUEST"}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("media", ["application/json", "application/graphql-response+json"])
async def test_a_subscription_that_wants_one_answer_is_told_how_to_ask(
    served: Stage, method: str, media: str
) -> None:
    asked = {"query": "subscription { orderEvents { cursor } }"}
    headers = {
        "X-Api-Key": KEYS["operator"], "Accept": media, "GraphQL-Require-Preflight": "1",
    }  # fmt: skip
    how: dict[str, Any] = {"params": asked} if method == "GET" else {"json": asked}
    async with (
        aiohttp.ClientSession(headers=headers) as client,
        client.request(method, f"{served.url}/graphql", **how) as answer,
    ):
        told = await answer.json()
    assert (answer.status, answer.content_type) == (406, media)
    assert told == {
        "errors": [
            {
                "message": "a subscription is answered as a stream: open a WebSocket "
                "(graphql-transport-ws), or accept text/event-stream or multipart/mixed",
                "extensions": {"code": "STREAM_REQUIRED"},
            }
        ]
    }
