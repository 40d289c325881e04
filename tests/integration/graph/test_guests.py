"""A guest is told of an order it can prove; wrong and absent are told apart by nobody."""

from collections import Counter
from typing import Any

import pytest

from gateway.model.location import Address

from .stage import Stage, an_order, some_work

ASK = """query($lookup: OrderLookupInput!) { orderStatus(lookup: $lookup) {
    number status placedAt parcels { carrier isDelivered } } }"""


async def _told(stage: Stage, **lookup: str) -> Any:
    return (await stage.data(ASK, {"lookup": lookup}, kind="storefront"))["orderStatus"]


async def test_a_number_and_the_orders_email_or_postal_code_are_proof_enough(
    stage: Stage,
) -> None:
    address = Address(city="Recife", region="PE", postal_code="50010-000")
    await stage.put("orders", an_order("1001", "c-1", shipping_address=address))
    await stage.put("fulfillments", some_work("1001", shipped=2))
    found = {
        "number": "1001", "status": "SHIPPED", "placedAt": "2026-11-01T12:00:00Z",
        "parcels": [{"carrier": "Correios", "isDelivered": False}],
    }  # fmt: skip
    assert await _told(stage, number="1001", email=" C-1@Example.com ") == found
    assert await _told(stage, number="1001", postalCode="50010000") == found
    assert await _told(stage, number="1001", postalCode="50010-000") == found


@pytest.mark.parametrize(
    "lookup",
    [
        {"number": "1001", "email": "c-2@example.com"},
        {"number": "1001", "postalCode": "50010-001"},
        {"number": "1001", "email": ""},
        {"number": "1001", "postalCode": "-"},
        {"number": "9999", "email": "c-1@example.com"},
        {"number": "1001%", "email": "c-1@example.com"},
    ],
)
async def test_wrong_and_absent_are_answered_alike_after_the_same_work(
    stage: Stage, lookup: dict[str, str]
) -> None:
    await stage.put("orders", an_order("1001", "c-1"))
    await stage.put("fulfillments", some_work("1001", shipped=1))
    right = {"number": "1001", "email": "c-1@example.com"}
    assert (await _told(stage, **right))["number"] == "1001"
    async with stage.counting() as sent:
        assert (await _told(stage, **right))["number"] == "1001"
        for_right = Counter(sent)
        sent.clear()
        assert await _told(stage, **lookup) is None
        assert sent == for_right


async def test_a_guest_has_to_say_one_thing_beside_the_number(stage: Stage) -> None:
    for lookup in ({"number": "1"}, {"number": "1", "email": "a@b.c", "postalCode": "1"}):
        found = await stage.codes(ASK, {"lookup": lookup}, kind="storefront")
        assert found == [(["orderStatus"], "BAD_REQUEST")]


async def test_two_orders_that_fit_are_none(stage: Stage) -> None:
    await stage.put("orders", an_order("a", number="7"), an_order("b", number="7"))
    assert await _told(stage, number="7", email="c-1@example.com") is None
