"""What may be sold is told to Square as counts, over real sockets."""

import json
from datetime import timedelta
from typing import Any

import pytest

from connectors.square import wire
from connectors.square.published import BEHIND, refusals
from gateway.connect.deadline import Deadline
from gateway.connect.errors import (
    DeadlineExceeded,
    NotFound,
    PermissionDenied,
    Rejected,
    SourceError,
    Throttled,
    Unreachable,
    UpstreamFault,
)
from gateway.connect.records import Mapped, StockLevel
from gateway.connect.testing.dataset import DataItem, DataStock
from gateway.model.stock import PositionRef
from tests.connectors.staging import NOW, StillClock, a_line, an_order

from .callers import call, refused
from .retail import Stage, a_dataset, connect, staged

CHANGE = "BatchChangeInventory"
CHANGES = "/v2/inventory/changes/batch-create"


def a_level(quantity: int, item: str = "SKU-1", location: str = "dc-1") -> StockLevel:
    return StockLevel(PositionRef(item, location), quantity, NOW - timedelta(minutes=5))


async def publish(stage: Stage, *levels: StockLevel) -> list[str | None]:
    """Answer, per level, the error's code."""
    told = await stage.connector.publish_stock(levels, deadline=stage.soon)
    return [error.code if error else None for error in told]


async def on_hand(stage: Stage, *positions: tuple[str, str]) -> list[int | None]:
    asked = [PositionRef(*each) for each in positions]
    found = await stage.connector.stock_levels(asked, deadline=stage.soon)
    return [each.record.on_hand if isinstance(each, Mapped) else None for each in found]


async def shown(stage: Stage, sku: str = "SKU-1", location: str = "dc-1") -> dict[str, int]:
    told: dict[str, int] = await stage.act("show_stock", sku=sku, location=location)
    return told


def requests(stage: Stage) -> int:
    return stage.sandbox.traffic.requests[CHANGE]


async def test_a_level_replaces_the_count_and_makes_one_where_there_was_none() -> None:
    async with staged(a_dataset()) as stage:
        levels = (a_level(9), a_level(3, "007", "store-1"), a_level(0, "SKU-1", "store-1"))
        assert await publish(stage, *levels) == [None, None, None]
        places = (("SKU-1", "dc-1"), ("007", "store-1"), ("SKU-1", "store-1"), ("007", "dc-1"))
        assert await on_hand(stage, *places) == [9, 3, 0, None]
        assert requests(stage) == 1


async def test_by_square_s_own_ids_the_catalogue_is_not_asked() -> None:
    async with staged(a_dataset(), item_code="id") as stage:
        variation = stage.sandbox.catalogue.id_of("SKU-1")
        assert await publish(stage, a_level(4, variation)) == [None]
        assert stage.sandbox.traffic.requests == {"BatchRetrieveInventoryCounts": 1, CHANGE: 1}
        assert await publish(stage, a_level(4, "VARIATION-OF-NOBODY")) == ["REJECTED"]


async def test_nothing_to_tell_asks_nothing() -> None:
    async with staged(a_dataset()) as stage:
        assert await publish(stage) == []
        assert stage.sandbox.traffic.requests == {}


async def test_a_hundred_levels_are_one_request_and_one_more_is_two() -> None:
    dataset = a_dataset()
    dataset.items.extend(DataItem(f"S-{n:03}", f"Item {n}", "1.00") for n in range(101))
    async with staged(dataset) as stage:
        levels = [a_level(n, f"S-{n:03}") for n in range(101)]
        assert await publish(stage, *levels[:100]) == [None] * 100
        assert requests(stage) == 1
        more = [a_level(n + 1, f"S-{n:03}") for n in range(101)]
        assert await publish(stage, *more) == [None] * 101
        assert requests(stage) == 3
        places = [("S-000", "dc-1"), ("S-099", "dc-1"), ("S-100", "dc-1")]
        assert await on_hand(stage, *places) == [1, 100, 101]


async def test_what_is_counted_so_already_is_not_told() -> None:
    async with staged(a_dataset()) as stage:
        before = await shown(stage)
        assert await publish(stage, a_level(5), a_level(3, location="store-1")) == [None, None]
        assert await shown(stage) == before
        assert (await shown(stage, location="store-1"))["quantity"] == 3
        assert await publish(stage, a_level(5), a_level(3, location="store-1")) == [None, None]
        assert requests(stage) == 1


