"""VTEX's records in the model's terms."""

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.vtex import mapping
from gateway.connect.testing.dataset import OrderWord
from gateway.model.customer import CustomerRecord
from gateway.model.location import Address, LocationKind, LocationRecord
from gateway.model.order import ChannelState, OrderLineRecord, OrderRecord, PaymentStatus
from gateway.model.stock import PositionRef, StockRecord

from .payloads import (
    READ_AT,
    a_balance,
    a_warehouse,
    brl,
    map_balance,
    map_warehouse,
    mapped,
    record,
)


def test_an_order_maps_whole() -> None:
    payload = record("delivered")
    payload["items"][0]["sellingPrice"] = 1000
    payload["lastChange"] = "2026-11-19T17:30:00.1234567-03:00"
    assert mapped(payload) == OrderRecord(
        ref="1000-01",
        number="1000",
        observed_at=READ_AT,
        updated_at=datetime(2026, 11, 19, 20, 30, 0, 123456, tzinfo=UTC),
        placed_at=datetime(2026, 11, 19, 12, 0, tzinfo=UTC),
        state=ChannelState.DELIVERED,
        native_status="invoiced",
        payment_status=PaymentStatus.PAID,
        currency="BRL",
        lines=(
            OrderLineRecord(
                ref=payload["items"][0]["uniqueId"],
                item="SKU-1",
                title="Shirt",
                quantity=2,
                unit_price=brl("10.50"),
                discount=brl("1.00"),
            ),
        ),
        subtotal=brl("21.00"),
        shipping_total=brl("3.25"),
        discount_total=brl("0.00"),
        tax_total=brl("0.00"),
        total=brl("24.25"),
        customer=CustomerRecord(
            ref="c-1",
            observed_at=READ_AT,
            name="Ana Souza",
            emails=("ana@example.com",),
            phones=("+5511999990000",),
            tax_id="12345678909",
        ),
        shipping_address=Address(
            recipient="Ana Souza",
            street="Rua A",
            number="10",
            district="Centro",
            city="Recife",
            region="PE",
            postal_code="50000-000",
            country="BR",
        ),
        promised_delivery_by=datetime(2026, 11, 23, 12, 0, tzinfo=UTC),
        other_refs=(
            ("sellerOrderId", "00-1000-01"),
            ("marketplaceOrderId", "1000-01"),
            ("orderGroup", "g1000"),
        ),
    )


def test_an_order_without_items_is_worth_what_was_paid() -> None:
    order = mapped(record("delivered", lines=(), paid="99.90"))
    assert order.lines == ()
    assert (order.subtotal, order.shipping_total) == (brl("0.00"), brl("0.00"))
    assert order.total == brl("99.90")


def test_a_discount_is_a_positive_amount() -> None:
    order = mapped(record(paid="20.00"))
    assert order.discount_total == brl("4.25")
    assert order.total == brl("20.00")


@pytest.mark.parametrize(
    ("word", "status", "state", "payment"),
    [
        ("created", "payment-pending", ChannelState.PENDING, PaymentStatus.PENDING),
        ("approved", "payment-approved", ChannelState.CONFIRMED, PaymentStatus.PAID),
        ("processing", "handling", ChannelState.HANDLING, PaymentStatus.PAID),
        ("invoiced", "invoiced", ChannelState.INVOICED, PaymentStatus.PAID),
        ("shipped", "invoiced", ChannelState.SHIPPED, PaymentStatus.PAID),
        ("delivered", "invoiced", ChannelState.DELIVERED, PaymentStatus.PAID),
        ("canceled", "canceled", ChannelState.CANCELLED, PaymentStatus.CANCELLED),
        ("unavailable", "canceled", ChannelState.CANCELLED, PaymentStatus.CANCELLED),
    ],
)
def test_each_word_becomes_a_state(
    word: OrderWord, status: str, state: ChannelState, payment: PaymentStatus
) -> None:
    order = mapped(record(word))
    assert (order.native_status, order.state, order.payment_status) == (status, state, payment)


