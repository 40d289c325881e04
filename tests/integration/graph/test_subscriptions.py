"""Events of orders as subscribers are told them: in order, within reach, resumable, made once."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio

from gateway.engine.engine import Engine
from gateway.engine.response import Response
from gateway.events.cursor import CursorSeal
from gateway.model.events import event_id
from gateway.model.ids import GlobalId
from gateway.model.order import ChannelState
from gateway.web.parts import ExecutionOutcome
from gateway.web.parts import Told as LiveAnswer
from tests.e2e.processes import until

from .following import refusal, take
from .stage import ENGINE, PLACED, Stage, Told, an_order, some_work, staged

FOLLOW = """subscription($after: EventCursor, $filter: OrderEventFilter) {
  orderEvents(after: $after, filter: $filter) {
    cursor node { id type orderId version changedFields occurredAt recordedAt } } }"""
WITH_ORDER = "subscription { orderEvents { cursor node { type order { number status } } } }"
PULL = """query($after: EventCursor, $filter: OrderEventFilter) {
  orderEvents(after: $after, filter: $filter, first: 500) {
    nodes { type orderId } pageInfo { endCursor } } }"""
STOCK = 'subscription { availabilityChanged(skus: ["SKU-1"]) { cursor } }'
READS_ORDERS = "SELECT o.*, "
READS_TAIL = "SELECT e.id AS position, "

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


async def test_what_becomes_of_an_order_is_told_in_order_after_a_checkpoint(served: Stage) -> None:
    async with served.following(FOLLOW) as told:
        (first,) = await take(told, 1)
        assert first.edge == {"cursor": first.cursor, "node": None}
        await served.put("orders", an_order("a-1"))
        await served.put("orders", an_order("a-1", state=ChannelState.CANCELLED, updated_at=PLACED))
        created, changed = await take(told, 2)
    order = await id_of(served, "a-1")
    rows = await served.gateway.pool.fetch(
        "SELECT id, recorded_at FROM event WHERE aggregate_id = $1 ORDER BY id",
        GlobalId.parse(order).uuid("Order"),
    )
    assert [each.edge["node"] for each in (created, changed)] == [
        {
            "id": str(event_id(row["id"])), "type": kind, "orderId": order, "version": version,
            "changedFields": ["status"], "occurredAt": "2026-11-01T12:00:00Z",
            "recordedAt": row["recorded_at"].isoformat().replace("+00:00", "Z"),
        }
        for row, kind, version in zip(rows, ("CREATED", "UPDATED"), (1, 2), strict=True)
    ]  # fmt: skip
    assert [each.edge["cursor"] for each in (created, changed)] == [created.cursor, changed.cursor]
    assert created.cursor != changed.cursor
    assert set(created.response) == {"data", "extensions"}
    assert set(created.response["extensions"]) == {"now"}


async def test_going_on_from_a_cursor_loses_nothing_and_repeats_nothing(served: Stage) -> None:
    async with served.following(FOLLOW) as told:
        await take(told, 1)
        await served.put("orders", *(an_order(f"b-{n}") for n in range(5)))
        seen = await take(told, 2)
    await served.put("orders", an_order("b-5"))
    async with served.following(FOLLOW, {"after": seen[-1].cursor}) as told:
        checkpoint, *rest = await take(told, 5)
        assert checkpoint.edge == {"cursor": seen[-1].cursor, "node": None}
        orders = [each.edge["node"]["orderId"] for each in (*seen, *rest)]
        assert sorted(orders) == sorted([await id_of(served, f"b-{n}") for n in range(6)])
        assert orders[-1] == await id_of(served, "b-5")
    variables = {"after": seen[0].cursor}
    async with served.following(FOLLOW, variables, resume_after=rest[-2].cursor) as told:
        (_, last) = await take(told, 2)
        assert last.edge == rest[-1].edge


async def test_another_callers_cursor_or_another_logs_is_refused_as_a_forged_one(
    served: Stage,
) -> None:
    async with served.following(FOLLOW) as told, served.following(STOCK) as stock:
        cursor, other = (await take(told, 1))[0].cursor, (await take(stock, 1))[0].cursor
    assert cursor is not None
    forged = ("A" if cursor[5] != "A" else "B").join((cursor[:5], cursor[6:]))
    refused = ("INVALID_CURSOR", ["orderEvents"])
    for bad in (forged, other, cursor[:-4], cursor + "AAAA", "é", "AAAA"):
        assert await refusal(served, FOLLOW, {"after": bad}) == refused
        assert await refusal(served, FOLLOW, resume_after=bad) == refused
    assert await refusal(served, FOLLOW, {"after": cursor}, kind="partner") == refused
    mine = {"after": cursor}
    assert await refusal(served, FOLLOW, mine, token=served.token("c-1")) == refused
    pull = "query($after: EventCursor) { orderEvents(after: $after) { nodes { id } } }"
    assert await served.codes(pull, mine) == []
    assert await served.codes(pull, mine, kind="partner") == [(["orderEvents"], "INVALID_CURSOR")]
    assert await served.codes(pull, {"after": other}) == [(["orderEvents"], "INVALID_CURSOR")]


async def test_a_partner_is_told_of_its_own_orders_only(served: Stage) -> None:
    async with served.following(FOLLOW, kind="partner") as told:
        await take(told, 1)
        await served.put("orders", an_order("p-1"), an_order("p-2"))
        await served.put("fulfillments", some_work("p-1", "w-1"))
        await served.put("fulfillments", some_work("p-2", "w-2"))
        (mine,) = await take(told, 1)
    assert mine.edge["node"]["orderId"] == await id_of(served, "p-2")
    assert mine.edge["node"]["changedFields"] == ["fulfillmentOrders", "status"]


async def test_only_what_is_wished_for_is_told_and_pulled(served: Stage) -> None:
    await served.put("orders", an_order("f-1"), an_order("f-2"))
    first, second = await id_of(served, "f-1"), await id_of(served, "f-2")
    await served.logged()
    after = (await served.data(PULL))["orderEvents"]["pageInfo"]["endCursor"]
    cancelled = {"state": ChannelState.CANCELLED}
    await served.put("orders", an_order("f-1", **cancelled))
    await served.put("orders", an_order("f-2", **cancelled))
    await served.put("orders", an_order("f-3"))
    third = await id_of(served, "f-3")
    told_of = [("UPDATED", first), ("UPDATED", second), ("CREATED", third)]
    async with served.following(FOLLOW, {"after": after}) as told:
        assert _nodes(await take(told, 4)) == told_of
    for wish, expected in (
        ({}, told_of),
        ({"orderIds": [second]}, told_of[1:2]),
        ({"types": ["CREATED"]}, told_of[2:]),
        ({"channels": ["marketplace"], "types": ["UPDATED"], "orderIds": [third, first]},
         told_of[:1]),
        ({"channels": ["nowhere"]}, []),
    ):  # fmt: skip
        asked = {"after": after, "filter": wish}
        page = (await served.data(PULL, asked))["orderEvents"]
        assert [(each["type"], each["orderId"]) for each in page["nodes"]] == expected
        async with served.following(FOLLOW, asked) as told:
            assert _nodes(await take(told, 1 + len(expected))) == expected


def _nodes(told: list[Told]) -> list[tuple[str, str]]:
    nodes = [each.edge["node"] for each in told]
    return [(each["type"], each["orderId"]) for each in nodes if each is not None]


@pytest.mark.parametrize(
    "wish",
    [
        {"orderIds": ["T3JkZXI6MQ"]},
        {"orderIds": ["T3JkZXI6MDE"] * 101},
        {"channels": ["a"] * 101},
        {"channels": ["\ud800"]},
    ],
    ids=str,
)
async def test_a_wish_that_cannot_be_is_refused(served: Stage, wish: dict[str, Any]) -> None:
    refused = ("BAD_REQUEST", ["orderEvents"])
    assert await refusal(served, FOLLOW, {"filter": wish}) == refused


async def test_whoever_may_not_read_does_not_follow(served: Stage) -> None:
    forbidden = ("FORBIDDEN", ["orderEvents"])
    for kind in ("storefront", "router"):
        assert await refusal(served, FOLLOW, kind=kind) == forbidden
    # before its source is opened: the cursor is not even looked at
    assert await refusal(served, FOLLOW, {"after": "nonsense"}, kind="storefront") == forbidden
    assert await refusal(served, STOCK, kind="router") == ("FORBIDDEN", ["availabilityChanged"])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { orderEvents { cursor } availabilityChanged(skus: []) { cursor } }",
         "BAD_REQUEST"),
        ("subscription { orderEvents { nothing } }", "BAD_REQUEST"),
        ("subscription { orderEvents(after: 1) { cursor } }", "BAD_REQUEST"),
        ("subscription {" + " orderEvents { cursor }" * 70 + "}", "DOCUMENT_TOO_COMPLEX"),
        ("subscription { orderEvents { node { order { events(first: 500) { nodes { order { "
         "events(first: 500) { nodes { id } } } } } } } } }", "COST_TOO_HIGH"),
    ],
)  # fmt: skip
async def test_the_limits_hold_for_subscriptions(served: Stage, query: str, code: str) -> None:
    outcome = await served.open_live(query)
    assert isinstance(outcome, ExecutionOutcome)
    assert isinstance(outcome.body, dict)
    codes = {each["extensions"]["code"] for each in outcome.body["errors"]}
    assert (codes, outcome.has_data) == ({code}, False)


async def test_what_is_no_subscription_is_executed(served: Stage) -> None:
    outcome = await served.open_live("{ viewer { kind } }")
    assert isinstance(outcome, ExecutionOutcome)
    assert isinstance(outcome.body, bytes)
    assert (json.loads(outcome.body)["data"], outcome.operation_kind) == (
        {"viewer": {"kind": "OPERATOR"}}, "query",
    )  # fmt: skip
    mutation = "mutation { syncSource(input: {}) { __typename } }"
    outcome = await served.open_live(mutation)
    assert isinstance(outcome, ExecutionOutcome)
    assert (outcome.operation_kind, outcome.has_data) == ("mutation", False)


async def test_five_subscribers_of_one_caller_cost_one_execution(served: Stage) -> None:
    async with AsyncExitStack() as stack:
        many = [await stack.enter_async_context(served.following(WITH_ORDER)) for _ in range(5)]
        alone = await stack.enter_async_context(served.following(WITH_ORDER, kind="partner"))
        for each in (*many, alone):
            await take(each, 1)
        await served.put("orders", an_order("s-1"))
        async with served.counting() as sent:
            told = [each for (each,) in await asyncio.gather(*(take(each, 1) for each in many))]
        assert {each.body for each in told} == {told[0].body}
        assert told[0].edge["node"] == {
            "type": "CREATED", "order": {"number": "s-1", "status": "CONFIRMED"},
        }  # fmt: skip
        read = [count for text, count in sent.items() if text.startswith(READS_ORDERS)]
        assert read == [1]

        await served.put("fulfillments", some_work("s-1", "w-2"))
        (mine,) = await take(alone, 1)
        theirs = [(await take(each, 1))[0] for each in many]
    assert mine.edge["node"] == theirs[0].edge["node"]
    assert mine.cursor != theirs[0].cursor


async def test_what_is_plain_is_read_and_made_once_for_all_who_wait(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sections = {"engine": {"enabled": True}, "events": {"poll_seconds": 0.02}}
    async with staged(database, **sections) as stage:
        await all_who_wait_are_told(stage, monkeypatch)


async def all_who_wait_are_told(served: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    made: Counter[str] = Counter()

    def counted(kind: type[Any], name: str) -> None:
        do = getattr(kind, name)

        def count(*told: Any) -> Any:
            made[name] += 1
            return do(*told)

        monkeypatch.setattr(kind, name, count)

    handed: list[tuple[int, LiveAnswer]] = []
    callers = [{}, {}, {}, {"token": served.token("c-7")}, {"token": served.token("c-7")}]
    lives = [await served.open_live(FOLLOW, **how) for how in callers]
    waiting = []
    for number, live in enumerate(lives):
        assert not isinstance(live, ExecutionOutcome)
        live.hand_to(lambda answer, to=number: handed.append((to, answer)) is None)
        await anext(aiter(live))
        waiting.append(asyncio.ensure_future(anext(aiter(live))))
    await asyncio.sleep(0)
    counted(Response, "body")
    counted(CursorSeal, "seal")
    async with served.counting() as sent:
        await served.put("orders", an_order("h-1", "c-7"), an_order("h-2", "c-7"))
        await until("all are told", lambda: len(handed) == 10)
    reads = [count for text, count in sent.items() if text.startswith(READS_TAIL)]
    assert (made, reads) == ({"body": 2, "seal": 4}, [1])
    assert not any(each.done() for each in waiting), "nobody was woken"
    for each in range(5):
        nodes = [json.loads(answer.body) for to, answer in handed if to == each]
        ours = {node["data"]["orderEvents"]["node"]["orderId"] for node in nodes}
        assert (len(nodes), len(ours)) == (2, 2)
    assert len({answer.body for _, answer in handed}) == 4
    for task, live in zip(waiting, lives, strict=True):
        task.cancel()
        await asyncio.wait([task])
        assert not isinstance(live, ExecutionOutcome)
        await live.aclose()


async def test_what_is_there_at_once_is_loaded_in_common_and_told_one_by_one(
    served: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, together = Engine.begin_each, []

    def begin_each(self: Engine, *told: Any) -> Any:
        together.append(len(told[-1]))
        return usual(self, *told)

    monkeypatch.setattr(Engine, "begin_each", begin_each)
    text = f"{WITH_ORDER} # that nobody has asked for yet"
    async with served.following(text) as told:
        (start,) = await take(told, 1)
    await served.put("orders", *(an_order(f"t-{n}") for n in range(5)))
    async with served.counting() as sent:
        async with served.following(text, resume_after=start.cursor) as told:
            _, *found = await take(told, 6)
    assert [n for each, n in sent.items() if each.startswith(READS_ORDERS)] == [1]
    assert together == ([1, 1, 5] if ENGINE else [])
    assert sorted(each.edge["node"]["order"]["number"] for each in found) == [
        f"t-{n}" for n in range(5)
    ]
    assert len({each.cursor for each in found}) == 5
    assert [each.edge["cursor"] for each in found] == [each.cursor for each in found]
    async with served.following(text, resume_after=found[2].cursor) as told:
        assert [each.edge for each in (await take(told, 3))[1:]] == [e.edge for e in found[3:]]


async def test_an_order_that_cannot_be_told_keeps_no_other_from_it(served: Stage) -> None:
    async with served.following(WITH_ORDER) as told:
        (start,) = await take(told, 1)
    await served.put("orders", an_order("u-1"), an_order("u-2"), an_order("u-3"))
    pool = served.gateway.pool
    await pool.execute("UPDATE sales_order SET status = 'odd' WHERE ref = 'u-2'")
    try:
        async with served.following(WITH_ORDER, resume_after=start.cursor) as told:
            _, *found = await take(told, 4)
    finally:
        await pool.execute("UPDATE sales_order SET status = 'CONFIRMED' WHERE ref = 'u-2'")
    orders = [each.response["data"]["orderEvents"]["node"]["order"] for each in found]
    assert sorted(each["number"] for each in orders if each is not None) == ["u-1", "u-3"]
    codes = [
        [error["extensions"]["code"] for error in each.response.get("errors", [])] for each in found
    ]
    assert sorted(codes) == [[], [], ["INTERNAL"]]


async def test_an_order_that_cannot_be_read_is_null_and_its_event_is_told(served: Stage) -> None:
    async with served.following(WITH_ORDER) as told:
        await take(told, 1)
        await served.put("orders", an_order("n-1"))
        await served.gateway.pool.execute("ALTER TABLE sales_order RENAME TO hidden_order")
        try:
            (broken,) = await take(told, 1)
        finally:
            await served.gateway.pool.execute("ALTER TABLE hidden_order RENAME TO sales_order")
        await served.put("orders", an_order("n-2"))
        (whole,) = await take(told, 1)
    (error,) = broken.response["errors"]
    assert broken.response["data"]["orderEvents"]["node"] == {"type": "CREATED", "order": None}
    assert error["path"] == ["orderEvents", "node", "order"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "hidden_order" not in broken.body.decode()
    assert broken.cursor == broken.response["data"]["orderEvents"].get("cursor", broken.cursor)
    assert whole.edge["node"]["order"]["number"] == "n-2"


async def test_whoever_gives_up_leaves_no_task_behind(served: Stage) -> None:
    before = asyncio.all_tasks()
    async with served.following(WITH_ORDER) as told:
        await take(told, 1)
        waiting = asyncio.ensure_future(take(told, 1))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    live = await served.open_live(FOLLOW)
    assert not isinstance(live, ExecutionOutcome)
    await live.aclose()
    assert [each async for each in live] == []
    assert asyncio.all_tasks() - before == set()


async def test_an_answer_that_takes_too_long_is_the_last_and_moves_nobody_on(database: str) -> None:
    limits = {"operator": {"deadline_seconds": 3}}
    async with staged(database, limits=limits, events={"poll_seconds": 0.02}) as stage:
        pool = stage.gateway.pool
        async with (
            stage.following(WITH_ORDER) as told,
            stage.following(FOLLOW) as everything,
        ):
            (start,) = await take(told, 1)
            await take(everything, 1)
            await stage.put("orders", an_order("1"))
            await take(everything, 1)  # so that it is final before the lock
            async with pool.acquire() as connection, connection.transaction():
                await connection.execute("LOCK TABLE sales_order IN ACCESS EXCLUSIVE MODE")
                (last,) = await take(told, 1)
            assert [each async for each in told] == []
        (error,) = last.response["errors"]
        assert error["extensions"] == {"code": "OPERATION_TOO_SLOW", "most": 3.0}
        assert ("data" in last.response, last.cursor) == (False, None)
        async with stage.following(FOLLOW, resume_after=start.cursor) as told:
            assert [each.edge["node"]["version"] for each in (await take(told, 2))[1:]] == [1]
