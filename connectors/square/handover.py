"""A sale as its location's work: pure, and total but for ContractError with the path.

Whoever buys at a till takes the goods home: such a sale is one hand-over, gone and arrived at once.
"""

from datetime import datetime

from connectors.square import wire
from connectors.square.mapping import Items, known_state, live_fulfillments, moment, sold_units
from gateway.connect.errors import MalformedPayload
from gateway.model.order import (
    FulfillmentLineRecord,
    FulfillmentRecord,
    FulfillmentStatus,
    ShipmentRecord,
)

HAND_OVER = "hand-over"
_GONE = "COMPLETED"

Lines = dict[str, FulfillmentLineRecord]


def map_handover(order: wire.Order, items: Items, observed_at: datetime) -> FulfillmentRecord:
    """Answer the work of the sale's location; raises MalformedPayload or UnknownValue."""
    work = live_fulfillments(order)
    lines = _lines(order, items)
    return FulfillmentRecord(
        ref=order.id,
        order_ref=order.id,
        location_ref=order.location_id,
        observed_at=observed_at,
        updated_at=moment(order.updated_at, "updated_at"),
        status=_status(order, work),
        native_status=", ".join(dict.fromkeys(each.state for each in work)) or order.state,
        lines=tuple(lines.values()),
        shipments=_shipments(order, work, lines),
    )


def _status(order: wire.Order, work: list[wire.Fulfillment]) -> FulfillmentStatus:
    state = known_state(order)
    if state == "CANCELED":
        return FulfillmentStatus.CANCELLED
    if state == "COMPLETED" or (work and all(each.state == _GONE for each in work)):
        return FulfillmentStatus.CLOSED
    if any(each.state != "PROPOSED" for each in work):
        return FulfillmentStatus.IN_PROGRESS
    return FulfillmentStatus.OPEN


def _lines(order: wire.Order, items: Items) -> Lines:
    found: Lines = {}
    for index, line in enumerate(order.line_items or ()):
        path = f"line_items[{index}]"
        quantity = sold_units(line.quantity, f"{path}.quantity")
        found[line.uid] = FulfillmentLineRecord(items.of_line(line, path), quantity, line.uid)
    return found


def _shipments(
    order: wire.Order, work: list[wire.Fulfillment], lines: Lines
) -> tuple[ShipmentRecord, ...]:
    if order.state == "COMPLETED" and not work:
        return (_handed_over(f"{order.id}/{HAND_OVER}", tuple(lines.values()), _closed(order)),)
    found = []
    for index, each in enumerate(order.fulfillments or ()):
        if each in work and each.state == _GONE:
            found.append(_shipment(order, each, f"fulfillments[{index}]", lines))
    return tuple(found)


def _shipment(order: wire.Order, each: wire.Fulfillment, path: str, lines: Lines) -> ShipmentRecord:
    sent, ref = _sent(each, path, lines), f"{order.id}/{each.uid}"
    if each.type == "PICKUP":
        told = each.pickup_details.picked_up_at if each.pickup_details else None
        return _handed_over(ref, sent, _at(told, f"{path}.pickup_details.picked_up_at", order))
    if each.type == "DELIVERY":
        told = each.delivery_details.delivered_at if each.delivery_details else None
        return _handed_over(ref, sent, _at(told, f"{path}.delivery_details.delivered_at", order))
    if each.type == "DIGITAL":
        return _handed_over(ref, sent, _closed(order))
    details = each.shipment_details or wire.ShipmentDetails()
    return ShipmentRecord(
        ref=ref,
        lines=sent,
        carrier=details.carrier or None,
        service=details.shipping_type or None,
        tracking_number=details.tracking_number or None,
        tracking_url=details.tracking_url or None,
        shipped_at=_at(details.shipped_at, f"{path}.shipment_details.shipped_at", order),
    )


def _sent(each: wire.Fulfillment, path: str, lines: Lines) -> tuple[FulfillmentLineRecord, ...]:
    if not each.entries:
        return tuple(lines.values())
    found = []
    for index, entry in enumerate(each.entries):
        where = f"{path}.entries[{index}]"
        line = lines.get(entry.line_item_uid)
        if line is None:
            raise MalformedPayload("the order has no such line", f"{where}.line_item_uid")
        quantity = sold_units(entry.quantity, f"{where}.quantity")
        found.append(FulfillmentLineRecord(line.item, quantity, line.line_ref))
    return tuple(found)


def _handed_over(
    ref: str, lines: tuple[FulfillmentLineRecord, ...], at: datetime | None
) -> ShipmentRecord:
    return ShipmentRecord(ref, lines, shipped_at=at, is_delivered=True, delivered_at=at)


def _at(told: str | None, path: str, order: wire.Order) -> datetime | None:
    return moment(told, path) if told is not None else _closed(order)


def _closed(order: wire.Order) -> datetime | None:
    return None if order.closed_at is None else moment(order.closed_at, "closed_at")