async def test_fewer_than_none_is_refused_before_any_call() -> None:
    async with staged(a_dataset()) as stage:
        assert await publish(stage, a_level(-1)) == ["REJECTED"]
        assert stage.sandbox.traffic.requests == {}


async def test_what_is_sold_after_a_count_is_taken_off_and_what_was_sold_before_is_in_it() -> None:
    async with staged(a_dataset()) as stage:
        await publish(stage, a_level(9))
        sale: dict[str, Any] = {"lines": (a_line(location="dc-1"),)}
        stage.clock.advance(1)
        await stage.act("sell", order=an_order("1-01", placed_at=stage.clock.now(), **sale))
        assert await on_hand(stage, ("SKU-1", "dc-1")) == [7]
        before = NOW - timedelta(minutes=1)
        await stage.act("sell", order=an_order("2-01", placed_at=before, **sale))
        assert await on_hand(stage, ("SKU-1", "dc-1")) == [7]


async def test_a_clock_that_is_a_little_ahead_tells_nothing_of_the_future() -> None:
    async with staged(a_dataset()) as stage:
        ahead = StillClock(NOW + BEHIND)
        connector = connect(ahead, stage.settings)
        told = await connector.publish_stock([a_level(9)], deadline=Deadline.after(30, ahead))
        assert told == [None]
        ahead.advance(1)
        told = await connector.publish_stock([a_level(8)], deadline=Deadline.after(30, ahead))
        assert [error.code if error else None for error in told] == ["REJECTED"]
        assert "INVALID_TIME" in str(told[0])
        await connector.close()


async def test_the_same_level_is_told_again_when_something_was_sold_since() -> None:
    async with staged(a_dataset()) as stage:
        await publish(stage, a_level(9))
        stage.clock.advance(1)
        sold = an_order("1-01", placed_at=stage.clock.now(), lines=(a_line(location="dc-1"),))
        await stage.act("sell", order=sold)
        stage.clock.advance(BEHIND.total_seconds())
        assert await publish(stage, a_level(9)) == [None]
        assert await on_hand(stage, ("SKU-1", "dc-1")) == [9]


async def test_a_lost_answer_is_asked_for_again_and_has_one_effect() -> None:
    async with staged(a_dataset()) as stage:
        before = await shown(stage)
        await stage.fail({"kind": "drop_answer", "operation": CHANGE})
        assert await publish(stage, a_level(9)) == [None]
        assert requests(stage) == 2
        assert await shown(stage) == {"quantity": 9, "effects": before["effects"] + 1}


async def test_an_unknown_sku_is_not_told_and_the_others_are() -> None:
    async with staged(a_dataset()) as stage:
        told = await stage.connector.publish_stock(
            [a_level(1, "NOBODY-S"), a_level(8)], deadline=stage.soon
        )
        assert isinstance(told[0], NotFound)
        assert "NOBODY-S" in str(told[0])
        assert told[1] is None
        assert await on_hand(stage, ("SKU-1", "dc-1")) == [8]
        assert await publish(stage, a_level(1, "NOBODY-S")) == ["NOT_FOUND"]
        assert requests(stage) == 1


async def test_two_variations_with_one_sku_are_told_nothing() -> None:
    objects = [
        {"type": "ITEM_VARIATION", "id": name, "item_variation_data": {"sku": "SKU-1"}}
        for name in ("VAR1", "VAR2")
    ]
    async with staged(a_dataset()) as stage:
        text = json.dumps({"objects": objects})
        fault = {"kind": "body", "operation": "SearchCatalogObjects", "status": 200, "text": text}
        await stage.fail(fault)
        (error,) = await stage.connector.publish_stock([a_level(1)], deadline=stage.soon)
        assert isinstance(error, Rejected)
        assert "two variations" in str(error)
        assert requests(stage) == 0


async def test_what_square_refuses_is_said_and_the_others_are_told() -> None:
    async with staged(a_dataset()) as stage:
        levels = (a_level(8), a_level(1, location="nowhere"), a_level(2, location="store-1"))
        told = await stage.connector.publish_stock(levels, deadline=stage.soon)
        assert [told[0], told[2]] == [None, None]
        assert isinstance(told[1], Rejected)
        assert told[1].remote_code == "NOT_FOUND"
        assert "No such location." in str(told[1])
        assert await on_hand(stage, ("SKU-1", "dc-1"), ("SKU-1", "store-1")) == [8, 2]
        assert requests(stage) == 2


