"""The sandbox keeps Square's rules, asked by a plain caller."""

from datetime import timedelta

import pytest

from connectors.square.sandbox import TOKEN_WITHOUT_ORDERS, SquareSandbox
from connectors.square.sandbox.hooks import retry_after
from connectors.square.sandbox.store import INDEX_SECONDS
from gateway.connect.testing.dataset import DataStock
from gateway.connect.testing.sandbox import SandboxOptions
from tests.connectors.staging import CUSTOMER, NOW, StillClock, an_order

from .callers import COUNTS, SEARCH, call, refused
from .retail import a_dataset, staged

CATALOGUE = "/v2/catalog/search"
CUSTOMERS = "/v2/customers/search"


def by_update(since: str = "2026-11-01T00:00:00Z", **sort: str) -> dict[str, object]:
    times = {"updated_at": {"start_at": since}}
    told = {"sort_field": "UPDATED_AT", "sort_order": "ASC", **sort}
    return {"filter": {"date_time_filter": times}, "sort": told}


async def test_a_token_that_is_not_the_account_s_is_refused() -> None:
    async with staged(a_dataset()) as stage:
        status, told = await call(stage, "/v2/locations", token="another")
        assert (status, told["errors"][0]["code"]) == (401, "UNAUTHORIZED")
        status, told = await call(stage, SEARCH, {}, token=TOKEN_WITHOUT_ORDERS)
        assert (status, told["errors"][0]["code"]) == (403, "INSUFFICIENT_SCOPES")
        status, told = await call(stage, "/v2/locations", version="soon")
        assert (status, told["errors"][0]["code"]) == (400, "INVALID_SQUARE_VERSION_FORMAT")


async def test_a_search_takes_ten_locations_and_one_time_that_it_is_sorted_by() -> None:
    async with staged(a_dataset()) as stage:
        ten = [f"L{i}" for i in range(10)]
        status, told = await call(stage, SEARCH, {"location_ids": ten, "limit": 1000})
        assert (status, told) == (200, {"orders": []})
        for code, body in (
            ("MISSING_REQUIRED_PARAMETER", {}),
            ("ARRAY_LENGTH_TOO_LONG", {"location_ids": [*ten, "L10"]}),
            ("VALUE_TOO_HIGH", {"location_ids": ten, "limit": 1001}),
            ("BAD_REQUEST", {"location_ids": ten, "query": by_update(sort_field="CREATED_AT")}),
            ("BAD_REQUEST", {"location_ids": ten, "shelf": 1}),
        ):
            assert await refused(stage, SEARCH, body) == code


async def test_a_cursor_holds_for_its_own_query_alone() -> None:
    orders = [an_order(f"{i}-01") for i in range(3)]
    async with staged(a_dataset(*orders)) as stage:
        query = {"location_ids": ["store-1"], "query": by_update(), "limit": 2}
        _, first = await call(stage, SEARCH, query)
        assert [order["id"] for order in first["orders"]] == ["0-01", "1-01"]
        _, last = await call(stage, SEARCH, {**query, "cursor": first["cursor"]})
        assert [order["id"] for order in last["orders"]] == ["2-01"]
        assert "cursor" not in last
        for changed in (
            {"location_ids": ["store-1", "dc-1"]},
            {"query": by_update("2026-11-02T00:00:00Z")},
            {"cursor": "rubbish"},
        ):
            body = {**query, "cursor": first["cursor"], **changed}
            assert await refused(stage, SEARCH, body) == "INVALID_CURSOR"