def test_an_order_past_its_payment_counts_as_authorized_when_vtex_gives_no_date() -> None:
    payload = record("processing") | {"authorizedDate": None, "isCompleted": False}
    assert mapped(payload).payment_status is PaymentStatus.AUTHORIZED


def a_package(number: str | None, finished: bool, kind: str = "Output") -> dict[str, Any]:
    courier = {"status": "ok" if finished else None, "finished": finished}
    return {"type": kind, "trackingNumber": number, "courierStatus": courier}


@pytest.mark.parametrize(
    ("packages", "state"),
    [
        ([], ChannelState.INVOICED),
        ([a_package(None, False)], ChannelState.INVOICED),
        ([a_package("", False)], ChannelState.INVOICED),
        ([a_package("TR1", False), a_package(None, False)], ChannelState.SHIPPED),
        ([a_package("TR1", True), a_package("TR2", False)], ChannelState.SHIPPED),
        ([a_package("TR1", True), a_package("TR2", True)], ChannelState.DELIVERED),
        ([a_package("TR1", True, "Input")], ChannelState.INVOICED),
        ([a_package("TR1", False), a_package("TR2", True, "Input")], ChannelState.SHIPPED),
    ],
)
def test_an_invoiced_order_is_as_far_as_the_packages_that_were_sold(
    packages: list[dict[str, Any]], state: ChannelState
) -> None:
    payload = record("invoiced") | {"packageAttachment": {"packages": packages}}
    assert mapped(payload).state is state


def test_a_company_is_named_by_its_own_name_and_number() -> None:
    payload = record()
    payload["clientProfileData"] |= {
        "isCorporate": True,
        "corporateName": "Loja SA",
        "corporateDocument": "11222333000144",
    }
    customer = mapped(payload).customer
    assert customer is not None
    assert (customer.name, customer.tax_id) == ("Loja SA", "11222333000144")


def test_a_country_that_has_no_short_code_here_stays_as_it_came() -> None:
    payload = record()
    payload["shippingData"]["address"]["country"] = "NZL"
    address = mapped(payload).shipping_address
    assert address is not None
    assert address.country == "NZL"


def test_items_are_named_by_vtex_number_when_so_set() -> None:
    assert mapped(record(), "id").lines[0].item == "18"


def test_refs_keep_every_character() -> None:
    payload = record() | {"orderId": "v0042-Ünï-01 "}
    payload["items"][0]["refId"] = " 00A"
    order = mapped(payload)
    assert (order.ref, order.lines[0].item) == ("v0042-Ünï-01 ", " 00A")


def test_every_state_that_vtex_documents_has_a_meaning() -> None:
    assert len(mapping.STATES) == sum(len(words) for words in mapping._WORDS.values())
    assert mapping.STATES["window-to-cancel"] is ChannelState.CONFIRMED
    assert mapping.STATES["waiting-for-seller-decision"] is ChannelState.ON_HOLD
    assert mapping.STATES["replaced"] is ChannelState.CANCELLED


def test_a_balance_is_on_hand_and_committed() -> None:
    position = PositionRef("SKU-1", "dc-1")
    assert map_balance(a_balance()) == StockRecord(position, READ_AT, on_hand=5, committed=2)


def test_what_is_sold_without_limit_has_no_count() -> None:
    stock = map_balance(a_balance(hasUnlimitedQuantity=True, totalQuantity=0))
    assert (stock.on_hand, stock.committed) == (None, None)


def test_a_warehouse_with_a_pickup_point_is_a_store() -> None:
    assert map_warehouse(a_warehouse()) == LocationRecord(
        ref="store-1",
        code="store-1",
        name="Centro",
        kind=LocationKind.STORE,
        observed_at=READ_AT,
    )
    inactive = map_warehouse(a_warehouse(pickupPointIds=None, isActive=False))
    assert (inactive.kind, inactive.is_active) == (LocationKind.DISTRIBUTION_CENTER, False)
