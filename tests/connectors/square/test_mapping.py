"""Square's records in the model's terms."""

from datetime import timedelta

import pytest

from connectors.square.mapping import Items
from gateway.connect.errors import MalformedPayload
from gateway.connect.testing.dataset import DataLine, OrderWord
from gateway.model.customer import CustomerRecord
from gateway.model.location import Address, GeoPoint, LocationKind, LocationRecord
from gateway.model.order import (
    ChannelState,
    FulfillmentFact,
    FulfillmentLineRecord,
    FulfillmentRecord,
    FulfillmentStatus,
    OrderFacts,
    OrderLineRecord,
    OrderRecord,
    OrderStatus,
    PaymentStatus,
    ShipmentRecord,
    order_status,
)
from gateway.model.stock import PositionRef, StockRecord
from tests.connectors.staging import NOW

from .payloads import (
    ITEMS,
    READ_AT,
    a_count,
    a_customer,
    a_location,
    brl,
    handed_over,
    map_count,
    map_customer,
    map_location,
    mapped,
    record,
)


def test_a_till_s_sale_maps() -> None:
    payload = record()
    uid = payload["line_items"][0]["uid"]
    assert mapped(payload) == OrderRecord(
        ref="1000-01",
        number="1000",
        observed_at=READ_AT,
        updated_at=NOW - timedelta(hours=20),
        placed_at=NOW - timedelta(days=1),
        state=ChannelState.DELIVERED,
        native_status="COMPLETED",
        payment_status=PaymentStatus.PAID,
        currency="BRL",
        lines=(OrderLineRecord(uid, "SKU-1", "Shirt", 2, brl("10.50")),),
        subtotal=brl("21.00"),
        shipping_total=brl("3.25"),
        discount_total=brl("0.00"),
        tax_total=brl("0.00"),
        total=brl("24.25"),
        customer=CustomerRecord("c-1", READ_AT),
        other_refs=(("reference_id", "1000"),),
    )


def test_a_till_s_sale_is_handed_over_at_once() -> None:
    payload = record()
    sold = (FulfillmentLineRecord("SKU-1", 2, payload["line_items"][0]["uid"]),)
    assert handed_over(payload) == FulfillmentRecord(
        ref="1000-01",
        order_ref="1000-01",
        location_ref="store-1",
        observed_at=READ_AT,
        updated_at=NOW - timedelta(hours=20),
        status=FulfillmentStatus.CLOSED,
        native_status="COMPLETED",
        lines=sold,
        shipments=(
            ShipmentRecord(
                "1000-01/hand-over", sold, shipped_at=NOW, is_delivered=True, delivered_at=NOW
            ),
        ),
    )


STATES: list[tuple[OrderWord, ChannelState, PaymentStatus, FulfillmentStatus, OrderStatus]] = [
    (
        "created",
        ChannelState.PENDING,
        PaymentStatus.PENDING,
        FulfillmentStatus.OPEN,
        OrderStatus.PENDING,
    ),
    (
        "approved",
        ChannelState.CONFIRMED,
        PaymentStatus.PAID,
        FulfillmentStatus.OPEN,
        OrderStatus.CONFIRMED,
    ),
    (
        "processing",
        ChannelState.HANDLING,
        PaymentStatus.PAID,
        FulfillmentStatus.IN_PROGRESS,
        OrderStatus.IN_FULFILLMENT,
    ),
    (
        "invoiced",
        ChannelState.HANDLING,
        PaymentStatus.PAID,
        FulfillmentStatus.IN_PROGRESS,
        OrderStatus.IN_FULFILLMENT,
    ),
    (
        "shipped",
        ChannelState.SHIPPED,
        PaymentStatus.PAID,
        FulfillmentStatus.CLOSED,
        OrderStatus.SHIPPED,
    ),
    (
        "delivered",
        ChannelState.DELIVERED,
        PaymentStatus.PAID,
        FulfillmentStatus.CLOSED,
        OrderStatus.DELIVERED,
    ),
    (
        "canceled",
        ChannelState.CANCELLED,
        PaymentStatus.CANCELLED,
        FulfillmentStatus.CANCELLED,
        OrderStatus.CANCELLED,
    ),
    (
        "unavailable",
        ChannelState.CANCELLED,
        PaymentStatus.CANCELLED,
        FulfillmentStatus.CANCELLED,
        OrderStatus.CANCELLED,
    ),
]


@pytest.mark.parametrize(("word", "state", "payment", "work", "status"), STATES)
def test_every_state_is_told_alike_by_the_order_and_by_its_work(
    word: OrderWord,
    state: ChannelState,
    payment: PaymentStatus,
    work: FulfillmentStatus,
    status: OrderStatus,
) -> None:
    payload = record(word)
    order, done = mapped(payload), handed_over(payload)
    assert (order.state, order.payment_status, done.status) == (state, payment, work)
    shipped = sum(line.quantity for each in done.shipments for line in each.lines)
    delivered = shipped if all(each.is_delivered for each in done.shipments) else 0
    fact = FulfillmentFact(done.status, shipped, delivered)
    assert order_status(OrderFacts(state, 2, frozenset({("square", fact)}))) is status
    assert order_status(OrderFacts(state, 2)) is status


