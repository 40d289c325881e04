"""Square's own published examples map; they are read where TRAMA_SPECS says."""

import json
from typing import Any

import pytest

from connectors.square import mapping, wire
from connectors.square.handover import map_handover
from connectors.square.mapping import Items
from connectors.square.published import a_count
from connectors.square.sandbox.queries import BatchChangeInventory, asked
from connectors.square.webhook import notices
from gateway.connect.decoding import decode
from gateway.connect.records import Notice, RawDelivery, StockLevel
from gateway.model.order import ChannelState, FulfillmentStatus, PaymentStatus
from gateway.model.stock import PositionRef
from tests.connectors.staging import NOW

from . import specification
from .specification import EVENTS

# Where Square's own examples break Square's own schema. None of these members is read here.
EXAMPLES_AGAINST_THEIR_SCHEMA = {"CustomerDeletedEvent": {"data: undeclared deleted"}}
BY_ID = Items(lambda object_id: object_id, "MISC")
EXAMPLES = [
    "PayOrderResponse",
    "RetrieveOrderResponse",
    "BatchRetrieveInventoryCountsResponse",
    "BatchChangeInventoryRequest",
    "BatchChangeInventoryResponse",
    "BatchRetrieveCatalogObjectsResponse",
    "SearchCustomersResponse",
    "BulkRetrieveCustomersResponse",
    "ListLocationsResponse",
    "CreateWebhookSubscriptionResponse",
    *EVENTS.values(),
]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_keeps_to_its_schema_or_is_named_here(name: str) -> None:
    found = specification.faults(specification.example(name), name)
    assert found == EXAMPLES_AGAINST_THEIR_SCHEMA.get(name, set())


def an_order(name: str) -> wire.Order:
    """Answer the order of an example."""
    told = specification.example(name)["order"]
    return decode(json.dumps(told).encode(), wire.Order)


def test_square_s_own_paid_order_maps() -> None:
    """https://developer.squareup.com/reference/square/orders-api/pay-order"""
    order = an_order("PayOrderResponse")
    sale = mapping.map_order(order, BY_ID, NOW)
    assert (sale.ref, sale.native_status) == ("lgwOlEityYPJtcuvKTVKT1pA986YY", "COMPLETED")
    assert (sale.state, sale.payment_status) == (ChannelState.DELIVERED, PaymentStatus.PAID)
    assert (str(sale.total.amount), sale.currency) == ("20.00", "USD")
    assert str(sale.subtotal.amount) == "20.00"
    assert [(x.ref, x.item, x.quantity, str(x.unit_price.amount)) for x in sale.lines] == [
        ("QW6kofLHJK7JEKMjlSVP5C", "MISC", 1, "5.00"),
        ("zhw8MNfRGdFQMI2WE1UBJD", "MISC", 2, "7.50"),
    ]
    assert sale.placed_at.isoformat() == "2019-08-06T02:47:35.693000+00:00"
    work = map_handover(order, BY_ID, NOW)
    assert (work.location_ref, work.status) == ("P3CCK6HSNDAS7", FulfillmentStatus.CLOSED)
    (parcel,) = work.shipments
    assert parcel.delivered_at is not None
    assert parcel.delivered_at.isoformat() == "2019-08-06T02:47:37.140000+00:00"


def test_square_s_own_open_order_maps() -> None:
    """https://developer.squareup.com/reference/square/orders-api/retrieve-order"""
    sale = mapping.map_order(an_order("RetrieveOrderResponse"), BY_ID, NOW)
    assert (sale.state, sale.payment_status) == (ChannelState.PENDING, PaymentStatus.UNKNOWN)
    assert (str(sale.subtotal.amount), str(sale.discount_total.amount), str(sale.total.amount)) == (
        "11.00",
        "5.50",
        "5.50",
    )
    assert [str(line.discount and line.discount.amount) for line in sale.lines] == ["2.50", "3.00"]


def test_square_s_own_order_of_a_payment_link_is_a_draft_and_then_a_sale() -> None:
    """https://developer.squareup.com/reference/square/checkout-api/create-payment-link"""
    (told,) = specification.example("CreatePaymentLinkResponse")["related_resources"]["orders"]
    assert not mapping.is_sale(decode(json.dumps(told).encode(), wire.Order))
    told["state"], told["fulfillments"][0]["state"] = "COMPLETED", "COMPLETED"
    order = decode(json.dumps(told).encode(), wire.Order)
    assert mapping.is_sale(order)
    assert mapping.map_order(order, BY_ID, NOW).state is ChannelState.DELIVERED
    (parcel,) = map_handover(order, BY_ID, NOW).shipments
    assert parcel.ref == "o4b7saqp4HzhNttf5AJxC0Srjd4F/bBpNrxjdQxGQP16sTmdzi"
    assert parcel.is_delivered


def rows(name: str, member: str, kind: Any) -> list[Any]:
    told = specification.example(name)[member]
    return [decode(json.dumps(row).encode(), kind) for row in told]


