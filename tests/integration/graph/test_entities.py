"""A router is answered entities in a batch, as far as its caller may see, and alone the SDL."""

from typing import Any

from graphql import parse

from gateway.model.ids import GlobalId

from .stage import KEYS, Stage, an_order, some_work

ASK = """query($asked: [_Any!]!) { _entities(representations: $asked) {
  __typename
  ... on Order { number lines { sku } }
  ... on Customer { name }
  ... on Location { code groups { code } }
  ... on InventoryItem { sku availability { availableToSell status } }
} }"""
ABSENT = "00000000-0000-7000-8000-000000000000"
SDL = "{ _service { sdl } }"


def told(kind: str, key: str) -> dict[str, str]:
    return {"__typename": kind, "sku" if kind.endswith("InventoryItem") else "id": key}


def needing(scope: str) -> str:
    return f'@requiresScopes(scopes: [["{scope}"]])'


def costing(weight: int) -> str:
    return f'@cost(weight: "{weight}")'


def absent(kind: str) -> dict[str, str]:
    return told(kind, str(GlobalId(kind, ABSENT)))


async def ids_of(stage: Stage) -> dict[str, dict[str, str]]:
    found = await stage.data(
        """{ orders(first: 9) { nodes { id number customer { id } } }
             locations(first: 9) { nodes { id code } } }"""
    )
    return {
        "order": {each["number"]: each["id"] for each in found["orders"]["nodes"]},
        "customer": {each["number"]: each["customer"]["id"] for each in found["orders"]["nodes"]},
        "location": {each["code"]: each["id"] for each in found["locations"]["nodes"]},
    }


async def test_entities_of_several_types_are_answered_in_the_asked_order(stage: Stage) -> None:
    await stage.put("orders", an_order("1", "c-1"), an_order("2", "c-2"))
    ids = await ids_of(stage)
    asked = [
        told("InventoryItem", "SKU-1"), told("Order", ids["order"]["2"]),
        told("Location", ids["location"]["store-1"]), told("Order", ids["order"]["1"]),
        told("Customer", ids["customer"]["2"]), told("InventoryItem", "nobody's"),
        told("Order", ids["order"]["2"]),
    ]  # fmt: skip
    second = {"__typename": "Order", "number": "2", "lines": [{"sku": "SKU-1"}]}
    assert (await stage.data(ASK, {"asked": asked}))["_entities"] == [
        {"__typename": "InventoryItem", "sku": "SKU-1",
         "availability": {"availableToSell": 3, "status": "LOW_STOCK"}},
        second,
        {"__typename": "Location", "code": "store-1", "groups": [{"code": "default"}]},
        {**second, "number": "1"},
        {"__typename": "Customer", "name": "Cliente c-2"},
        {"__typename": "InventoryItem", "sku": "nobody's",
         "availability": {"availableToSell": None, "status": "UNKNOWN"}},
        second,
    ]  # fmt: skip


async def test_what_is_beyond_reach_is_answered_as_what_is_absent(stage: Stage) -> None:
    await stage.put("orders", an_order("mine", "c-1"), an_order("theirs", "c-2"))
    await stage.put("fulfillments", some_work("theirs", "w-2"))
    ids = await ids_of(stage)
    asked = [
        told("Order", ids["order"]["mine"]), told("Order", ids["order"]["theirs"]),
        absent("Order"), told("Customer", ids["customer"]["theirs"]), absent("Customer"),
    ]  # fmt: skip
    answer = await stage.ask(ASK, {"asked": asked}, token=stage.token("c-1"))
    assert "errors" not in answer
    assert [each and each["number"] for each in answer["data"]["_entities"]] == [
        "mine", None, None, None, None,
    ]  # fmt: skip
    seller = await stage.data(ASK, {"asked": asked[:3]}, kind="partner")
    assert [each and each["number"] for each in seller["_entities"]] == [None, "theirs", None]


async def test_a_type_without_its_scope_is_refused_alone_there_or_not(stage: Stage) -> None:
    await stage.put("orders", an_order("1"))
    ids = await ids_of(stage)
    asked = [
        told("Order", ids["order"]["1"]), told("InventoryItem", "SKU-1"), absent("Order"),
    ]  # fmt: skip
    answer = await stage.ask(ASK, {"asked": asked}, kind="storefront")
    first, item, last = answer["data"]["_entities"]
    assert (first, item["sku"], last) == (None, "SKU-1", None)
    assert [(each["path"], each["extensions"]) for each in answer["errors"]] == [
        (["_entities", n], {"code": "FORBIDDEN", "scope": "orders:read"}) for n in (0, 2)
    ]


