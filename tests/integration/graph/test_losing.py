"""Subscribers and pullers who lose an order, or come too late, are told so."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from .following import forget_to, refusal, take
from .stage import Stage, an_order, reais, some_work, staged

FOLLOW = """subscription($after: EventCursor) { orderEvents(after: $after) {
  cursor node { type orderId version changedFields order { number } } } }"""
PULL = """query($after: EventCursor, $filter: OrderEventFilter) {
  orderEvents(after: $after, filter: $filter) { nodes { type version } } }"""

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(module_database: str) -> AsyncIterator[Stage]:
    """One gateway whose log is looked at often."""
    async with staged(module_database, events={"poll_seconds": 0.02}) as stage:
        yield stage


async def id_of(stage: Stage, number: str) -> str:
    """Answer our id of an order."""
    found = await stage.data(f'{{ order(by: {{number: "{number}"}}) {{ id }} }}')
    return str(found["order"]["id"])


async def test_an_order_that_is_lost_is_told_once_more_and_is_null(served: Stage) -> None:
    await served.put("orders", an_order("l-1"))
    order, here = await id_of(served, "l-1"), some_work("l-1", "w-2")
    async with (
        served.following(FOLLOW, kind="partner") as told,
        served.following(FOLLOW) as everything,
    ):
        await take(told, 1)
        await take(everything, 1)
        await served.put("fulfillments", here)
        await served.put("fulfillments", replace(some_work("l-1", "w-2"), location_ref="w-1"))
        await served.put("orders", an_order("l-1", total=reais("9.00")))
        mine = [each.edge["node"] for each in await take(told, 2)]
        whole = [each.edge["node"] for each in await take(everything, 3)]
        await served.put("orders", an_order("l-2"))
        await served.put("fulfillments", some_work("l-2", "w-2"))
        (after,) = await take(told, 1)
    assert [(each["type"], each["orderId"], each["version"]) for each in mine] == [
        ("UPDATED", order, 2), ("LEFT", order, 3),
    ]  # fmt: skip
    assert mine[1] == {
        "type": "LEFT", "orderId": order, "version": 3, "changedFields": [], "order": None,
    }  # fmt: skip
    assert [(each["version"], each["order"]["number"]) for each in whole] == [
        (2, "l-1"), (3, "l-1"), (4, "l-1"),
    ]  # fmt: skip
    assert after.edge["node"]["orderId"] == await id_of(served, "l-2")
    pulled = await served.data(PULL, {"filter": {"orderIds": [order]}}, kind="partner")
    assert [(each["type"], each["version"]) for each in pulled["orderEvents"]["nodes"]] == [
        ("UPDATED", 2), ("LEFT", 3),
    ]  # fmt: skip


async def test_a_customer_is_told_of_its_own_orders_only(served: Stage) -> None:
    token = served.token("ana")
    async with served.following(FOLLOW, token=token) as told:
        await take(told, 1)
        await served.put("orders", an_order("c-1", "rui"), an_order("c-2", "ana"))
        (mine,) = await take(told, 1)
    assert mine.edge["node"]["order"] == {"number": "c-2"}
    found = await served.data(PULL, token=token)
    assert [each["type"] for each in found["orderEvents"]["nodes"]] == ["CREATED"]


async def test_who_comes_too_late_is_told_from_where_to_go_on(served: Stage) -> None:
    await served.put("orders", an_order("e-1"))
    async with served.following(FOLLOW) as told:
        (early,) = await take(told, 1)
        await served.put("orders", an_order("e-2"), an_order("e-3"))
        (second, third) = await take(told, 2)
    async with served.following(FOLLOW, {"after": early.cursor}) as told:
        await take(told, 1)
        await forget_to(served, second.cursor)
        (last,) = await take(told, 1)
        assert [each async for each in told] == []
    (error,) = last.response["errors"]
    assert (set(last.response), last.cursor) == ({"errors"}, None)
    assert set(error["extensions"]) == {"code", "resumeFrom"}
    assert error["extensions"]["code"] == "CURSOR_EXPIRED"
    resume = error["extensions"]["resumeFrom"]
    assert resume == second.cursor
    refused = ("CURSOR_EXPIRED", None)
    assert await refusal(served, FOLLOW, {"after": early.cursor}) == refused
    assert await refusal(served, FOLLOW, resume_after=early.cursor) == refused
    pulled = await served.codes(PULL, {"after": early.cursor})
    assert pulled == [(["orderEvents"], "CURSOR_EXPIRED")]
    async with served.following(FOLLOW, {"after": resume}) as told:
        assert [each.cursor for each in await take(told, 2)] == [resume, third.cursor]
