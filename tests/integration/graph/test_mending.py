"""What could not be mapped is seen, mapped by hand and read again, by the graph."""

from typing import Any

from gateway.model.money import Money
from gateway.model.order import OrderLineRecord

from .stage import Stage, an_order, reais

LIST = """query($source: ID) { quarantine(source: $source, first: 10) {
    nodes { stream ref code path missing attempts source { id } } pageInfo { hasNextPage } } }"""
MAP = """mutation($sku: Sku!, $key: String!, $source: ID = "market", $units: Int = 2) {
    mapItem(input: {source: $source, item: "GIFT", sku: $sku, unitsPer: $units,
                    idempotencyKey: $key}) {
        __typename ... on MapItemSuccess { item sku unitsPer waiting }
        ... on Refusal { code path } } }"""
REPLAY = """mutation($source: ID!, $stream: String, $key: String!) {
    replayQuarantined(input: {source: $source, stream: $stream, idempotencyKey: $key}) {
        __typename ... on ReplayQuarantinedSuccess { runs { source stream kind state } }
        ... on Refusal { code path } } }"""


def _gift(ref: str) -> Any:
    price: Money = reais("21.00")
    return an_order(ref, lines=(OrderLineRecord("l-1", "GIFT", "Presente", 1, price),))


async def test_what_is_set_aside_is_listed_without_what_it_says(stage: Stage) -> None:
    await stage.put("orders", _gift("1"), _gift("2"))
    found = (await stage.data(LIST))["quarantine"]
    first, second = sorted(found["nodes"], key=lambda node: str(node["ref"]))
    assert second == {**first, "ref": "2"}
    assert first == {
        "stream": "orders", "ref": "1", "code": "UNMAPPED_ITEM", "path": "lines[0].item",
        "missing": "GIFT", "attempts": 1, "source": {"id": "market"},
    }  # fmt: skip
    assert (await stage.data(LIST, {"source": "wms"}))["quarantine"]["nodes"] == []
    page = """query($a: PageCursor) { quarantine(first: 1, after: $a) {
        nodes { ref } pageInfo { hasNextPage hasPreviousPage endCursor } } }"""
    one = (await stage.data(page))["quarantine"]
    two = (await stage.data(page, {"a": one["pageInfo"]["endCursor"]}))["quarantine"]
    assert {one["nodes"][0]["ref"], two["nodes"][0]["ref"]} == {"1", "2"}
    assert [each["pageInfo"]["hasNextPage"] for each in (one, two)] == [True, False]
    assert two["pageInfo"]["hasPreviousPage"] is True
    assert (await stage.codes(LIST, kind="partner"))[0][1] == "FORBIDDEN"


async def test_an_item_is_mapped_once_and_the_answer_says_what_waited(stage: Stage) -> None:
    await stage.put("orders", _gift("1"), _gift("2"))
    told = {"sku": "SKU-1", "key": "k-1"}
    done = (await stage.data(MAP, told))["mapItem"]
    assert done == {"__typename": "MapItemSuccess", "item": "GIFT", "sku": "SKU-1",
                    "unitsPer": 2, "waiting": 2}  # fmt: skip
    assert (await stage.data(MAP, told))["mapItem"] == done
    await stage.put("orders", _gift("1"))
    lines = "{ orders { nodes { number lines { sku quantity } } } }"
    assert (await stage.data(lines))["orders"]["nodes"] == [
        {"number": "1", "lines": [{"sku": "SKU-1", "quantity": 2}]}
    ]


async def test_what_cannot_be_mapped_is_refused(stage: Stage) -> None:
    await stage.data(MAP, {"sku": "SKU-1", "key": "k-1"})
    reused = (await stage.data(MAP, {"sku": "007", "key": "k-1"}))["mapItem"]
    assert reused["code"] == "IDEMPOTENCY_KEY_REUSED"
    unknown = (await stage.data(MAP, {"sku": "1", "key": "k-2", "source": "nobody"}))["mapItem"]
    assert (unknown["code"], unknown["path"]) == ("UNKNOWN_STREAM", ["input", "source"])
    for units in (0, -1, 2_000_000):
        told = {"sku": "1", "key": "k-3", "units": units}
        assert await stage.codes(MAP, told) == [(["mapItem"], "BAD_REQUEST")]
    kept = await stage.gateway.pool.fetch("SELECT sku FROM item_ref WHERE external_id = 'GIFT'")
    assert [row["sku"] for row in kept] == ["SKU-1"]


async def test_a_replay_is_asked_for_once_per_stream(stage: Stage) -> None:
    told = {"source": "wms", "key": "r-1"}
    asked = (await stage.data(REPLAY, told))["replayQuarantined"]
    assert asked["runs"] == [
        {"source": "wms", "stream": stream, "kind": "REPLAY", "state": "QUEUED"}
        for stream in ("locations", "stock", "fulfillments")
    ]
    assert (await stage.data(REPLAY, told))["replayQuarantined"] == asked
    assert await stage.gateway.pool.fetchval("SELECT count(*) FROM sync_run") == 3
    unknown = {"source": "wms", "stream": "orders", "key": "r-2"}
    found = (await stage.data(REPLAY, unknown))["replayQuarantined"]
    assert (found["code"], found["path"]) == ("UNKNOWN_STREAM", ["input", "source"])
