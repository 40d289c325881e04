"""The retail data's orders as Square's."""

from collections.abc import Callable
from datetime import datetime

from connectors.square.sandbox.forms import Record, cents, made_id, money, stamp
from gateway.connect.testing.dataset import DataAddress, DataLine, DataOrder

# The eight words of the retail data, as the state of an order and of its fulfillment: without one,
# what is paid is taken home.
STATES: dict[str, tuple[str, str | None]] = {
    "created": ("OPEN", None),
    "approved": ("OPEN", "PROPOSED"),
    "processing": ("OPEN", "RESERVED"),
    "invoiced": ("OPEN", "PREPARED"),
    "shipped": ("COMPLETED", "COMPLETED"),
    "delivered": ("COMPLETED", None),
    "canceled": ("CANCELED", None),
    "unavailable": ("CANCELED", "FAILED"),
}


def state_of(order: DataOrder) -> str:
    """Answer Square's state of an order."""
    return STATES[order.word][0]


def fulfillment_state_of(order: DataOrder) -> str | None:
    """Answer Square's state of an order's fulfillment, None where it has none."""
    return STATES[order.word][1]


def fulfillment_id_of(order: DataOrder) -> str:
    """Answer the uid of an order's fulfillment."""
    return made_id(order.ref, "fulfillment")


def location_of(order: DataOrder) -> str | None:
    """Answer where an order was taken; one without lines was taken nowhere."""
    return order.lines[0].location if order.lines else None


def order_record(
    order: DataOrder, object_of: Callable[[str], str], title_of: Callable[[str], str]
) -> Record:
    """Answer an Order; a broken one has no total_money."""
    record = {
        **_header(order),
        **_amounts(order),
        "line_items": [_line(order, i, object_of, title_of) for i in range(len(order.lines))],
    }
    if order.customer.ref:
        record["customer_id"] = order.customer.ref
    if state_of(order) != "OPEN":
        record["closed_at"] = stamp(_closed_at(order))
    if fulfillment_state_of(order) is not None:
        record["fulfillments"] = [_fulfillment(order)]
    if order.is_broken:
        del record["total_money"]
    return record


def _header(order: DataOrder) -> Record:
    return {
        "id": order.ref,
        "location_id": location_of(order),
        "reference_id": order.number,
        "source": {"name": "Point of Sale"},
        "created_at": stamp(order.placed_at),
        "updated_at": stamp(order.updated_at),
        "state": state_of(order),
        "ticket_name": order.number[-4:],
    }


def _amounts(order: DataOrder) -> Record:
    """What was paid beyond goods and freight is a tip, what was paid less is a discount."""
    currency, paid = order.currency, cents(order.paid)
    freight = sum(cents(line.freight) for line in order.lines)
    off = sum(_discounts(order))
    tip = max(0, paid - _goods(order) - freight)
    is_due = order.word == "created"
    record: Record = {
        "total_money": money(paid, currency),
        "total_tax_money": money(0, currency),
        "total_discount_money": money(off, currency),
        "total_tip_money": money(tip, currency),
        "total_service_charge_money": money(freight, currency),
        "net_amounts": {
            "total_money": money(paid, currency),
            "tax_money": money(0, currency),
            "discount_money": money(off, currency),
            "tip_money": money(tip, currency),
            "service_charge_money": money(freight, currency),
        },
        "net_amount_due_money": money(paid if is_due else 0, currency),
    }
    if freight:
        record["service_charges"] = [_freight(order, freight)]
    if not is_due and state_of(order) != "CANCELED":
        record["tenders"] = [_tender(order, paid)]
    return record


def _freight(order: DataOrder, freight: int) -> Record:
    amount = money(freight, order.currency)
    return {
        "uid": made_id(order.ref, "freight"),
        "name": "Frete",
        "amount_money": amount,
        "applied_money": amount,
        "total_money": amount,
        "total_tax_money": money(0, order.currency),
        "calculation_phase": "TOTAL_PHASE",
        "taxable": False,
        "type": "CUSTOM",
    }


def _tender(order: DataOrder, paid: int) -> Record:
    return {
        "id": made_id(order.ref, "tender"),
        "location_id": location_of(order),
        "transaction_id": order.ref,
        "created_at": stamp(order.approved_at or order.placed_at),
        "amount_money": money(paid, order.currency),
        "type": "OTHER",
        "payment_id": made_id(order.ref, "tender"),
    }


def _line(
    order: DataOrder, index: int, object_of: Callable[[str], str], title_of: Callable[[str], str]
) -> Record:
    line, currency = order.lines[index], order.currency
    gross, off = _gross(line), _discounts(order)[index]
    return {
        "uid": made_id(order.ref, str(index)),
        "name": title_of(line.sku),
        "quantity": str(line.quantity),
        "catalog_object_id": object_of(line.sku),
        "catalog_version": 1479335124878,
        "variation_name": "Regular",
        "item_type": "ITEM",
        "base_price_money": money(cents(line.unit_price), currency),
        "variation_total_price_money": money(gross, currency),
        "gross_sales_money": money(gross, currency),
        "total_tax_money": money(0, currency),
        "total_discount_money": money(off, currency),
        "total_money": money(gross - off, currency),
        "total_service_charge_money": money(0, currency),
    }


def _gross(line: DataLine) -> int:
    return cents(line.unit_price) * line.quantity


def _goods(order: DataOrder) -> int:
    return sum(map(_gross, order.lines))


def _discounts(order: DataOrder) -> list[int]:
    """Answer what each line was sold for less, taken from the first lines first."""
    freight = sum(cents(line.freight) for line in order.lines)
    left = max(0, _goods(order) + freight - cents(order.paid))
    shares = []
    for line in order.lines:
        shares.append(min(left, _gross(line)))
        left -= shares[-1]
    return shares


def _fulfillment(order: DataOrder) -> Record:
    details: Record = {
        "recipient": _recipient(order),
        "placed_at": stamp(order.placed_at),
    }
    if order.word == "shipped":
        details |= {
            "carrier": "Correios",
            "shipping_type": "SEDEX",
            "tracking_number": f"TR{order.number}BR",
            "shipped_at": stamp(order.shipped_at or order.updated_at),
        }
    return {
        "uid": fulfillment_id_of(order),
        "type": "SHIPMENT",
        "state": fulfillment_state_of(order),
        "line_item_application": "ALL",
        "shipment_details": details,
    }


def _recipient(order: DataOrder) -> Record:
    name = f"{order.customer.first_name} {order.customer.last_name}"
    return {"display_name": name, "address": _address(order.address)}


def _address(address: DataAddress) -> Record:
    return {
        "address_line_1": f"{address.street}, {address.number}",
        "sublocality": address.district,
        "locality": address.city,
        "administrative_district_level_1": address.region,
        "postal_code": address.postal_code,
        "country": "BR",
    }


def _closed_at(order: DataOrder) -> datetime:
    return order.delivered_at or order.shipped_at or order.updated_at
