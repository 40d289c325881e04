"""What else the connector promises, over real sockets."""

import json
from typing import Any

import pytest

from connectors.square.settings import SquareSettings
from gateway.connect.errors import (
    AuthenticationFailed,
    PermissionDenied,
    Throttled,
    UpstreamFault,
)
from gateway.connect.records import Mapped, Unmappable
from gateway.connect.settings import SettingsInvalid, parse_settings
from gateway.connect.testing.dataset import DataLine
from tests.connectors.staging import an_order

from .payloads import record
from .retail import a_dataset, refs, staged

SEARCH = "SearchOrders"


async def test_a_check_needs_every_permission() -> None:
    async with staged(a_dataset()) as stage:
        told = await stage.connector.check(deadline=stage.soon)
        assert told == "Square account of 2 locations"
        assert set(stage.sandbox.traffic.requests) == {
            "ListLocations",
            "SearchOrders",
            "BatchRetrieveInventoryCounts",
            "SearchCustomers",
            "SearchCatalogObjects",
        }


@pytest.mark.parametrize(
    ("operation", "scope"),
    [
        ("ListLocations", "MERCHANT_PROFILE_READ"),
        ("SearchOrders", "ORDERS_READ"),
        ("BatchRetrieveInventoryCounts", "INVENTORY_READ"),
        ("SearchCustomers", "CUSTOMERS_READ"),
        ("SearchCatalogObjects", "ITEMS_READ"),
    ],
)
async def test_a_check_names_the_permission_that_is_missing(operation: str, scope: str) -> None:
    async with staged(a_dataset()) as stage:
        await stage.fail({"kind": "status", "operation": operation, "status": 403})
        with pytest.raises(PermissionDenied) as caught:
            await stage.connector.check(deadline=stage.soon)
        assert caught.value.scope == scope


async def test_a_token_that_was_revoked_is_said() -> None:
    async with staged(a_dataset(), access_token="revoked") as stage:
        with pytest.raises(AuthenticationFailed):
            await stage.connector.check(deadline=stage.soon)


async def test_square_is_left_alone_after_a_429() -> None:
    async with staged(a_dataset()) as stage:
        await stage.fail({"kind": "status", "operation": "ListLocations", "status": 429})
        with pytest.raises(Throttled) as caught:
            await stage.connector.location_walk(None, deadline=stage.soon)
        assert caught.value.retry_after == 5.0


async def test_sales_keep_the_asked_order_and_what_is_none_is_none() -> None:
    async with staged(a_dataset(an_order("1-01"), an_order("2-01"))) as stage:
        asked = ["2-01", "absent", "1-01", "2-01"]
        found = await stage.connector.orders_by_ref(asked, deadline=stage.soon)
        assert [f.record.ref if isinstance(f, Mapped) else f for f in found] == [
            "2-01", None, "1-01", "2-01",
        ]  # fmt: skip
        works = await stage.connector.fulfillments_by_ref(asked, deadline=stage.soon)
        assert [len(each) for each in works] == [1, 0, 1, 1]


async def test_drafts_and_what_only_takes_goods_back_are_no_sales() -> None:
    sale, draft, back = record(), record(), record()
    draft |= {"id": "d", "state": "DRAFT"}
    back |= {"id": "r", "line_items": None, "returns": [{"uid": "x"}]}
    exchange = record() | {"id": "x", "returns": [{"uid": "x"}]}
    text = json.dumps({"orders": [draft, sale, back, exchange]})
    async with staged(a_dataset(), item_code="id") as stage:
        for operation in (SEARCH, SEARCH, "BatchRetrieveOrders"):
            await stage.fail({"kind": "body", "operation": operation, "status": 200, "text": text})
        page = await stage.connector.order_walk(None, deadline=stage.soon)
        assert refs(page) == ["1000-01", "x"]
        work = await stage.connector.fulfillment_walk(None, deadline=stage.soon)
        assert refs(work) == ["1000-01", "x"]
        found = await stage.connector.orders_by_ref(["d", "r"], deadline=stage.soon)
        assert found == [None, None]


async def test_a_broken_sale_is_quarantined_alone() -> None:
    orders = [an_order("1-01", is_broken=True), an_order("2-01")]
    async with staged(a_dataset(*orders)) as stage:
        for read in (stage.connector.order_walk, stage.connector.fulfillment_walk):
            page: Any = await read(None, deadline=stage.soon)
            (broken,) = [item for item in page.items if isinstance(item, Unmappable)]
            assert (broken.ref, broken.error.path) == ("1-01", "total_money")
            assert refs(page) == ["1-01", "2-01"]


async def test_an_answer_with_errors_is_no_empty_answer() -> None:
    async with staged(a_dataset(an_order())) as stage:
        told = {"errors": [{"category": "API_ERROR", "code": "GATEWAY_TIMEOUT",
                            "detail": "Ana ana@example.com"}]}  # fmt: skip
        fault = {"kind": "body", "operation": SEARCH, "status": 200, "text": json.dumps(told)}
        await stage.fail(fault)
        with pytest.raises(UpstreamFault, match=r"GATEWAY_TIMEOUT: Ana \*\*\*"):
            await stage.connector.order_walk(None, deadline=stage.soon)


async def test_a_sale_of_what_was_never_counted_is_still_a_sale() -> None:
    line = DataLine("NEVER-COUNTED", 1, "10.50", "0.00", "store-1")
    async with staged(a_dataset()) as stage:
        await stage.act("sell", order=an_order("1-01", lines=(line,)))
        (found,) = await stage.connector.orders_by_ref(["1-01"], deadline=stage.soon)
        assert isinstance(found, Mapped)
        assert [each.item for each in found.record.lines] == ["NEVER-COUNTED"]


async def test_locations_are_walked_with_those_that_closed() -> None:
    async with staged(a_dataset()) as stage:
        await stage.act("close_location", code="dc-1")
        page = await stage.connector.location_walk(None, deadline=stage.soon)
        found = {i.record.code: i.record.is_active for i in page.items if isinstance(i, Mapped)}
        assert found == {"dc-1": False, "store-1": True}
        assert (page.is_last, page.expected) == (True, 2)


@pytest.mark.parametrize("token", ["two words", "line\n", "ção", ""])
def test_a_token_that_no_header_takes_is_refused(token: str) -> None:
    with pytest.raises(SettingsInvalid, match="access_token"):
        parse_settings({"access_token": token}, SquareSettings)
