"""Availability, locations and SKUs as the graph shows them."""

from .stage import BOTH, Stage, an_order, some_work

pytestmark = BOTH


async def test_availability_says_where_how_much_and_how_old(stage: Stage) -> None:
    data = await stage.data(
        """{ availability(skus: ["SKU-1", "NOPE", "007"]) {
          sku status statusReason availableToSell isComplete
          freshness { isStale servedFrom source { id title } }
          locations { location { code kind owner { name } stockAuthority { id } }
                      onHand committed held allocated availableToPromise } } }"""
    )
    shirt, nothing, mug = data["availability"]
    assert shirt == {
        "sku": "SKU-1", "status": "LOW_STOCK", "statusReason": None, "availableToSell": 3,
        "isComplete": True,
        "freshness": {
            "isStale": False, "servedFrom": "PROJECTION",
            "source": {"id": "wms", "title": "ShipHero"},
        },
        "locations": [
            {"location": {"code": "dc-1", "kind": "DISTRIBUTION_CENTER",
                          "owner": {"name": "Trama Modas"}, "stockAuthority": {"id": "wms"}},
             "onHand": 5, "committed": 2, "held": 0, "allocated": 0, "availableToPromise": 3},
            {"location": {"code": "store-1", "kind": "STORE",
                          "owner": {"name": "Loja Dois"}, "stockAuthority": {"id": "wms"}},
             "onHand": 0, "committed": 0, "held": 0, "allocated": 0, "availableToPromise": 0},
        ],
    }  # fmt: skip
    assert (nothing["sku"], nothing["statusReason"], nothing["freshness"]["source"]) == (
        "NOPE", "SKU_NOT_FOUND", None,
    )  # fmt: skip
    assert (mug["sku"], mug["availableToSell"], mug["isComplete"]) == ("007", 9, False)


async def test_too_many_skus_and_foreign_groups_are_refused(stage: Stage) -> None:
    many = "query($skus: [Sku!]!) { availability(skus: $skus) { sku } }"
    assert await stage.codes(many, {"skus": ["x"] * 201}) == [(["availability"], "BAD_REQUEST")]
    for group in ("x", "TG9jYXRpb25Hcm91cDpuby11dWlk"):
        query = f'{{ availability(skus: ["SKU-1"], locationGroup: "{group}") {{ sku }} }}'
        assert await stage.codes(query) == [(["availability"], "BAD_REQUEST")]


async def test_no_skus_are_no_entries(stage: Stage) -> None:
    assert await stage.data("{ availability(skus: []) { sku } }") == {"availability": []}


async def test_a_sku_with_leading_zeros_is_another_sku(stage: Stage) -> None:
    data = await stage.data(
        """{ a: inventoryItem(sku: "007") { availability { availableToSell } }
             b: inventoryItem(sku: "7") { availability { statusReason } } }"""
    )
    assert data["b"] == {"availability": {"statusReason": "SKU_NOT_FOUND"}}
    assert data["a"] == {"availability": {"availableToSell": 9}}


async def test_locations_are_paged_by_code_and_read_by_id(stage: Stage) -> None:
    page = """query($after: PageCursor) { locations(first: 1, after: $after) {
      nodes { id code name groups { code } } pageInfo { hasNextPage endCursor } } }"""
    first = (await stage.data(page))["locations"]
    second = (await stage.data(page, {"after": first["pageInfo"]["endCursor"]}))["locations"]
    assert [first["nodes"][0]["code"], second["nodes"][0]["code"]] == ["dc-1", "store-1"]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    assert first["nodes"][0]["groups"] == [{"code": "default"}]
    one = (
        "query($id: ID!) { location(id: $id) { code } node(id: $id) { ... on Location { code } } }"
    )
    found = await stage.data(one, {"id": first["nodes"][0]["id"]})
    assert found == {"location": {"code": "dc-1"}, "node": {"code": "dc-1"}}


async def test_sources_say_what_they_are_and_how_far_they_were_read(stage: Stage) -> None:
    data = await stage.data(
        "{ sources { id title connector roles tier streams { name lagSeconds quarantined } } }"
    )
    assert [
        (s["id"], s["title"], s["connector"], s["roles"], [t["name"] for t in s["streams"]])
        for s in data["sources"]
    ] == [
        ("market", "VTEX", "vtex", ["MARKETPLACE"], ["orders"]),
        ("wms", "ShipHero", "shiphero", ["WMS"], ["fulfillments", "locations", "stock"]),
    ]


async def test_what_waits_for_an_orders_header_is_counted_until_it_comes(stage: Stage) -> None:
    ask = "{ sources { id streams { name waiting } } }"

    async def waiting() -> list[int]:
        sources = (await stage.data(ask))["sources"]
        streams = [each for source in sources for each in source["streams"]]
        return [each["waiting"] for each in streams if each["name"] == "fulfillments"]

    await stage.put("fulfillments", some_work("1"), some_work("2"))
    assert await waiting() == [2]
    await stage.put("orders", an_order("1"))
    assert await waiting() == [1]
    node = "{ orders { nodes { number fulfillmentOrders { status } } } }"
    assert (await stage.data(node))["orders"]["nodes"] == [
        {"number": "1", "fulfillmentOrders": [{"status": "IN_PROGRESS"}]}
    ]
