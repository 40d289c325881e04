"""VTEX's records in the model's terms: pure, and total but for ContractError with the path."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from connectors.vtex import wire
from gateway.connect.errors import MalformedPayload, UnknownValue
from gateway.model.customer import CustomerRecord
from gateway.model.location import Address, LocationKind, LocationRecord
from gateway.model.money import Money
from gateway.model.order import ChannelState, OrderLineRecord, OrderRecord, PaymentStatus
from gateway.model.stock import PositionRef, StockRecord
from gateway.model.time import utc

ItemCode = Literal["refId", "id"]

# https://help.vtex.com/en/tutorial/order-flow-and-status--tutorials_196 and the states that a feed
# can be filtered by (POST /api/orders/feed/config), 2026-11.
_WORDS: dict[ChannelState, tuple[str, ...]] = {
    ChannelState.PENDING: (
        "order-created",
        "order-completed",
        "on-order-completed",
        "on-order-completed-ffm",
        "waiting-for-seller-confirmation",
        "waiting-for-sellers-confirmation",
        "waiting-for-order-authorization",
        "payment-pending",
        "approve-payment",
        "waiting-ffmt-authorization",
        "waiting-for-authorization",
        "waiting-for-manual-authorization",
        "waiting-for-mkt-authorization",
    ),
    ChannelState.CONFIRMED: (
        "payment-approved",
        "authorize-fulfillment",
        "window-to-cancel",
        "waiting-seller-handling",
        "waiting-for-fulfillment",
        "ready-for-handling",
    ),
    ChannelState.ON_HOLD: (
        "order-create-error",
        "order-creation-error",
        "payment-denied",
        "window-to-change-payment",
        "window-to-change-seller",
        "request-cancel",
        "cancellation-requested",
        "waiting-for-seller-decision",
    ),
    ChannelState.HANDLING: (
        "start-handling",
        "handling",
        "order-accepted",
        "ready-for-invoicing",
    ),
    ChannelState.INVOICED: ("invoice", "invoice-after-cancellation-deny", "invoiced"),
    ChannelState.CANCELLED: ("cancel", "canceled", "replaced"),
}
STATES = {word: state for state, words in _WORDS.items() for word in words}
_BEFORE_PAYMENT = (ChannelState.PENDING, ChannelState.ON_HOLD)
_TOTALS = ("Items", "Discounts", "Shipping", "Tax")

# VTEX writes ISO 3166 alpha-3, the model has alpha-2; a country that is not here stays as it came.
_COUNTRIES = {
    "ARG": "AR", "BOL": "BO", "BRA": "BR", "CAN": "CA", "CHL": "CL", "COL": "CO", "CRI": "CR",
    "DEU": "DE", "DOM": "DO", "ECU": "EC", "ESP": "ES", "FRA": "FR", "GBR": "GB", "GTM": "GT",
    "HND": "HN", "ITA": "IT", "MEX": "MX", "NIC": "NI", "PAN": "PA", "PER": "PE", "POL": "PL",
    "PRT": "PT", "PRY": "PY", "ROU": "RO", "SLV": "SV", "URY": "UY", "USA": "US", "VEN": "VE",
}  # fmt: skip


def map_order(order: wire.Order, observed_at: datetime, item_code: ItemCode) -> OrderRecord:
    """Answer an order; raises MalformedPayload or UnknownValue."""
    currency = order.store_preferences_data.currency_code
    state = _state(order)
    totals = _totals(order)
    return OrderRecord(
        ref=order.order_id,
        number=order.sequence,
        observed_at=observed_at,
        updated_at=_moment(order.last_change, "lastChange"),
        placed_at=_moment(order.creation_date, "creationDate"),
        state=state,
        native_status=order.status,
        payment_status=_payment_status(order, state),
        currency=currency,
        lines=_lines(order.items, currency, item_code),
        subtotal=_money(totals["Items"], currency),
        shipping_total=_money(totals["Shipping"], currency),
        discount_total=_money(-totals["Discounts"], currency),
        tax_total=_money(totals["Tax"], currency),
        total=_money(order.value, currency),
        customer=_customer(order.client_profile_data, observed_at),
        shipping_address=_address(order.shipping_data),
        promised_delivery_by=_promise(order.shipping_data),
        other_refs=_other_refs(order),
    )


def map_balance(balance: wire.Balance, item: str, observed_at: datetime) -> StockRecord:
    """Answer one position; what is sold without limit has no count, so it is unknown."""
    unlimited = balance.has_unlimited_quantity
    return StockRecord(
        position=PositionRef(item, balance.warehouse_id),
        observed_at=observed_at,
        on_hand=None if unlimited else balance.total_quantity,
        committed=None if unlimited else balance.reserved_quantity,
    )


def map_warehouse(warehouse: wire.Warehouse, observed_at: datetime) -> LocationRecord:
    """Answer a location. VTEX has no kind: a warehouse where goods are picked up is a store."""
    has_pickup = bool(warehouse.pickup_point_ids)
    return LocationRecord(
        ref=warehouse.id,
        code=warehouse.id,
        name=warehouse.name or None,
        kind=LocationKind.STORE if has_pickup else LocationKind.DISTRIBUTION_CENTER,
        observed_at=observed_at,
        is_active=warehouse.is_active,
    )


def _state(order: wire.Order) -> ChannelState:
    state = STATES.get(order.status)
    if state is None:
        raise UnknownValue(f"no state of an order known here: {order.status!r}", "status")
    sold = _sold_packages(order)
    if state is not ChannelState.INVOICED or not sold:
        return state
    if all(package.courier_status and package.courier_status.finished for package in sold):
        return ChannelState.DELIVERED
    return ChannelState.SHIPPED if any(map(_is_on_its_way, sold)) else state


def _sold_packages(order: wire.Order) -> list[wire.Package]:
    packages = order.package_attachment.packages if order.package_attachment else ()
    for index, package in enumerate(packages):
        if package.type not in ("Output", "Input"):
            path = f"packageAttachment.packages[{index}].type"
            raise UnknownValue(f"neither Output nor Input: {package.type!r}", path)
    return [package for package in packages if package.type == "Output"]


def _is_on_its_way(package: wire.Package) -> bool:
    courier = package.courier_status
    return bool(package.tracking_number or (courier and (courier.status or courier.finished)))


def _payment_status(order: wire.Order, state: ChannelState) -> PaymentStatus:
    if state is ChannelState.CANCELLED:
        return PaymentStatus.CANCELLED
    if order.authorized_date is None and state in _BEFORE_PAYMENT:
        return PaymentStatus.PENDING
    return PaymentStatus.PAID if order.is_completed else PaymentStatus.AUTHORIZED


def _totals(order: wire.Order) -> dict[str, int]:
    found = dict.fromkeys(_TOTALS, 0)
    for index, total in enumerate(order.totals):
        if total.id not in found:
            raise UnknownValue(f"no total known here: {total.id!r}", f"totals[{index}].id")
        found[total.id] += total.value
    if order.items and all(total.id != "Items" for total in order.totals):
        raise MalformedPayload("the order has items and no total of them", "totals")
    return found


def _lines(
    items: tuple[wire.Item, ...], currency: str, item_code: ItemCode
) -> tuple[OrderLineRecord, ...]:
    return tuple(_line(item, index, currency, item_code) for index, item in enumerate(items))


def _line(item: wire.Item, index: int, currency: str, item_code: ItemCode) -> OrderLineRecord:
    code = item.id if item_code == "id" else item.ref_id
    if not code:
        raise MalformedPayload(
            "the SKU has no reference code; give it one, or set item_code to id",
            f"items[{index}].refId",
        )
    off = (item.price - item.selling_price) * item.quantity
    return OrderLineRecord(
        ref=item.unique_id,
        item=code,
        title=item.name or None,
        quantity=item.quantity,
        unit_price=_money(item.price, currency),
        discount=_money(off, currency) if off > 0 else None,
    )


def _customer(profile: wire.Profile, observed_at: datetime) -> CustomerRecord:
    corporate = bool(profile.is_corporate)
    person = " ".join(part for part in (profile.first_name, profile.last_name) if part)
    company = profile.corporate_name if corporate else None
    document = profile.corporate_document if corporate else None
    return CustomerRecord(
        ref=profile.user_profile_id,
        observed_at=observed_at,
        name=company or person or None,
        emails=_present(profile.email),
        phones=_present(profile.phone),
        tax_id=document or profile.document or None,
    )


def _address(shipping: wire.Shipping | None) -> Address | None:
    if shipping is None or shipping.address is None:
        return None
    address = shipping.address
    country = address.country or None
    return Address(
        recipient=address.receiver_name or None,
        street=address.street or None,
        number=address.number or None,
        complement=address.complement or None,
        district=address.neighborhood or None,
        city=address.city or None,
        region=address.state or None,
        postal_code=address.postal_code or None,
        country=_COUNTRIES.get(country, country) if country else None,
    )


def _promise(shipping: wire.Shipping | None) -> datetime | None:
    info = shipping.logistics_info if shipping else ()
    moments = [
        _moment(
            part.shipping_estimate_date, f"shippingData.logisticsInfo[{i}].shippingEstimateDate"
        )
        for i, part in enumerate(info)
        if part.shipping_estimate_date is not None
    ]
    return max(moments, default=None)


def _other_refs(order: wire.Order) -> tuple[tuple[str, str], ...]:
    named: Iterable[tuple[str, str | None]] = (
        ("sellerOrderId", order.seller_order_id),
        ("marketplaceOrderId", order.marketplace_order_id),
        ("orderGroup", order.order_group),
    )
    return tuple((name, ref) for name, ref in named if ref)


def _present(text: str | None) -> tuple[str, ...]:
    return (text,) if text else ()


def _money(cents: int, currency: str) -> Money:
    return Money.of_minor(cents, currency)


def _moment(text: str, path: str) -> datetime:
    """Read an ISO 8601 time; VTEX writes up to seven digits of a second's fraction."""
    try:
        return utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise MalformedPayload(f"no time with a zone: {text[:40]!r}", path) from error