def test_square_s_own_count_maps() -> None:
    """https://developer.squareup.com/reference/square/inventory-api/batch-retrieve-inventory-counts"""
    (count,) = rows("BatchRetrieveInventoryCountsResponse", "counts", wire.Count)
    level = mapping.map_count(count, BY_ID, NOW)
    at = PositionRef("W62UWFY35CWMYGVWK6TWJDNI", "59TNP9SA8VGDA")
    assert (level.position, level.on_hand) == (at, 79)


def test_square_s_own_catalogue_is_read() -> None:
    objects = rows("BatchRetrieveCatalogObjectsResponse", "objects", wire.CatalogObject)
    assert [each.id for each in objects] == ["W62UWFY35CWMYGVWK6TWJDNI", "AA27W3M2GGTF3H6AVPNB77CK"]


def test_square_s_own_customers_map() -> None:
    """https://developer.squareup.com/reference/square/customers-api/search-customers"""
    people = rows("SearchCustomersResponse", "customers", wire.Customer)
    mapped = [mapping.map_customer(person, NOW) for person in people]
    assert [(each.name, each.emails, each.phones) for each in mapped] == [
        ("James Bond", ("james.bond@example.com",), ("+1-212-555-4250",)),
        ("Amelia Earhart", ("amelia.earhart@example.com",), ("+1-212-555-9238",)),
    ]
    told = json.dumps(specification.example("BulkRetrieveCustomersResponse")).encode()
    found = decode(told, wire.CustomerBatch).responses
    absent = {ref for ref, each in found.items() if each.errors}
    assert absent == {"2GYD7WNXF7BJZW1PMGNXZ3Y8M8"}


def test_square_s_own_count_is_what_the_sandbox_takes_and_the_connector_sends() -> None:
    """https://developer.squareup.com/reference/square/inventory-api/batch-change-inventory"""
    told = specification.example("BatchChangeInventoryRequest")
    taken = asked(json.dumps(told).encode(), BatchChangeInventory).changes[0].physical_count
    item = "W62UWFY35CWMYGVWK6TWJDNI"
    level = StockLevel(PositionRef(item, "C6W5YS5QM06F5"), 53, NOW)
    sent = a_count(level, {item: item}, taken.occurred_at)
    its_own = ("reference_id", "team_member_id")
    example = told["changes"][0]["physical_count"]
    assert {name: value for name, value in example.items() if name not in its_own} == {
        **sent, "occurred_at": sent["occurred_at"].replace("000Z", "Z"),
    }  # fmt: skip
    answer = json.dumps(specification.example("BatchChangeInventoryResponse")).encode()
    assert decode(answer, wire.Answer).errors == ()


def test_square_s_own_locations_map() -> None:
    """https://developer.squareup.com/reference/square/locations-api/list-locations"""
    places = rows("ListLocationsResponse", "locations", wire.Location)
    found = [mapping.map_location(place, NOW) for place in places]
    assert [(each.ref, each.name, each.owner, each.is_active) for each in found] == [
        ("18YC4JDH91E1H", "Grant Park", "Jet Fuel Coffee", True),
        ("3Z4V4WHQK64X9", "Midtown", "Jet Fuel Coffee", True),
    ]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("order.created", ("orders", "eA3vssLHKJrv9H0IdJCM3gNqfdcZY")),
        ("order.updated", ("orders", "eA3vssLHKJrv9H0IdJCM3gNqfdcZY")),
        ("order.fulfillment.updated", ("orders", "eA3vssLHKJrv9H0IdJCM3gNqfdcZY")),
        ("customer.updated", ("customers", "A0AP25A6SCVTH8JES9BX01GXM4")),
        ("customer.deleted", ("customers", "QPTXM8PQNX3Q726ZYHPMNP46XC")),
    ],
)
def test_square_s_own_pushes_name_what_to_read(kind: str, told: tuple[str, str]) -> None:
    """https://developer.squareup.com/docs/webhooks/v2webhook-events-tech-ref"""
    assert notices(pushed(kind))[0] == Notice(told[0], (told[1],))


def test_square_s_own_push_of_a_count_names_its_position() -> None:
    at = PositionRef("FGQ5JJWT2PYTHF35CKZ2DSKP", "YYQR03DGCTXA4")
    assert notices(pushed("inventory.count.updated")) == (Notice("stock", positions=(at,)),)


def pushed(kind: str) -> RawDelivery:
    body = json.dumps(specification.example(EVENTS[kind])).encode()
    return RawDelivery({}, body, "https://trama.example/hooks/square", NOW)


def test_every_word_that_square_knows_is_known() -> None:
    assert specification.component("OrderState")["enum"] == [
        "OPEN",
        "COMPLETED",
        "CANCELED",
        mapping.DRAFT,
    ]
    listed = {*specification.component("FulfillmentType")["enum"], "DIGITAL"}
    assert listed == set(mapping.FULFILLMENT_TYPES)
    assert set(specification.component("FulfillmentState")["enum"]) == set(
        mapping.FULFILLMENT_STATES
    )
    assert mapping.IN_STOCK in specification.component("InventoryState")["enum"]
