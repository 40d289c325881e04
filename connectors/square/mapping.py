"""Square's records in the model's terms: pure, and total but for ContractError with the path."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from connectors.square import wire
from gateway.connect.errors import MalformedPayload, UnknownValue
from gateway.model.customer import CustomerRecord
from gateway.model.location import Address, GeoPoint, LocationKind, LocationRecord
from gateway.model.money import Money
from gateway.model.order import ChannelState, OrderLineRecord, OrderRecord, PaymentStatus
from gateway.model.stock import PositionRef, StockRecord
from gateway.model.time import utc

STATES = ("OPEN", "COMPLETED", "CANCELED")
DRAFT = "DRAFT"
# Square lists three types, and has another in its example of a payment link: DIGITAL.
FULFILLMENT_TYPES = ("SHIPMENT", "DELIVERY", "PICKUP", "DIGITAL")
FULFILLMENT_STATES = ("PROPOSED", "RESERVED", "PREPARED", "COMPLETED", "CANCELED", "FAILED")
STARTED = ("RESERVED", "PREPARED", "COMPLETED")
IN_STOCK = "IN_STOCK"
_ENDED = ("CANCELED", "FAILED")
_LOCATION_TYPES = (None, "PHYSICAL", "MOBILE")
_LOCATION_STATUSES = (None, "ACTIVE", "INACTIVE")
_MOST_UNITS = 2**31 - 1

# ISO 4217: the currencies whose smallest unit is not a hundredth.
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
_DIGITS = {
    code: digits for codes, digits in ((_WHOLE, 0), (_THOUSANDTHS, 3)) for code in codes.split()
}

SkuOf = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Items:
    """What a line's variation is called here; `custom` stands for lines that name none."""

    name_of: SkuOf
    custom: str | None = None

    def of_line(self, line: wire.LineItem, path: str) -> str:
        """Answer a line's item; raises MalformedPayload."""
        if line.catalog_object_id is None:
            if self.custom is None:
                raise MalformedPayload(
                    "an amount keyed in by hand: set custom_item to say what it stands for",
                    f"{path}.catalog_object_id",
                )
            return self.custom
        return self.of_object(line.catalog_object_id, f"{path}.catalog_object_id")

    def of_object(self, object_id: str, path: str) -> str:
        """Answer a variation's item; raises MalformedPayload."""
        name = self.name_of(object_id)
        if not name:
            raise MalformedPayload(
                "the variation has no SKU; give it one, or set item_code to id", path
            )
        return name


def is_sale(order: wire.Order) -> bool:
    """Answer whether an order sells: a draft does not yet, and one may only take goods back."""
    return order.state != DRAFT and not (order.returns and not order.line_items)


def map_order(order: wire.Order, items: Items, observed_at: datetime) -> OrderRecord:
    """Answer a sale; raises MalformedPayload or UnknownValue."""
    currency = order.total_money.currency
    return OrderRecord(
        ref=order.id,
        number=order.reference_id or order.id,
        observed_at=observed_at,
        updated_at=moment(order.updated_at, "updated_at"),
        placed_at=moment(order.created_at, "created_at"),
        state=_state(order),
        native_status=order.state,
        payment_status=_payment_status(order),
        currency=currency,
        lines=tuple(_line(line, i, items) for i, line in enumerate(order.line_items or ())),
        subtotal=_subtotal(order),
        shipping_total=_amount(order.total_service_charge_money, currency),
        discount_total=_amount(order.total_discount_money, currency),
        tax_total=_amount(order.total_tax_money, currency),
        total=_money(order.total_money),
        customer=CustomerRecord(order.customer_id, observed_at) if order.customer_id else None,
        shipping_address=_shipping_address(order),
        other_refs=(("reference_id", order.reference_id),) if order.reference_id else (),
    )


def map_count(count: wire.Count, items: Items, observed_at: datetime) -> StockRecord:
    """Answer one position; raises MalformedPayload or UnknownValue."""
    if count.state != IN_STOCK:
        raise UnknownValue(f"asked for IN_STOCK alone: {count.state!r}", "state")
    item = items.of_object(count.catalog_object_id, "catalog_object_id")
    return StockRecord(
        position=PositionRef(item, count.location_id),
        observed_at=observed_at,
        on_hand=units(count.quantity, "quantity"),
    )


def map_customer(customer: wire.Customer, observed_at: datetime) -> CustomerRecord:
    """Answer a customer."""
    person = " ".join(part for part in (customer.given_name, customer.family_name) if part)
    return CustomerRecord(
        ref=customer.id,
        observed_at=observed_at,
        name=person or customer.company_name or customer.nickname or None,
        emails=_present(customer.email_address),
        phones=_present(customer.phone_number),
        tax_id=(customer.tax_ids.eu_vat or None) if customer.tax_ids else None,
    )


def map_location(location: wire.Location, observed_at: datetime) -> LocationRecord:
    """Answer a location: wherever there is a till is a store. Raises UnknownValue."""
    _known(location.type, _LOCATION_TYPES, "type")
    _known(location.status, _LOCATION_STATUSES, "status")
    return LocationRecord(
        ref=location.id,
        code=location.id,
        name=location.name or None,
        kind=LocationKind.STORE,
        observed_at=observed_at,
        owner=location.business_name or None,
        address=_address(location.address),
        coordinates=_coordinates(location.coordinates),
        is_active=location.status != "INACTIVE",
    )


