"""Availability as subscribers are told it: whenever it changes, only the latest state."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from gateway.events.cursor import Log
from gateway.model.stock import PositionRef, StockRecord

from .following import refusal, take
from .stage import Stage, Told, staged

FOLLOW = """subscription($skus: [Sku!]!, $after: EventCursor) {
  availabilityChanged(skus: $skus, after: $after) {
    cursor node { sku availableToSell isCapped status freshness { isStale } } } }"""
BOTH = {"skus": ["SKU-1", "007"]}

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(module_database: str) -> AsyncIterator[Stage]:
    """One gateway whose log is looked at often."""
    async with staged(module_database, events={"poll_seconds": 0.02}) as stage:
        yield stage


async def sell(stage: Stage, **on_hand: int) -> None:
    """Let the warehouse say what it has of SKUs at its second location."""
    now = datetime.now(UTC)
    names = {"one": "SKU-1", "seven": "007"}
    await stage.put(
        "stock",
        *(StockRecord(PositionRef(names[name], "w-2"), now, count, 0)
          for name, count in on_hand.items()),
    )  # fmt: skip


async def until_told(stage: Stage) -> None:
    """Wait until a reader that follows everything has been told of the last change."""
    last = await stage.gateway.pool.fetchval("SELECT max(sequence) FROM position")
    seal, who = stage.gateway.feed.seal, "key:people"
    async with stage.following(FOLLOW, BOTH) as told, asyncio.timeout(60):
        async for each in told:
            if each.cursor is not None and seal.open(Log.STOCK, each.cursor, who) >= last:
                return


def states(told: list[Told]) -> list[Any]:
    """Answer what each answer says may be sold of what."""
    nodes = [each.edge["node"] for each in told]
    return [None if node is None else (node["sku"], node["availableToSell"]) for node in nodes]


async def test_each_sku_that_changed_is_told_once_with_its_latest_state(served: Stage) -> None:
    async with served.following(FOLLOW, BOTH) as told:
        (start,) = await take(told, 1)
        assert start.edge == {"cursor": start.cursor, "node": None}
        for count in (7, 8, 9):
            await sell(served, one=count, seven=count)
        await until_told(served)
        first, last = await take(told, 2)
        assert states([first, last]) == [("007", 9), ("SKU-1", 12)]
        assert first.edge["cursor"] == first.cursor == start.cursor
        assert last.edge["cursor"] == last.cursor != start.cursor
        await sell(served, one=9, seven=3)
        assert states(await take(told, 1)) == [("007", 3)]


async def test_who_stops_between_two_skus_is_told_both_again(served: Stage) -> None:
    await sell(served, one=1, seven=1)
    async with served.following(FOLLOW, BOTH) as told:
        await take(told, 1)
        await sell(served, one=2, seven=2)
        await until_told(served)
        first, last = await take(told, 2)
    asked = {**BOTH, "after": first.cursor}
    async with served.following(FOLLOW, asked) as told:
        assert states(await take(told, 3)) == [None, ("007", 2), ("SKU-1", 5)]
    await sell(served, seven=4)
    async with served.following(FOLLOW, asked, resume_after=last.cursor) as told:
        assert states(await take(told, 2)) == [None, ("007", 4)]


async def test_a_caller_is_shown_no_more_than_its_cap(served: Stage) -> None:
    async with (
        served.following(FOLLOW, {"skus": ["007"]}, kind="storefront") as capped,
        served.following(FOLLOW, {"skus": ["007"]}) as whole,
    ):
        await take(capped, 1)
        await take(whole, 1)
        await sell(served, seven=25)
        (shown,), (known,) = await take(capped, 1), await take(whole, 1)
    assert (shown.edge["node"]["availableToSell"], shown.edge["node"]["isCapped"]) == (10, True)
    assert (known.edge["node"]["availableToSell"], known.edge["node"]["isCapped"]) == (25, False)
    hidden = """subscription { availabilityChanged(skus: ["007"]) {
        node { locations { onHand availableToPromise } } } }"""
    async with served.following(hidden, kind="storefront") as told:
        await take(told, 1)
        await sell(served, seven=26)
        (answer,) = await take(told, 1)
    assert {each["extensions"]["code"] for each in answer.response["errors"]} == {"FORBIDDEN"}
    (place,) = answer.response["data"]["availabilityChanged"]["node"]["locations"]
    assert place == {"onHand": None, "availableToPromise": 10}


async def test_the_skus_of_a_moment_are_read_at_once_and_no_source_is_asked(served: Stage) -> None:
    await served.gateway.pool.execute("UPDATE position SET observed_at = $1", long_ago())
    async with served.following(FOLLOW, BOTH) as told:
        await take(told, 1)
        await sell(served, one=3, seven=3)
        await until_told(served)
        async with served.counting() as sent:
            answers = await take(told, 2)
    assert states(answers) == [("007", 3), ("SKU-1", 6)]
    assert answers[1].edge["node"]["freshness"] == {"isStale": True}
    assert [count for text, count in sent.items() if "location_group" in text] == [1]


def long_ago() -> datetime:
    return datetime.now(UTC) - timedelta(days=1)


@pytest.mark.parametrize("skus", [[], ["SKU-1"] * 201], ids=["none", "many"])
async def test_as_many_skus_as_may_be_asked_for_may_be_followed(
    served: Stage, skus: list[str]
) -> None:
    refused = ("BAD_REQUEST", ["availabilityChanged"])
    assert await refusal(served, FOLLOW, {"skus": skus}) == refused
    async with served.following(FOLLOW, {"skus": ["SKU-1"] * 200}) as told:
        assert states(await take(told, 1)) == [None]


async def test_following_has_the_price_of_one_answer(served: Stage) -> None:
    nested = """subscription($skus: [Sku!]!) { availabilityChanged(skus: $skus) { node {
        locations { freshness { source { runs(first: 3) { id } } } } } } }"""
    outcome = await served.open_live(nested, {"skus": ["a"] * 200}, kind="storefront")
    body = getattr(outcome, "body", None)
    assert isinstance(body, dict)
    (error,) = body["errors"]
    told = error["extensions"]
    assert (told["code"], told["price"], told["budget"]) == ("COST_TOO_HIGH", 1 + 8 + 1200, 1000)


async def test_a_cursor_of_orders_is_none_of_stock(served: Stage) -> None:
    async with served.following("subscription { orderEvents { cursor } }") as told:
        (there,) = await take(told, 1)
    refused = ("INVALID_CURSOR", ["availabilityChanged"])
    assert await refusal(served, FOLLOW, {**BOTH, "after": there.cursor}) == refused
