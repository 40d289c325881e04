"""Orders: found in three ways, put together from two systems, listed page by page."""

import pytest

from .stage import BOTH, Stage, an_order, orders, some_work

pytestmark = BOTH

PAGE = """query(
  $first: Int, $after: PageCursor, $last: Int, $before: PageCursor, $sort: OrderSort!
) {
  orders(first: $first, after: $after, last: $last, before: $before, sort: $sort) {
    nodes { number } edges { cursor node { number } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount
  }
}"""
NEWEST = {"sort": "PLACED_AT_DESC"}


async def test_an_order_is_put_together_from_its_channel_and_its_warehouse(stage: Stage) -> None:
    await stage.put("orders", an_order("1-01"))
    await stage.put("fulfillments", some_work("1-01", shipped=1))
    data = await stage.data(
        """{ order(by: {channelRef: {channel: "marketplace", ref: "1-01"}}) {
          number status nativeStatus paymentStatus channel { code name }
          subtotal { amount currency } shippingTotal { amount } total { amount }
          shippingAddress { city street } customer { name emails }
          lines { id sku title quantity unitPrice { amount }
                  quantities { ordered allocated shipped delivered cancelled } }
          fulfillmentOrders { status requestStatus nativeStatus location { code } source { id }
            lines { sku quantity } shipments { carrier isDelivered lines { sku quantity } } }
          externalRefs { kind id source { id } }
        } }"""
    )
    assert data["order"] == {
        "number": "1-01", "status": "PARTIALLY_SHIPPED", "nativeStatus": "payment-approved",
        "paymentStatus": "PAID", "channel": {"code": "marketplace", "name": "Marketplace"},
        "subtotal": {"amount": "21.00", "currency": "BRL"}, "shippingTotal": {"amount": "3.25"},
        "total": {"amount": "24.25"}, "shippingAddress": {"city": "Recife", "street": None},
        "customer": {"name": "Cliente c-1", "emails": ["c-1@example.com"]},
        "lines": [{
            "id": "l-1", "sku": "SKU-1", "title": "Camiseta", "quantity": 2,
            "unitPrice": {"amount": "10.50"},
            "quantities": {
                "ordered": 2, "allocated": 2, "shipped": 1, "delivered": 0, "cancelled": 0,
            },
        }],
        "fulfillmentOrders": [{
            "status": "IN_PROGRESS", "requestStatus": "ACCEPTED", "nativeStatus": "pending",
            "location": {"code": "dc-1"}, "source": {"id": "wms"},
            "lines": [{"sku": "SKU-1", "quantity": 2}],
            "shipments": [{
                "carrier": "Correios", "isDelivered": False,
                "lines": [{"sku": "SKU-1", "quantity": 1}],
            }],
        }],
        "externalRefs": [
            {"kind": "order", "id": "1-01", "source": {"id": "market"}},
            {"kind": "fulfillment", "id": "1-01/w-1", "source": {"id": "wms"}},
        ],
    }  # fmt: skip


async def test_an_order_is_found_by_id_and_by_number_but_not_by_an_ambiguous_one(
    stage: Stage,
) -> None:
    await stage.put("orders", an_order("1-01", number="1"), an_order("2-01", number="2"),
                    an_order("3-01", number="2"))  # fmt: skip
    found = (await stage.data('{ order(by: {number: "1"}) { id number } }'))["order"]
    again = await stage.data("query($id: ID!) { order(by: {id: $id}) { id number } }",
                             {"id": found["id"]})  # fmt: skip
    assert again["order"] == found
    assert (await stage.data('{ order(by: {number: "9"}) { id } }')) == {"order": None}
    ambiguous = '{ order(by: {number: "2"}) { id } }'
    assert await stage.codes(ambiguous) == [(["order"], "BAD_REQUEST")]
    assert await stage.codes('{ order(by: {id: "x"}) { id } }') == [(["order"], "BAD_REQUEST")]


@pytest.mark.parametrize("sort", ["PLACED_AT_DESC", "PLACED_AT_ASC"])
async def test_pages_have_every_order_once_in_both_directions(stage: Stage, sort: str) -> None:
    await stage.put("orders", *orders(25))
    for size, back in (("first", "after"), ("last", "before")):
        seen: list[str] = []
        cursor = None
        for _ in range(5):
            told = {size: 6, back: cursor, "sort": sort}
            page = (await stage.data(PAGE, told))["orders"]
            numbers = [node["number"] for node in page["nodes"]]
            seen = seen + numbers if size == "first" else numbers + seen
            has_more = page["pageInfo"]["hasNextPage" if size == "first" else "hasPreviousPage"]
            assert page["totalCount"] == 25
            cursor = page["pageInfo"]["endCursor" if size == "first" else "startCursor"]
            assert has_more == (len(seen) < 25)
        placed = {each.number: each.placed_at for each in orders(25)}
        times = [placed[number] for number in seen]
        assert sorted(seen) == sorted(placed)
        assert times == sorted(times, reverse=sort == "PLACED_AT_DESC")


async def test_what_comes_meanwhile_moves_nothing_across_a_pages_edge(stage: Stage) -> None:
    await stage.put("orders", *orders(10))
    first = (await stage.data(PAGE, {"first": 5, **NEWEST}))["orders"]
    await stage.put("orders", an_order("new", placed_at=orders(1)[0].placed_at.replace(year=2027)))
    after = first["pageInfo"]["endCursor"]
    second = (await stage.data(PAGE, {"first": 6, "after": after, **NEWEST}))["orders"]
    numbers = [node["number"] for node in first["nodes"] + second["nodes"]]
    assert sorted(numbers) == [f"{n:03d}" for n in range(10)]


@pytest.mark.parametrize(
    "told",
    [{"first": 0}, {"first": 101}, {"last": -1}, {"first": 1, "last": 1}],
)
async def test_a_page_that_cannot_be_is_refused(stage: Stage, told: dict[str, object]) -> None:
    assert await stage.codes(PAGE, {**NEWEST, **told}) == [(["orders"], "BAD_REQUEST")]


@pytest.mark.parametrize(
    "told", [{"after": "bm9uc2Vuc2U"}, {"before": "!"}, {"after": "bzE6MTox"}, {"after": "é"}]
)
async def test_a_cursor_that_cannot_be_is_refused(stage: Stage, told: dict[str, object]) -> None:
    assert await stage.codes(PAGE, {**NEWEST, **told}) == [(["orders"], "INVALID_CURSOR")]


async def test_orders_are_chosen_by_status_channel_number_and_time(stage: Stage) -> None:
    await stage.put("orders", *orders(4))
    query = "query($filter: OrderFilter) { orders(filter: $filter) { nodes { number } } }"

    async def numbers(**told: object) -> list[str]:
        nodes = (await stage.data(query, {"filter": told}))["orders"]["nodes"]
        return [node["number"] for node in nodes]

    first, *twins, last = await numbers(status=["CONFIRMED"], channel=["marketplace"])
    assert (first, sorted(twins), last) == ("000", ["001", "002"], "003")
    assert await numbers(status=["SHIPPED"]) == []
    assert await numbers(channel=["elsewhere"]) == []
    assert await numbers(number="003") == ["003"]
    assert await numbers(placedSince="2026-11-01T12:00:00Z") == ["000"]
    assert await numbers(placedBefore="2026-11-01T11:58:00Z") == ["003"]
