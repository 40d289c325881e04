"""Orders that a caller knows, asked for at once: each as `order` answers it."""

from typing import Any

from .stage import BOTH, Stage, an_order, some_work

pytestmark = BOTH

ASK = "query($keys: [OrderByInput!]!) { ordersByKey(keys: $keys) { number } }"
LIVE = """query($keys: [OrderByInput!]!, $onStale: OnStale!) {
  ordersByKey(keys: $keys, freshness: {maxAge: "PT0S", onStale: $onStale}) {
    number freshness { servedFrom isStale source { id } }
  } }"""


def _by_number(*numbers: str) -> list[dict[str, Any]]:
    return [{"number": each} for each in numbers]


def _shown(*numbers: str | None) -> list[dict[str, str] | None]:
    return [None if each is None else {"number": each} for each in numbers]


async def test_orders_come_in_the_asked_order_by_whichever_key_and_absent_ones_are_null(
    stage: Stage,
) -> None:
    await stage.put("orders", an_order("1-01", number="1"), an_order("2-01", number="2"))
    listed = (await stage.data("{ orders(first: 2) { nodes { id number } } }"))["orders"]["nodes"]
    two = next(each for each in listed if each["number"] == "2")
    keys = [
        {"id": two["id"]}, {"number": "9"}, {"number": "1"}, {"id": two["id"]},
        {"channelRef": {"channel": "marketplace", "ref": "1-01"}},
        {"channelRef": {"channel": "marketplace", "ref": "3-01"}},
    ]  # fmt: skip
    found = (await stage.data(ASK, {"keys": keys}))["ordersByKey"]
    assert found == _shown("2", None, "1", "2", "1", None)
    assert (await stage.data(ASK, {"keys": []}))["ordersByKey"] == []


async def test_a_key_that_is_wrong_or_ambiguous_fails_its_own_entry(stage: Stage) -> None:
    await stage.put("orders", an_order("1-01", number="1"), an_order("2-01", number="2"),
                    an_order("3-01", number="2"))  # fmt: skip
    keys = [{"id": "nonsense"}, {"number": "1"}, {"number": "2"}]
    answer = await stage.ask(ASK, {"keys": keys})
    assert answer["data"] == {"ordersByKey": _shown(None, "1", None)}
    assert [(each["path"], each["extensions"]["code"]) for each in answer["errors"]] == [
        (["ordersByKey", 0], "BAD_REQUEST"), (["ordersByKey", 2], "BAD_REQUEST"),
    ]  # fmt: skip


async def test_more_orders_than_a_page_has_are_refused(stage: Stage) -> None:
    await stage.put("orders", an_order("1"))
    found = (await stage.data(ASK, {"keys": _by_number(*["1"] * 100)}))["ordersByKey"]
    assert found == _shown(*["1"] * 100)
    assert await stage.codes(ASK, {"keys": _by_number(*["1"] * 101)}) == [
        (["ordersByKey"], "BAD_REQUEST")
    ]


async def test_only_what_is_within_reach_is_shown(stage: Stage) -> None:
    await stage.put("orders", an_order("mine", "c-1"), an_order("theirs", "c-2"))
    await stage.put("fulfillments", some_work("mine", "w-1"), some_work("theirs", "w-2"))
    keys = {"keys": _by_number("theirs", "mine")}
    own = await stage.data(ASK, keys, token=stage.token("c-1"))
    assert own["ordersByKey"] == _shown(None, "mine")
    assert (await stage.data(ASK, keys, kind="partner"))["ordersByKey"] == _shown("theirs", None)
    assert await stage.codes(ASK, keys, kind="storefront") == [(["ordersByKey"], "FORBIDDEN")]


async def test_where_a_source_cannot_be_asked_its_part_is_stale_or_its_order_fails(
    stage: Stage,
) -> None:
    await stage.put("orders", an_order("1"), an_order("2"))
    variables = {"keys": _by_number("2", "9", "1"), "onStale": "REFRESH_OR_SERVE"}
    found = (await stage.data(LIVE, variables))["ordersByKey"]
    part = {"servedFrom": "PROJECTION", "isStale": True, "source": {"id": "market"}}
    assert [each and (each["number"], each["freshness"][0]) for each in found] == [
        ("2", part), None, ("1", part),
    ]  # fmt: skip
    failing = await stage.ask(LIVE, {**variables, "onStale": "REFRESH_OR_FAIL"})
    assert failing["data"] == {"ordersByKey": [None, None, None]}
    assert [(each["path"], each["extensions"]["source"]) for each in failing["errors"]] == [
        (["ordersByKey", 0], "market"), (["ordersByKey", 2], "market"),
    ]  # fmt: skip


async def test_fields_of_one_request_are_read_together(stage: Stage) -> None:
    await stage.put("orders", an_order("1"), an_order("2"))
    one = '{ ordersByKey(keys: [{number: "1"}, {number: "2"}]) { number } }'
    two = """{ a: ordersByKey(keys: [{number: "1"}]) { number }
        b: ordersByKey(keys: [{number: "2"}, {number: "1"}]) { number }
        c: order(by: {number: "2"}) { number } }"""
    for ask in (one, two):
        async with stage.counting() as statements:
            data = await stage.data(ask)
        looked_up = [each for each in statements.elements() if each.startswith("SELECT found.*")]
        assert len(looked_up) == 1, statements
    assert data == {"a": _shown("1"), "b": _shown("2", "1"), "c": {"number": "2"}}
