"""Each caller sees what it may, through every door."""

from datetime import UTC, datetime
from typing import Any

from gateway.model.stock import PositionRef, StockRecord

from .stage import Stage, an_order, some_work

ORDERS = "{ orders(first: 10) { totalCount nodes { id number } } }"
ONE = """query($id: ID!) {
  order(by: {id: $id}) { number } node(id: $id) { id } nodes(ids: [$id]) { id }
  ordersByKey(keys: [{id: $id}]) { id }
}"""


async def _seen(stage: Stage, **how: Any) -> list[str]:
    return [node["number"] for node in (await stage.data(ORDERS, **how))["orders"]["nodes"]]


async def _ids(stage: Stage) -> dict[str, str]:
    return {n["number"]: n["id"] for n in (await stage.data(ORDERS))["orders"]["nodes"]}


async def _is_hidden(stage: Stage, key: str, **how: Any) -> bool:
    found = await stage.data(ONE, {"id": key}, **how)
    return bool(found == {"order": None, "node": None, "nodes": [None], "ordersByKey": [None]})


async def test_a_customer_sees_its_own_orders_and_no_other_through_any_door(stage: Stage) -> None:
    await stage.put("orders", an_order("mine", "c-1"), an_order("theirs", "c-2"))
    keys, mine = await _ids(stage), stage.token("c-1")
    assert await _seen(stage, token=mine) == ["mine"]
    found = await stage.data(ONE, {"id": keys["mine"]}, token=mine)
    assert found["order"] == {"number": "mine"}
    assert await _is_hidden(stage, keys["theirs"], token=mine)
    viewer = await stage.data("{ viewer { kind customers { name } } }", token=mine)
    assert viewer == {"viewer": {"kind": "CUSTOMER", "customers": [{"name": "Cliente c-1"}]}}
    assert await _seen(stage, token=stage.token()) == []


async def test_another_customers_record_and_work_are_hidden(stage: Stage) -> None:
    await stage.put("orders", an_order("mine", "c-1"), an_order("theirs", "c-2"))
    await stage.put("fulfillments", some_work("theirs"))
    nodes = await stage.data(
        "{ orders(first: 2) { nodes { number customer { id } fulfillmentOrders { id } } } }"
    )
    (theirs,) = [n for n in nodes["orders"]["nodes"] if n["number"] == "theirs"]
    ids = [theirs["customer"]["id"], theirs["fulfillmentOrders"][0]["id"]]
    ask = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert (await stage.data(ask, {"ids": ids}, token=stage.token("c-1")))["nodes"] == [None, None]
    found = await stage.data(ask, {"ids": ids}, token=stage.token("c-2"))
    assert found["nodes"] == [{"id": each} for each in ids]


async def test_a_partner_sees_orders_that_its_locations_work_on(stage: Stage) -> None:
    await stage.put("orders", an_order("here"), an_order("elsewhere"))
    await stage.put("fulfillments", some_work("here", "w-2"), some_work("elsewhere", "w-1"))
    keys = await _ids(stage)
    assert await _seen(stage, kind="partner") == ["here"]
    assert await _is_hidden(stage, keys["elsewhere"], kind="partner")
    who = "{ orders(first: 1) { nodes { customer { name } } } }"
    assert await stage.codes(who, kind="partner") == [
        (["orders", "nodes", 0, "customer"], "FORBIDDEN")
    ]


async def test_a_storefront_sees_availability_and_nothing_else(stage: Stage) -> None:
    await stage.put("orders", an_order("1"))
    keys = await _ids(stage)
    assert await stage.codes(ORDERS, kind="storefront") == [(["orders"], "FORBIDDEN")]
    assert await stage.codes(ONE, {"id": keys["1"]}, kind="storefront") == [
        (["order"], "FORBIDDEN"), (["ordersByKey"], "FORBIDDEN"), (["node"], "FORBIDDEN"),
        (["nodes"], "FORBIDDEN"),
    ]  # fmt: skip
    assert await stage.codes("{ sources { id } }", kind="storefront") == [
        (["sources"], "FORBIDDEN")
    ]
    stock = '{ availability(skus: ["SKU-1"]) { availableToSell locations { onHand } } }'
    answer = await stage.ask(stock, kind="storefront")
    hidden = [{"onHand": None}, {"onHand": None}]
    assert answer["data"] == {"availability": [{"availableToSell": 3, "locations": hidden}]}
    assert await stage.codes(stock, kind="storefront") == [
        (["availability", 0, "locations", n, "onHand"], "FORBIDDEN") for n in (0, 1)
    ]


async def test_a_storefront_is_shown_no_more_units_than_its_key_may(stage: Stage) -> None:
    await stage.put("stock", StockRecord(PositionRef("007", "w-2"), datetime.now(UTC), 25, 0))
    ask = """{ availability(skus: ["SKU-1", "007"]) {
        availableToSell isCapped locations { availableToPromise } } }"""
    seen = (await stage.data(ask, kind="storefront"))["availability"]
    assert seen == [
        {"availableToSell": 3, "isCapped": False,
         "locations": [{"availableToPromise": 3}, {"availableToPromise": 0}]},
        {"availableToSell": 10, "isCapped": True, "locations": [{"availableToPromise": 10}]},
    ]  # fmt: skip
    whole = (await stage.data(ask))["availability"][1]
    assert whole == {"availableToSell": 25, "isCapped": False,
                     "locations": [{"availableToPromise": 25}]}  # fmt: skip


async def test_nobody_without_a_key_is_answered(stage: Stage) -> None:
    assert (await stage.ask(ORDERS, token="not-a-key-of-anybody"))["http"] == 401