async def test_counts_are_listed_newest_first_and_after_a_moment() -> None:
    async with staged(a_dataset()) as stage:
        stage.clock.advance(60)
        await stage.act("put_stock", stock=DataStock("SKU-1", "store-1", 7))
        _, told = await call(stage, COUNTS, {"states": ["IN_STOCK"], "limit": 1})
        assert [(each["location_id"], each["quantity"]) for each in told["counts"]] == [
            ("store-1", "7")
        ]
        _, told = await call(stage, COUNTS, {"updated_after": "2026-11-20T12:00:00Z"})
        assert [each["location_id"] for each in told["counts"]] == ["store-1"]
        _, told = await call(stage, COUNTS, {"updated_after": "2026-11-20T12:01:00Z"})
        assert told == {"counts": []}
        _, told = await call(stage, COUNTS, {"states": ["WASTE"]})
        assert told == {"counts": []}
        assert await refused(stage, COUNTS, {"limit": 1001}) == "BAD_REQUEST"


async def test_a_sale_takes_what_it_sells_from_stock_and_a_changed_order_does_not() -> None:
    async with staged(a_dataset()) as stage:
        place = (stage.sandbox.catalogue.id_of("SKU-1"), "store-1")
        await stage.act("put_order", order=an_order("1-01"))
        assert stage.sandbox.counts.record(place)["quantity"] == "0"
        await stage.act("sell", order=an_order("2-01"))
        assert stage.sandbox.counts.record(place)["quantity"] == "-2"
        assert stage.sandbox.counts.record(place)["calculated_at"] == "2026-11-20T12:00:00.000000Z"


async def test_a_sku_is_found_without_regard_to_case() -> None:
    async with staged(a_dataset()) as stage:
        query = {"set_query": {"attribute_name": "sku", "attribute_values": ["sku-1"]}}
        body = {"object_types": ["ITEM_VARIATION"], "query": query}
        _, told = await call(stage, CATALOGUE, body)
        assert [each["item_variation_data"]["sku"] for each in told["objects"]] == ["SKU-1"]
        query["set_query"]["attribute_values"] = ["x"] * 251
        assert await refused(stage, CATALOGUE, body) == "BAD_REQUEST"


async def test_a_search_finds_a_customer_some_seconds_later_and_an_id_at_once() -> None:
    async with staged(a_dataset()) as stage:
        await stage.act("put_customer", customer=CUSTOMER)
        _, told = await call(stage, CUSTOMERS, {"count": True})
        assert told == {"customers": [], "count": 0}
        ids = {"customer_ids": ["c-1", "c-2"]}
        _, told = await call(stage, "/v2/customers/bulk-retrieve", ids)
        assert told["responses"]["c-1"]["customer"]["given_name"] == "Ana"
        assert told["responses"]["c-2"]["errors"][0]["code"] == "NOT_FOUND"
        stage.clock.advance(INDEX_SECONDS)
        _, told = await call(stage, CUSTOMERS, {"count": True})
        assert told["count"] == 1


async def test_a_location_that_closes_stays() -> None:
    async with staged(a_dataset()) as stage:
        await stage.act("close_location", code="dc-1")
        _, told = await call(stage, "/v2/locations")
        assert [(each["id"], each["status"]) for each in told["locations"]] == [
            ("store-1", "ACTIVE"),
            ("dc-1", "INACTIVE"),
        ]


async def test_too_many_requests_are_refused() -> None:
    async with staged(a_dataset()) as stage:
        found = [(await call(stage, "/v2/locations"))[0] for _ in range(61)]
        assert found == [200] * 60 + [429]
        stage.clock.advance(1)
        assert (await call(stage, "/v2/locations"))[0] == 200


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 60), (6, 1920), (7, 3600), (29, 3600)])
def test_a_push_is_tried_again_for_a_day(attempt: int, seconds: float) -> None:
    assert retry_after(1, attempt) == seconds
    assert retry_after(60, attempt) == seconds / 60
    assert retry_after(1, 30) is None


def test_the_account_is_the_same_for_the_same_data() -> None:
    dataset = a_dataset(an_order("1-01"), an_order("2-01", placed_at=NOW - timedelta(days=9)))
    first, second = (SquareSandbox(SandboxOptions(dataset, clock=StillClock())) for _ in range(2))
    assert first.orders.records(["1-01", "2-01"]) == second.orders.records(["1-01", "2-01"])
    assert first.places.records() == second.places.records()
