"""The sandbox's feed and hook keep VTEX's rules."""

from typing import Any

import pytest

from tests.connectors.staging import an_order

from .callers import ALWAYS, QUEUE, Caller
from .retail import Stage, a_dataset, staged


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
