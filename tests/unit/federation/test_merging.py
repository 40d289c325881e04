"""Which system's word wins a field, and where they disagree."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway.federation.merging import Claim, Conflict, conflicts_of, overlaid

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PROMISE = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOME = {"street": "Rua A", "number": "10", "postal_code": "50010-000", "complement": None}


def an_order(**changes: Any) -> dict[str, Any]:
    told = {
        "source_id": "shop", "as_of": NOW, "payment_status": "PAID", "currency": "BRL",
        "subtotal": Decimal("20.00"), "shipping_total": Decimal("5.00"),
        "discount_total": Decimal("0.00"), "tax_total": Decimal("0.00"),
        "total": Decimal("25.00"), "shipping_address": HOME, "promised_delivery_by": PROMISE,
    }  # fmt: skip
    return {**told, **changes}


def a_copy(source: str = "erp", **facts: Any) -> dict[str, Any]:
    return {"source_id": source, "as_of": NOW, "facts": facts}


@pytest.mark.parametrize(
    ("authority", "total"),
    [
        ({}, "25.00"),
        ({"total": ["channel", "erp"]}, "25.00"),
        ({"total": ["erp", "channel"]}, "26.00"),
        ({"total": ["wms", "erp", "channel"]}, "26.00"),
        ({"total": ["wms"]}, "25.00"),
        ({"subtotal": ["erp"]}, "25.00"),
    ],
)
def test_the_first_source_with_authority_that_knows_a_field_wins_it(
    authority: dict[str, list[str]], total: str
) -> None:
    shown = overlaid(an_order(), [a_copy(total="26.00"), a_copy("wms", subtotal="1")], authority)
    assert shown["total"] == Decimal(total)
    assert {**shown, "total": 0} == {**an_order(), "total": 0}


def test_a_date_and_an_address_are_taken_as_they_are_told() -> None:
    elsewhere = {**HOME, "street": "Rua B"}
    copy = a_copy(promised_delivery_by="2026-11-26T09:00:00-03:00", shipping_address=elsewhere)
    both = {"promised_delivery_by": ["erp"], "shipping_address": ["erp"]}
    shown = overlaid(an_order(), [copy], both)
    assert shown["promised_delivery_by"] == datetime(2026, 11, 26, 12, tzinfo=UTC)
    assert shown["shipping_address"] == elsewhere


def test_a_sum_in_another_currency_takes_no_orders_place_and_is_shown() -> None:
    copy = a_copy(currency="USD", total="5.00")
    authority = {"total": ["erp", "channel"]}
    assert overlaid(an_order(), [copy], authority)["total"] == Decimal("25.00")
    found = conflicts_of(an_order(), {}, [copy], authority)
    assert [(each.field, each.shown.value) for each in found] == [
        ("currency", "BRL"), ("total", Decimal("25.00")),
    ]  # fmt: skip


def test_every_field_on_which_somebody_disagrees_is_named_with_all_their_words() -> None:
    copies = [a_copy(total="26.00", lines={"A": 1}), a_copy("wms", total="25.0", lines={"A": 2})]
    assert conflicts_of(an_order(), {"A": 2}, copies, {"total": ["erp"]}) == [
        Conflict("total", Claim("erp", Decimal("26.00"), NOW), (
            Claim("shop", Decimal("25.00"), NOW), Claim("wms", Decimal("25.0"), NOW),
        )),
        Conflict("lines", Claim("shop", {"A": 2}, NOW), (Claim("erp", {"A": 1}, NOW),)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "differs"),
    [
        (HOME, False),
        ({**HOME, "postal_code": "50010000"}, False),
        ({**HOME, "complement": "Apto 3"}, False),
        ({**HOME, "number": None}, False),
        ({**HOME, "street": " rua a "}, False),
        ({**HOME, "number": "11"}, True),
        ({**HOME, "postal_code": "50010-001"}, True),
    ],
)
def test_addresses_disagree_only_in_what_both_tell(told: dict[str, Any], differs: bool) -> None:
    found = conflicts_of(an_order(), {}, [a_copy(shipping_address=told)], {})
    assert [each.field for each in found] == (["shipping_address"] if differs else [])


def test_what_the_channel_does_not_know_is_no_disagreement() -> None:
    order = an_order(promised_delivery_by=None)
    copy = a_copy(promised_delivery_by=PROMISE.isoformat())
    assert conflicts_of(order, {}, [copy], {}) == []
    assert overlaid(order, [copy], {})["promised_delivery_by"] is None
    won = overlaid(order, [copy], {"promised_delivery_by": ["channel", "erp"]})
    assert won["promised_delivery_by"] == PROMISE