def test_a_parcel_has_its_carrier_and_number() -> None:
    payload = record("shipped", shipped_at=NOW - timedelta(hours=21))
    uid = payload["fulfillments"][0]["uid"]
    done = handed_over(payload)
    assert done.native_status == "COMPLETED"
    assert done.shipments == (
        ShipmentRecord(
            f"1000-01/{uid}",
            done.lines,
            carrier="Correios",
            service="SEDEX",
            tracking_number="TR1000BR",
            shipped_at=NOW - timedelta(hours=21),
        ),
    )
    assert mapped(payload).shipping_address == Address(
        recipient="Ana Souza",
        street="Rua A, 10",
        district="Centro",
        city="Recife",
        region="PE",
        postal_code="50000-000",
        country="BR",
    )


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("PICKUP", {"pickup_details": {"picked_up_at": "2026-11-19T10:00:00Z"}}),
        ("DELIVERY", {"delivery_details": {"delivered_at": "2026-11-19T10:00:00Z"}}),
        ("PICKUP", {}),
        ("DIGITAL", {}),
    ],
)
def test_what_is_picked_up_or_brought_is_delivered(kind: str, details: dict[str, object]) -> None:
    payload = record("shipped")
    payload["fulfillments"] = [{"uid": "f", "type": kind, "state": "COMPLETED", **details}]
    payload["closed_at"] = "2026-11-19T10:00:00Z"
    (parcel,) = handed_over(payload).shipments
    assert parcel.is_delivered
    assert parcel.delivered_at is not None
    assert parcel.delivered_at.isoformat() == "2026-11-19T10:00:00+00:00"
    assert mapped(payload).state is ChannelState.DELIVERED


def test_a_fulfillment_of_some_lines_sends_those_alone() -> None:
    lines = (
        DataLine("SKU-1", 2, "10.50", "0.00", "store-1"),
        DataLine("SKU-1", 3, "1.00", "0.00", "store-1"),
    )
    payload = record("shipped", lines=lines, paid="24.00")
    uid = payload["line_items"][1]["uid"]
    payload["fulfillments"][0]["entries"] = [{"line_item_uid": uid, "quantity": "1"}]
    (parcel,) = handed_over(payload).shipments
    assert parcel.lines == (FulfillmentLineRecord("SKU-1", 1, uid),)
    payload["fulfillments"][0]["entries"][0]["line_item_uid"] = "another"
    with pytest.raises(MalformedPayload) as caught:
        handed_over(payload)
    assert caught.value.path == "fulfillments[0].entries[0].line_item_uid"


def test_an_order_whose_only_fulfillment_failed_is_no_parcel() -> None:
    payload = record("unavailable")
    payload["state"] = "OPEN"
    assert handed_over(payload).status is FulfillmentStatus.OPEN
    assert handed_over(payload).shipments == ()


def test_what_was_paid_less_is_a_discount_of_its_lines() -> None:
    order = mapped(record(paid="20.00"))
    assert (order.subtotal, order.discount_total, order.total) == (
        brl("21.00"),
        brl("4.25"),
        brl("20.00"),
    )
    assert order.lines[0].discount == brl("4.25")


def test_a_tip_is_in_the_total_alone() -> None:
    order = mapped(record(paid="30.00"))
    assert (order.subtotal, order.shipping_total, order.total) == (
        brl("21.00"),
        brl("3.25"),
        brl("30.00"),
    )


def test_a_yen_has_no_parts() -> None:
    payload = record(currency="JPY")
    assert str(mapped(payload).total.amount) == "2425"


def test_without_what_is_due_nobody_knows_whether_it_is_paid() -> None:
    payload = record("approved")
    del payload["net_amount_due_money"]
    order = mapped(payload)
    assert (order.payment_status, order.state) == (PaymentStatus.UNKNOWN, ChannelState.PENDING)


def test_a_sale_without_a_number_is_called_by_its_id_and_a_stranger_is_nobody() -> None:
    payload = record()
    del payload["reference_id"], payload["customer_id"]
    order = mapped(payload)
    assert (order.number, order.other_refs, order.customer) == ("1000-01", (), None)


def test_an_amount_that_is_keyed_in_needs_an_item_to_stand_for() -> None:
    payload = record()
    del payload["line_items"][0]["catalog_object_id"]
    for maps in (mapped, handed_over):
        with pytest.raises(MalformedPayload, match="custom_item") as caught:
            maps(payload)
        assert caught.value.path == "line_items[0].catalog_object_id"
        (line,) = maps(payload, Items(ITEMS.name_of, "MISC")).lines
        assert line.item == "MISC"


def test_a_count_maps_and_may_be_below_nought() -> None:
    assert map_count(a_count()) == StockRecord(PositionRef("SKU-1", "dc-1"), READ_AT, 5)
    assert map_count(a_count(quantity="-3")).on_hand == -3
    assert map_count(a_count(quantity="12.00000")).on_hand == 12


def test_a_customer_maps() -> None:
    assert map_customer(a_customer()) == CustomerRecord(
        "c-1", READ_AT, "Ana Souza", ("ana@example.com",), ("+5511999990000",)
    )
    vat = a_customer(given_name=None, family_name="", company_name="Loja", tax_ids={"eu_vat": "X1"})
    assert (map_customer(vat).name, map_customer(vat).tax_id) == ("Loja", "X1")
    assert map_customer({"id": "c-2", "nickname": "Bia"}) == CustomerRecord("c-2", READ_AT, "Bia")


def test_a_location_maps() -> None:
    assert map_location(a_location(coordinates={"latitude": -8.05, "longitude": -34.9})) == (
        LocationRecord(
            ref="store-1",
            code="store-1",
            name="Centro",
            kind=LocationKind.STORE,
            observed_at=READ_AT,
            owner="Loja Dois",
            address=Address(
                street="Rua B", city="Recife", region="PE", postal_code="50000-001", country="BR"
            ),
            coordinates=GeoPoint(-8.05, -34.9),
        )
    )
    assert not map_location(a_location(status="INACTIVE")).is_active
    assert map_location(a_location(coordinates={"latitude": 1.0})).coordinates is None