async def test_a_refusal_that_names_no_count_is_found_by_halves() -> None:
    dataset = a_dataset()
    dataset.items.extend(DataItem(f"S-{n}", f"Item {n}", "1.00") for n in range(8))
    text = json.dumps({"errors": [{"category": "API_ERROR", "code": "BAD_REQUEST"}]})
    vague = {"kind": "body", "operation": CHANGE, "status": 400, "text": text}
    async with staged(dataset) as stage:
        await stage.fail({**vague, "times": 4})
        told = await publish(stage, *(a_level(n, f"S-{n}") for n in range(8)))
        assert told == ["REJECTED", *[None] * 7]
        assert requests(stage) == 7
        places = [(f"S-{n}", "dc-1") for n in range(8)]
        assert await on_hand(stage, *places) == [None, 1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "status": 429, "headers": {"Retry-After": "7"}}, Throttled),
        ({"kind": "status", "status": 500}, UpstreamFault),
        ({"kind": "html", "status": 200}, UpstreamFault),
        ({"kind": "html", "status": 400}, UpstreamFault),
        ({"kind": "cut_json"}, UpstreamFault),
        ({"kind": "refuse", "times": 2}, Unreachable),
        ({"kind": "status", "status": 403}, PermissionDenied),
        ({"kind": "body", "status": 200,
          "text": '{"errors": [{"category": "API_ERROR", "code": "GATEWAY_TIMEOUT"}]}'},
         UpstreamFault),
    ],
)  # fmt: skip
async def test_what_is_no_answer_is_raised_and_tells_nothing(
    fault: dict[str, Any], error: type[SourceError]
) -> None:
    async with staged(a_dataset()) as stage:
        await stage.fail({"operation": CHANGE, **fault})
        with pytest.raises(error) as caught:
            await stage.connector.publish_stock([a_level(9)], deadline=stage.soon)
        if isinstance(caught.value, PermissionDenied):
            assert caught.value.scope == "INVENTORY_WRITE"
        assert (await shown(stage))["quantity"] == 5


async def test_one_request_that_fails_leaves_the_others() -> None:
    dataset = a_dataset()
    dataset.items.extend(DataItem(f"S-{n:03}", f"Item {n}", "1.00") for n in range(101))
    async with staged(dataset) as stage:
        levels = [a_level(7, f"S-{n:03}") for n in range(101)]
        await stage.fail({"kind": "status", "operation": CHANGE, "status": 503})
        told = await publish(stage, *levels)
        assert sorted({str(code) for code in told}) == ["None", "UPSTREAM_FAULT"]
        found = await on_hand(stage, *((f"S-{n:03}", "dc-1") for n in range(101)))
        assert [code is None for code in told] == [quantity == 7 for quantity in found]


async def test_a_hanging_square_ends_at_the_deadline() -> None:
    async with staged(a_dataset()) as stage:
        await publish(stage, a_level(9))
        await stage.fail({"kind": "hang", "operation": CHANGE})
        with pytest.raises(DeadlineExceeded):
            await stage.connector.publish_stock(
                [a_level(1)], deadline=Deadline.after(0, stage.clock)
            )


def test_a_refusal_names_its_counts() -> None:
    faults = [
        wire.Fault(
            "NOT_FOUND", "No such variation.", "changes[2].physical_count.catalog_object_id"
        ),
        wire.Fault("INVALID_TIME", None, "changes[2].physical_count.occurred_at"),
        wire.Fault("INVALID_VALUE", None, "changes[0].physical_count.quantity"),
        wire.Fault("BAD_REQUEST", None, "changes[9].physical_count"),
        wire.Fault("BAD_REQUEST", None, "x.changes[1]"),
        wire.Fault("BAD_REQUEST"),
    ]
    found = refusals(faults, 3)
    assert {place: error.remote_code for place, error in found.items()} == {
        2: "NOT_FOUND",
        0: "INVALID_VALUE",
    }
    assert refusals(faults[3:], 3) == {}
    assert [each.remote_code for each in refusals(faults[5:], 1).values()] == ["BAD_REQUEST"]


