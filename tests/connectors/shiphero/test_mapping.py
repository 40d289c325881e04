"""ShipHero's records in the model's terms, value by value."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.connect.testing.dataset import OrderWord
from gateway.model.location import Address, LocationKind, LocationRecord
from gateway.model.order import (
    FulfillmentLineRecord,
    FulfillmentRecord,
    FulfillmentStatus,
    ShipmentRecord,
)
from gateway.model.stock import PositionRef, StockRecord
from tests.connectors.staging import a_line

from .payloads import (
    READ_AT,
    a_level,
    a_warehouse,
    map_level,
    map_order,
    map_warehouse,
    order_payload,
    put,
)
from .retail import DC, STORE, an_order

TWO_PLACES = (a_line("SKU-1", 2, "store-1"), a_line("007", 1, "dc-1"), a_line("ghost", 3, "dc-1"))
LINE: list[str | int] = ["line_items", "edges", 0, "node"]


def test_a_delivered_order_is_the_closed_work_of_its_warehouse() -> None:
    assert map_order(order_payload(an_order(word="delivered"))) == (
        FulfillmentRecord(
            ref=f"T3JkZXI6MQ==/{STORE}",
            order_ref="1000-01",
            location_ref=STORE,
            observed_at=READ_AT,
            updated_at=datetime(2026, 11, 19, 16, 0, tzinfo=UTC),
            status=FulfillmentStatus.CLOSED,
            native_status="fulfilled",
            lines=(FulfillmentLineRecord("SKU-1", 2),),
            shipments=(
                ShipmentRecord(
                    ref="U2hpcHBpbmdMYWJlbDoxMDA=",
                    lines=(FulfillmentLineRecord("SKU-1", 2),),
                    carrier="Correios",
                    service="PAC",
                    tracking_number="TR1000BR",
                    tracking_url="https://rastreamento.example/TR1000BR",
                    shipped_at=datetime(2026, 11, 19, 15, 0, tzinfo=UTC),
                    is_delivered=True,
                ),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("word", "status", "native", "parcels"),
    [
        ("approved", FulfillmentStatus.OPEN, "pending", 0),
        ("processing", FulfillmentStatus.IN_PROGRESS, "pending", 0),
        ("invoiced", FulfillmentStatus.IN_PROGRESS, "pending", 0),
        ("shipped", FulfillmentStatus.CLOSED, "fulfilled", 1),
        ("delivered", FulfillmentStatus.CLOSED, "fulfilled", 1),
        ("canceled", FulfillmentStatus.CANCELLED, "canceled", 0),
        ("unavailable", FulfillmentStatus.CANCELLED, "canceled", 0),
    ],
)
def test_every_word_has_a_status(
    word: OrderWord, status: FulfillmentStatus, native: str, parcels: int
) -> None:
    (work,) = map_order(order_payload(an_order(word=word)))
    assert (work.status, work.native_status, len(work.shipments)) == (status, native, parcels)


@pytest.mark.parametrize("word", ["approved", "shipped", "canceled"])
def test_each_warehouse_has_its_own_work_and_its_own_lines(word: OrderWord) -> None:
    works = map_order(order_payload(an_order(word=word, lines=TWO_PLACES)))
    assert [(work.ref, work.lines) for work in works] == [
        (f"T3JkZXI6MQ==/{STORE}", (FulfillmentLineRecord("SKU-1", 2),)),
        (
            f"T3JkZXI6MQ==/{DC}",
            (FulfillmentLineRecord("007", 1), FulfillmentLineRecord("ghost", 3)),
        ),
    ]
    parcels = [parcel.tracking_number for work in works for parcel in work.shipments]
    assert parcels == (["TR1000BR", "TR100001BR"] if word == "shipped" else [])


def test_units_are_counted_once_shipped_before_allocated_before_the_rest() -> None:
    payload = order_payload(an_order(lines=(a_line("SKU-1", 5, "dc-1"),)))
    shipped = order_payload(an_order(word="shipped", lines=(a_line("SKU-1", 5, "dc-1"),)))
    payload["shipments"] = shipped["shipments"]
    put(payload, ["shipments", 0, "line_items", "edges", 0, "node", "quantity"], 2)
    put(payload, ["allocations", 0, "warehouse_id"], STORE)
    put(payload, ["allocations", 0, "line_items", 0, "quantity_allocated"], 1)
    left, kept = map_order(payload)
    assert (left.location_ref, left.lines) == (DC, (FulfillmentLineRecord("SKU-1", 4),))
    assert left.status is FulfillmentStatus.IN_PROGRESS
    assert (kept.location_ref, kept.lines) == (STORE, (FulfillmentLineRecord("SKU-1", 1),))
    assert kept.status is FulfillmentStatus.OPEN


def test_an_allocation_and_its_shipment_are_not_added_up() -> None:
    payload = order_payload(an_order(word="shipped"))
    payload["allocations"] = order_payload(an_order())["allocations"]
    (work,) = map_order(payload)
    assert work.lines == (FulfillmentLineRecord("SKU-1", 2),)


def test_a_line_that_no_warehouse_has_is_nobody_s_work() -> None:
    payload = order_payload(an_order())
    payload["allocations"] = None
    put(payload, [*LINE, "warehouse_id"], None)
    assert map_order(payload) == ()


def test_a_line_that_was_taken_off_leaves_nothing_to_do() -> None:
    payload = order_payload(an_order())
    payload["allocations"] = []
    put(payload, [*LINE, "quantity"], 0)
    (work,) = map_order(payload)
    assert (work.status, work.lines) == (FulfillmentStatus.CANCELLED, ())


def test_a_kit_is_worked_as_its_own_line() -> None:
    payload = order_payload(an_order())
    parts = payload["allocations"][0]["line_items"]
    parts[0] |= {"is_kit_component": True, "line_item_id": "component"}
    (work,) = map_order(payload)
    assert work.lines == (FulfillmentLineRecord("SKU-1", 2),)


@pytest.mark.parametrize(
    "hold",
    [
        "address_hold",
        "client_hold",
        "fraud_hold",
        "operator_hold",
        "payment_hold",
        "shipping_method_hold",
    ],
)
def test_a_held_order_is_on_hold_until_something_leaves(hold: str) -> None:
    payload = order_payload(an_order())
    payload["holds"] = {hold: True}
    assert [work.status for work in map_order(payload)] == [FulfillmentStatus.ON_HOLD]
    gone = order_payload(an_order(word="shipped"))
    gone["holds"] = {hold: True}
    assert [work.status for work in map_order(gone)] == [FulfillmentStatus.CLOSED]


@pytest.mark.parametrize("word", ["Default", "unfulfilled", "Store A Orders", "PENDING"])
def test_an_account_s_own_status_is_a_pending_order(word: str) -> None:
    (work,) = map_order({**order_payload(an_order()), "fulfillment_status": word})
    assert (work.status, work.native_status) == (FulfillmentStatus.OPEN, word)


@pytest.mark.parametrize("word", ["canceled", "cancelled", "Canceled"])
def test_what_left_before_a_cancellation_is_closed(word: str) -> None:
    (work,) = map_order({**order_payload(an_order(word="shipped")), "fulfillment_status": word})
    assert work.status is FulfillmentStatus.CLOSED
    assert len(work.shipments) == 1


def test_labels_of_a_batch_that_has_not_left_are_no_parcels() -> None:
    payload = order_payload(an_order(word="shipped"))
    payload["shipments"][0]["completed"] = False
    (work,) = map_order(payload)
    assert (work.status, work.shipments) == (FulfillmentStatus.IN_PROGRESS, ())
    assert work.lines == (FulfillmentLineRecord("SKU-1", 2),)


def test_fulfilled_without_a_shipment_is_closed() -> None:
    (work,) = map_order({**order_payload(an_order()), "fulfillment_status": "fulfilled"})
    assert (work.status, work.shipments) == (FulfillmentStatus.CLOSED, ())


def two_labels() -> dict[str, Any]:
    payload = order_payload(an_order(word="shipped", lines=(a_line("A", 2), a_line("B", 1))))
    shipment = payload["shipments"][0]
    first = shipment["shipping_labels"][0]
    shipment["shipping_labels"] = [first, {**first, "id": "L2", "tracking_number": "second"}]
    shipment["line_items"]["edges"][1]["node"]["shipping_label_id"] = "L2"
    return payload


def test_every_label_is_a_parcel_with_its_own_lines() -> None:
    (work,) = map_order(two_labels())
    assert [(p.ref, p.tracking_number, p.lines) for p in work.shipments] == [
        ("U2hpcHBpbmdMYWJlbDoxMDA=", "TR1000BR", (FulfillmentLineRecord("A", 2),)),
        ("L2", "second", (FulfillmentLineRecord("B", 1),)),
    ]


def test_a_refunded_label_is_no_parcel() -> None:
    payload = two_labels()
    payload["shipments"][0]["shipping_labels"][1]["refunded"] = True
    (work,) = map_order(payload)
    assert [parcel.lines for parcel in work.shipments] == [(FulfillmentLineRecord("A", 2),)]


def test_a_line_without_a_label_goes_with_the_first() -> None:
    payload = two_labels()
    payload["shipments"][0]["line_items"]["edges"][1]["node"]["shipping_label_id"] = None
    (work,) = map_order(payload)
    assert [len(parcel.lines) for parcel in work.shipments] == [2, 0]


def test_what_left_without_a_label_is_one_parcel() -> None:
    payload = order_payload(an_order(word="shipped"))
    payload["shipments"][0] |= {"shipping_labels": [], "created_date": "2026-11-19T15:00:00"}
    (work,) = map_order(payload)
    assert work.shipments == (
        ShipmentRecord(
            "U2hpcG1lbnQ6MTAw",
            (FulfillmentLineRecord("SKU-1", 2),),
            shipped_at=datetime(2026, 11, 19, 15, 0, tzinfo=UTC),
        ),
    )


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-19T16:00:00", datetime(2026, 11, 19, 16, 0, tzinfo=UTC)),
        ("2026-11-19T16:00:00+00:00", datetime(2026, 11, 19, 16, 0, tzinfo=UTC)),
        ("2026-11-19T16:00:00.123456-03:00", datetime(2026, 11, 19, 19, 0, 0, 123456, tzinfo=UTC)),
        (None, None),
    ],
)
def test_times_are_aware_and_utc(text: str | None, moment: datetime | None) -> None:
    (work,) = map_order({**order_payload(an_order()), "updated_at": text})
    assert work.updated_at == moment
    assert work.updated_at is None or work.updated_at.tzinfo is UTC


@pytest.mark.parametrize("ref", ["0001", "ÄÖ-ß", "9007199254740993", "a/b c"])
def test_refs_come_byte_for_byte(ref: str) -> None:
    (work,) = map_order(order_payload(an_order(ref)))
    assert work.order_ref == ref
    assert map_level(a_level(sku=ref)).position == PositionRef(ref, DC)
    assert map_warehouse(a_warehouse(identifier=ref)).code == ref


def test_a_level_is_on_hand_allocated_and_reserved() -> None:
    assert map_level(a_level()) == StockRecord(PositionRef("SKU-1", DC), READ_AT, 5, 2, 1)


def test_a_level_that_is_not_told_is_unknown_and_a_negative_one_stays() -> None:
    level = map_level(a_level(on_hand=None, allocated=-1, reserve_inventory=None))
    assert (level.on_hand, level.committed, level.safety_stock) == (None, -1, None)


def test_a_warehouse_is_a_location_without_kind_and_coordinates() -> None:
    assert map_warehouse(a_warehouse()) == LocationRecord(
        ref=STORE,
        code="store-1",
        name="Centro",
        kind=LocationKind.DISTRIBUTION_CENTER,
        observed_at=READ_AT,
        owner="Loja Dois",
        address=Address(
            street="Rua B", city="Recife", region="PE", postal_code="50000-001", country="BR"
        ),
    )


def test_a_warehouse_without_an_address_is_named_by_its_identifier() -> None:
    record = map_warehouse(a_warehouse(address=None, company_name=None))
    assert (record.name, record.owner, record.address) == ("store-1", None, None)