def live_fulfillments(order: wire.Order) -> list[wire.Fulfillment]:
    """Answer the fulfillments that were not given up; raises UnknownValue."""
    told = order.fulfillments or ()
    for index, each in enumerate(told):
        _known(each.type, FULFILLMENT_TYPES, f"fulfillments[{index}].type")
        _known(each.state, FULFILLMENT_STATES, f"fulfillments[{index}].state")
    return [each for each in told if each.state not in _ENDED]


def known_state(order: wire.Order) -> str:
    """Answer an order's state; raises UnknownValue."""
    _known(order.state, STATES, "state")
    return order.state


def units(quantity: str, path: str) -> int:
    """Read a decimal text as whole units; raises MalformedPayload or UnknownValue."""
    number = Decimal(quantity)
    if number != number.to_integral_value():
        raise UnknownValue(f"a part of a unit: {quantity!r}", path)
    if abs(number) > _MOST_UNITS:
        raise MalformedPayload(f"too many units: {quantity!r}", path)
    return int(number)


def sold_units(quantity: str, path: str) -> int:
    """Read what is sold or sent: whole units, and not fewer than none."""
    number = units(quantity, path)
    if number < 0:
        raise MalformedPayload(f"fewer than none: {quantity!r}", path)
    return number


def moment(text: str, path: str) -> datetime:
    """Read an RFC 3339 time; raises MalformedPayload."""
    try:
        return utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError) as error:
        raise MalformedPayload(f"no time with a zone: {text[:40]!r}", path) from error


def _state(order: wire.Order) -> ChannelState:
    """Answer where a sale stands: without fulfillments, what is paid is taken home."""
    state, work = known_state(order), live_fulfillments(order)
    if state == "CANCELED":
        return ChannelState.CANCELLED
    if state == "COMPLETED":
        is_sent = any(each.type == "SHIPMENT" for each in work)
        return ChannelState.SHIPPED if is_sent else ChannelState.DELIVERED
    if any(each.state in STARTED for each in work):
        return ChannelState.HANDLING
    is_paid = _payment_status(order) is PaymentStatus.PAID
    return ChannelState.CONFIRMED if is_paid else ChannelState.PENDING


def _payment_status(order: wire.Order) -> PaymentStatus:
    if order.state == "COMPLETED":
        return PaymentStatus.PAID
    if order.state == "CANCELED":
        return PaymentStatus.CANCELLED
    if order.net_amount_due_money is None:
        return PaymentStatus.UNKNOWN
    return PaymentStatus.PENDING if order.net_amount_due_money.amount else PaymentStatus.PAID


def _line(line: wire.LineItem, index: int, items: Items) -> OrderLineRecord:
    path = f"line_items[{index}]"
    off = line.total_discount_money
    return OrderLineRecord(
        ref=line.uid,
        item=items.of_line(line, path),
        title=line.name or None,
        quantity=sold_units(line.quantity, f"{path}.quantity"),
        unit_price=_money(line.base_price_money),
        discount=_money(off) if off is not None and off.amount else None,
    )


def _subtotal(order: wire.Order) -> Money:
    """Sum what the lines come to before discounts and added taxes, modifiers included."""
    currency = order.total_money.currency
    total = 0
    for index, line in enumerate(order.line_items or ()):
        gross, price = line.gross_sales_money, line.base_price_money
        quantity = units(line.quantity, f"line_items[{index}].quantity")
        told = gross if gross is not None else wire.Money(price.amount * quantity, price.currency)
        if currency != told.currency:
            where = f"line_items[{index}].base_price_money.currency"
            raise MalformedPayload(f"{told.currency} in an order in {currency}", where)
        total += told.amount
    return _money(wire.Money(total, currency))


def _shipping_address(order: wire.Order) -> Address | None:
    for each in live_fulfillments(order):
        details = each.shipment_details or each.delivery_details
        if details is not None and details.recipient is not None:
            recipient = details.recipient
            return _address(recipient.address, recipient.display_name)
    return None


def _address(address: wire.PostalAddress | None, recipient: str | None = None) -> Address | None:
    if address is None:
        return None
    return Address(
        recipient=recipient or None,
        street=address.address_line_1 or None,
        complement=address.address_line_2 or None,
        district=address.sublocality or None,
        city=address.locality or None,
        region=address.administrative_district_level_1 or None,
        postal_code=address.postal_code or None,
        country=address.country or None,
    )


def _coordinates(told: wire.Coordinates | None) -> GeoPoint | None:
    if told is None or told.latitude is None or told.longitude is None:
        return None
    return GeoPoint(told.latitude, told.longitude)


def _known(word: str | None, words: tuple[str | None, ...], path: str) -> None:
    if word not in words:
        raise UnknownValue(f"no {path.rpartition('.')[2]} known here: {word!r}", path)


def _present(text: str | None) -> tuple[str, ...]:
    return (text,) if text else ()


def _amount(told: wire.Money | None, currency: str) -> Money:
    return _money(told if told is not None else wire.Money(0, currency))


def _money(told: wire.Money) -> Money:
    return Money.of_minor(told.amount, told.currency, _DIGITS.get(told.currency, 2))