def a_body(**changes: Any) -> dict[str, Any]:
    count = {
        "catalog_object_id": "VAR",
        "location_id": "dc-1",
        "state": "IN_STOCK",
        "quantity": "3",
        "occurred_at": "2026-11-20T12:00:00Z",
        **changes,
    }
    change = {"type": "PHYSICAL_COUNT", "physical_count": count}
    return {"idempotency_key": "one", "changes": [change]}


async def test_the_sandbox_takes_a_key_once_and_with_the_same_counts() -> None:
    async with staged(a_dataset()) as stage:
        variation = stage.sandbox.catalogue.id_of("SKU-1")
        body = a_body(catalog_object_id=variation)
        status, first = await call(stage, CHANGES, body)
        assert (status, first["counts"][0]["quantity"]) == (200, "3")
        await stage.act("put_stock", stock=DataStock("SKU-1", "dc-1", 8))
        assert await call(stage, CHANGES, body) == (200, first)
        assert (await shown(stage))["quantity"] == 8
        other = a_body(catalog_object_id=variation, quantity="4")
        assert await refused(stage, CHANGES, other) == "IDEMPOTENCY_KEY_REUSED"
        assert (await shown(stage))["quantity"] == 8


async def test_the_sandbox_takes_all_counts_of_a_request_or_none() -> None:
    async with staged(a_dataset()) as stage:
        variation = stage.sandbox.catalogue.id_of("SKU-1")
        good, bad = a_body(catalog_object_id=variation), a_body(location_id="nowhere")
        body = {**good, "changes": good["changes"] + bad["changes"]}
        status, told = await call(stage, CHANGES, body)
        assert status == 400
        assert [(each["code"], each["field"]) for each in told["errors"]] == [
            ("NOT_FOUND", "changes[1].physical_count.catalog_object_id"),
            ("NOT_FOUND", "changes[1].physical_count.location_id"),
        ]
        assert (await shown(stage))["quantity"] == 5


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"occurred_at": "2026-11-20T12:00:00.000001Z"}, "INVALID_TIME"),
        ({"occurred_at": "2026-11-19T11:59:59Z"}, "INVALID_TIME"),
        ({"quantity": "2.5"}, "INVALID_VALUE"),
        ({"quantity": 2}, "BAD_REQUEST"),
        ({"quantity": "-1"}, "BAD_REQUEST"),
        ({"state": "SOLD"}, "BAD_REQUEST"),
        ({"shelf": "A"}, "BAD_REQUEST"),
    ],
)
async def test_the_sandbox_refuses_a_count_that_square_does_not_take(
    wrong: dict[str, Any], code: str
) -> None:
    async with staged(a_dataset()) as stage:
        variation = stage.sandbox.catalogue.id_of("SKU-1")
        body = a_body(catalog_object_id=variation, **wrong)
        assert await refused(stage, CHANGES, body) == code
        many = {**body, "changes": a_body()["changes"] * 101}
        assert await refused(stage, CHANGES, many) == "BAD_REQUEST"


async def test_the_sandbox_passes_over_a_count_that_is_as_the_last_one() -> None:
    async with staged(a_dataset()) as stage:
        variation = stage.sandbox.catalogue.id_of("SKU-1")
        sold = an_order("1-01", placed_at=NOW, lines=(a_line(location="dc-1"),))
        await stage.act("sell", order=sold)
        body = a_body(catalog_object_id=variation, quantity="5")
        _, told = await call(stage, CHANGES, body)
        assert (told["counts"][0]["quantity"], told["changes"]) == ("3", [])
        _, told = await call(
            stage, CHANGES, {**body, "idempotency_key": "two", "ignore_unchanged_counts": False}
        )
        assert (told["counts"][0]["quantity"], len(told["changes"])) == ("5", 1)


async def test_a_count_that_is_older_than_the_last_one_changes_nothing() -> None:
    async with staged(a_dataset()) as stage:
        await stage.act("put_stock", stock=DataStock("SKU-1", "dc-1", 8))
        variation = stage.sandbox.catalogue.id_of("SKU-1")
        body = a_body(catalog_object_id=variation, occurred_at="2026-11-20T11:00:00Z")
        _, told = await call(stage, CHANGES, body)
        assert told["counts"][0]["quantity"] == "8"