async def test_a_malformed_representation_is_an_error_of_its_own(stage: Stage) -> None:
    await stage.put("orders", an_order("1"))
    ids = await ids_of(stage)
    key = ids["order"]["1"]
    nonsense: list[Any] = [
        "Order", 7, True, [], [told("Order", key)], {}, {"id": key}, {"__typename": "Order"},
        {"__typename": None, "id": key}, {"__typename": ["Order"], "id": key},
        {"__typename": {"a": 1}, "id": key}, told("order", key), told("Query", key),
        told("FulfillmentOrder", key), told("_Entity", key), told("ID", key), told("", key),
        {"__typename": "Order", "id": None}, {"__typename": "Order", "id": 7},
        {"__typename": "Order", "id": [key]}, {"__typename": "Order", "sku": key},
        told("Order", ""), told("Order", "1"), told("Order", "ção"), told("Order", "x" * 4000),
        told("Order", key + "="), told("Order", ids["location"]["dc-1"]), told("Customer", key),
        told("Order", str(GlobalId("Order", "1"))), told("InventoryItem", ""),
        told("InventoryItem", "x" * 201), {"__typename": "InventoryItem", "sku": 7},
        {"__typename": "InventoryItem", "id": "SKU-1"},
    ]  # fmt: skip
    good = told("Order", key)
    answer = await stage.ask(ASK, {"asked": [good, *nonsense, good]})
    count = len(nonsense)
    found = answer["data"]["_entities"]
    assert (answer["http"], found[1:-1]) == (200, [None] * count)
    assert found[0] == found[-1] == {
        "__typename": "Order", "number": "1", "lines": [{"sku": "SKU-1"}],
    }  # fmt: skip
    assert [(each["path"], each["extensions"]["code"]) for each in answer["errors"]] == [
        (["_entities", n + 1], "BAD_REQUEST") for n in range(count)
    ]
    assert await stage.codes(ASK, {"asked": [None]}) == [(None, "BAD_REQUEST")]


async def test_more_than_a_batch_may_have_is_refused_as_a_whole(stage: Stage) -> None:
    for kind, most in (("Order", 100), ("InventoryItem", 200)):
        one = told(kind, "SKU-1") if kind == "InventoryItem" else absent(kind)
        full = await stage.ask(ASK, {"asked": [one] * most})
        assert "errors" not in full
        more = await stage.ask(ASK, {"asked": [one] * (most + 1)})
        assert (more["http"], [each["message"] for each in more["errors"]]) == (
            400, [f"at most {most} of {kind} at a time; these are {most + 1}"],
        )  # fmt: skip


async def test_a_type_that_cannot_be_read_spoils_no_other(stage: Stage) -> None:
    await stage.put("orders", an_order("1"))
    ids = await ids_of(stage)
    asked = [told("Order", ids["order"]["1"]), told("InventoryItem", "SKU-1")]
    await stage.gateway.pool.execute("ALTER TABLE sales_order RENAME TO hidden_order")
    ask = "query($asked: [_Any!]!) { _entities(representations: $asked) { __typename } }"
    answer = await stage.ask(ask, {"asked": asked})
    assert answer["data"] == {"_entities": [None, {"__typename": "InventoryItem"}]}
    assert [(each["path"], each["extensions"]["code"]) for each in answer["errors"]] == [
        (["_entities", 0], "INTERNAL")
    ]


async def test_the_subgraph_is_told_to_a_router_alone(stage: Stage) -> None:
    sdl = (await stage.data(SDL, kind="router"))["_service"]["sdl"]
    assert parse(sdl)
    for line in (
        f'type Order implements Node @key(fields: "id") {needing("orders:read")} {{',
        f'type InventoryItem @key(fields: "sku") {needing("availability:read")} {{',
        f"  sources: [Source!] {needing('sources:read')} {costing(1)} @listSize(assumedSize: 20)",
        f"type Money @shareable {costing(0)} {{",
        '  ): [Node] @inaccessible @listSize(slicingArguments: ["ids"], '
        "requireOneSlicingArgument: false)",
    ):
        assert f"\n{line}\n" in sdl
    for kind in ("storefront", "partner", "operator"):
        refused = await stage.ask(SDL, kind=kind)
        other = await stage.ask(SDL.replace("_service", "_nothing"), kind=kind)
        assert str(refused) == str(other).replace("_nothing", "_service")
    customer = await stage.ask(SDL, token=stage.token("c-1"))
    assert (customer["http"], "data" in customer) == (400, False)
    assert (await stage.ask(SDL, token=KEYS["router"] + "x"))["http"] == 401


async def test_a_router_by_itself_sees_no_ones_records(stage: Stage) -> None:
    await stage.put("orders", an_order("1"))
    ids = await ids_of(stage)
    asked = [told("Order", ids["order"]["1"]), told("InventoryItem", "SKU-1")]
    answer = await stage.ask(ASK, {"asked": asked}, kind="router")
    assert answer["data"] == {"_entities": [None, None]}
    assert {each["extensions"]["code"] for each in answer["errors"]} == {"FORBIDDEN"}
