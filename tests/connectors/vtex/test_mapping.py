"""VTEX's records in the model's terms, and every way a record can be broken."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.vtex import mapping, wire
from connectors.vtex.mapping import ItemCode
from connectors.vtex.sandbox.catalogue import Shelves
from connectors.vtex.sandbox.records import order_record
from gateway.connect.errors import ContractError, MalformedPayload, UnknownValue, UpstreamFault
from gateway.connect.testing.dataset import DataStock, OrderWord
from gateway.model.customer import CustomerRecord
from gateway.model.location import Address, LocationKind, LocationRecord
from gateway.model.money import Money
from gateway.model.order import ChannelState, OrderLineRecord, OrderRecord, PaymentStatus
from gateway.model.stock import PositionRef, StockRecord

from .retail import a_dataset, an_order

READ_AT = datetime(2026, 11, 20, 12, 0, 1, tzinfo=UTC)


def record(word: OrderWord = "approved", **changes: Any) -> dict[str, Any]:
    order = an_order(word=word, **changes)
    return order_record(order, {"SKU-1": "18"}, {"SKU-1": "Shirt"}, {"store-1": "Loja Dois"})


def mapped(payload: object, item_code: ItemCode = "refId") -> OrderRecord:
    order = wire.decode(json.dumps(payload).encode(), wire.Order)
    return mapping.map_order(order, READ_AT, item_code)


def brl(amount: str) -> Money:
    return Money(Decimal(amount), "BRL")


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


@pytest.mark.parametrize(
    ("path", "value", "kind", "where"),
    [
        (["status"], "teleported", UnknownValue, "status"),
        (["value"], None, MalformedPayload, "value"),
        (["value"], 12.5, MalformedPayload, "value"),
        (["value"], 2**60, MalformedPayload, "value"),
        (["creationDate"], "2026-11-20T12:00:00", MalformedPayload, "creationDate"),
        (["lastChange"], "0001-01-01T00:00:00+03:00", MalformedPayload, "lastChange"),
        (["items", 0, "sellingPrice"], "10", MalformedPayload, "items[0].sellingPrice"),
        (["items", 0, "refId"], None, MalformedPayload, "items[0].refId"),
        (["totals", 1, "id"], "Tips", UnknownValue, "totals[1].id"),
        (["totals"], [], MalformedPayload, "totals"),
        (
            ["storePreferencesData", "currencyCode"],
            "reais",
            MalformedPayload,
            "storePreferencesData.currencyCode",
        ),
        (
            ["packageAttachment", "packages", 0, "type"],
            "Gift",
            UnknownValue,
            "packageAttachment.packages[0].type",
        ),
        (
            ["shippingData", "logisticsInfo", 0, "shippingEstimateDate"],
            "soon",
            MalformedPayload,
            "shippingData.logisticsInfo[0].shippingEstimateDate",
        ),
    ],
)
def test_a_broken_field_is_named(
    path: list[str | int], value: object, kind: type[ContractError], where: str
) -> None:
    payload = record("shipped")
    put(payload, path, value)
    with pytest.raises(kind) as caught:
        mapped(payload)
    assert caught.value.path == where


def test_a_missing_field_is_named() -> None:
    payload = record(is_broken=True)
    with pytest.raises(MalformedPayload) as caught:
        mapped(payload)
    assert caught.value.path == "clientProfileData"


def test_half_a_character_is_a_broken_record_and_cut_json_is_no_answer() -> None:
    with pytest.raises(MalformedPayload):
        wire.decode(b'{"orderId": "\\ud800"}', wire.OrderRef)
    with pytest.raises(UpstreamFault):
        wire.decode(b'{"orderId": "1', wire.OrderRef)
    with pytest.raises(UpstreamFault):
        wire.decode(b"<html></html>", wire.OrderRef)


def test_every_state_that_vtex_documents_has_a_meaning() -> None:
    assert len(mapping.STATES) == sum(len(words) for words in mapping._WORDS.values())
    assert mapping.STATES["window-to-cancel"] is ChannelState.CONFIRMED
    assert mapping.STATES["waiting-for-seller-decision"] is ChannelState.ON_HOLD
    assert mapping.STATES["replaced"] is ChannelState.CANCELLED


def a_balance(**changes: object) -> dict[str, Any]:
    shelves = Shelves()
    shelves.put(DataStock("SKU-1", "dc-1", 5, 2))
    balance: dict[str, Any] = shelves.inventory("18", "SKU-1")["balance"][0]
    return balance | changes


def map_balance(payload: object) -> StockRecord:
    balance = wire.decode(json.dumps(payload).encode(), wire.Balance)
    return mapping.map_balance(balance, "SKU-1", READ_AT)


def test_a_balance_is_on_hand_and_committed() -> None:
    position = PositionRef("SKU-1", "dc-1")
    assert map_balance(a_balance()) == StockRecord(position, READ_AT, on_hand=5, committed=2)


def test_what_is_sold_without_limit_has_no_count() -> None:
    stock = map_balance(a_balance(hasUnlimitedQuantity=True, totalQuantity=0))
    assert (stock.on_hand, stock.committed) == (None, None)


def a_warehouse(**changes: object) -> dict[str, Any]:
    shelves = Shelves()
    shelves.warehouses = {place.code: place for place in a_dataset().locations}
    return {**shelves.configured()[1], **changes}


def map_warehouse(payload: object) -> LocationRecord:
    warehouse = wire.decode(json.dumps(payload).encode(), wire.Warehouse)
    return mapping.map_warehouse(warehouse, READ_AT)


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


Step = str | int
WRONG: list[Any] = [
    None,
    "x",
    "",
    7,
    -1,
    2**70,
    1.5,
    True,
    [],
    {},
    [None],
    "2026-13-45",
    "\x00",
    "ÿ",
]


def places(node: Any, so_far: tuple[Step, ...] = ()) -> list[tuple[Step, ...]]:
    keys: list[Step] = list(node) if isinstance(node, dict) else []
    if isinstance(node, list):
        keys = list(range(len(node)))
    found = []
    for key in keys:
        found += [(*so_far, key), *places(node[key], (*so_far, key))]
    return found


def put(node: Any, path: list[Step] | tuple[Step, ...], value: object) -> None:
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = copy.deepcopy(value)


def drop(node: Any, path: tuple[Step, ...]) -> None:
    for step in path[:-1]:
        node = node[step]
    del node[path[-1]]


ORDERS = [record("delivered"), record("unavailable"), record("created", lines=())]
CHANGES = st.one_of(st.just("drop"), st.sampled_from(WRONG))


@st.composite
def broken(draw: st.DrawFn, samples: list[dict[str, Any]]) -> dict[str, Any]:
    payload: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(samples)))
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(places(payload)))
        change = draw(CHANGES)
        if change == "drop":
            drop(payload, path)
        else:
            put(payload, path, change)
    return payload


def where_broken(work: Callable[[], object]) -> str | None:
    """Answer the path of the ContractError that the work ends in, None when it maps."""
    try:
        work()
    except ContractError as error:
        return error.path
    return None


@given(broken(ORDERS))
def test_a_broken_order_maps_or_says_where(payload: dict[str, Any]) -> None:
    assert where_broken(lambda: mapped(payload)) != ""


@given(broken([a_balance()]))
def test_a_broken_balance_maps_or_says_where(payload: dict[str, Any]) -> None:
    assert where_broken(lambda: map_balance(payload)) != ""


@given(broken([a_warehouse()]))
def test_a_broken_warehouse_maps_or_says_where(payload: dict[str, Any]) -> None:
    assert where_broken(lambda: map_warehouse(payload)) != ""
