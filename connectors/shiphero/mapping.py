"""ShipHero's records in the model's terms: pure, and total but for ContractError with the path."""

from datetime import UTC, datetime

from connectors.shiphero import wire
from gateway.connect.errors import MalformedPayload
from gateway.model.location import Address, LocationKind, LocationRecord
from gateway.model.order import (
    FulfillmentLineRecord,
    FulfillmentRecord,
    FulfillmentStatus,
    ShipmentRecord,
)
from gateway.model.stock import PositionRef, StockRecord
from gateway.model.time import utc

# System statuses; any other word is a status that the account made to sort its pending orders.
# https://software-help.shiphero.com/hc/en-us/articles/4419345421069 (2026-11)
CANCELLED = frozenset({"canceled", "cancelled"})
FULFILLED = "fulfilled"

Quantities = dict[str, dict[str, int]]


def map_order(order: wire.Order, observed_at: datetime) -> tuple[FulfillmentRecord, ...]:
    """Answer the work of every warehouse that an order names; raises MalformedPayload."""
    _refuse_cut_lists(order)
    return tuple(
        _work(order, warehouse, quantities, observed_at)
        for warehouse, quantities in _assigned(order).items()
    )


def is_cut(order: wire.Order | wire.OrderLength) -> bool:
    """Answer whether an order or a shipment has more lines than came."""
    shipments = order.shipments or ()
    return order.line_items.page_info.has_next_page or any(
        shipment.line_items.page_info.has_next_page for shipment in shipments
    )


def map_level(level: wire.WarehouseProduct, observed_at: datetime) -> StockRecord:
    """Answer one position."""
    return StockRecord(
        position=PositionRef(level.sku, level.warehouse_id),
        observed_at=observed_at,
        on_hand=level.on_hand,
        committed=level.allocated,
        safety_stock=level.reserve_inventory,
    )


def map_warehouse(warehouse: wire.Warehouse, observed_at: datetime) -> LocationRecord:
    """Answer a location. ShipHero has neither kinds nor coordinates: all are warehouses."""
    address = warehouse.address
    return LocationRecord(
        ref=warehouse.id,
        code=warehouse.identifier,
        name=(address.name if address else None) or warehouse.identifier,
        kind=LocationKind.DISTRIBUTION_CENTER,
        observed_at=observed_at,
        owner=warehouse.company_name or None,
        address=_address(address) if address else None,
    )


def _refuse_cut_lists(order: wire.Order) -> None:
    if order.line_items.page_info.has_next_page:
        raise MalformedPayload("more lines than are read", "line_items.pageInfo.hasNextPage")
    for index, shipment in enumerate(order.shipments or ()):
        if shipment.line_items.page_info.has_next_page:
            path = f"shipments[{index}].line_items.pageInfo.hasNextPage"
            raise MalformedPayload("more lines than are read", path)


def _assigned(order: wire.Order) -> Quantities:
    """Answer units by warehouse and line: shipped first, then allocated, then what is left."""
    left = {edge.node.id: edge.node.quantity for edge in order.line_items.edges}
    assigned: Quantities = {}

    def assign(warehouse: str, line: str, quantity: int, path: str) -> None:
        if line not in left:
            raise MalformedPayload("names no line of the order", path)
        taken = min(quantity, left[line])
        left[line] -= taken
        lines = assigned.setdefault(warehouse, {})
        lines[line] = lines.get(line, 0) + taken

    for i, shipment in enumerate(order.shipments or ()):
        for j, sent in enumerate(shipment.line_items.edges):
            path = f"shipments[{i}].line_items.edges[{j}].node.line_item_id"
            assign(shipment.warehouse_id, sent.node.line_item_id, sent.node.quantity, path)
    for i, allocation in enumerate(order.allocations or ()):
        for j, part in enumerate(allocation.line_items):
            if not part.is_kit_component:
                path = f"allocations[{i}].line_items[{j}].line_item_id"
                assign(allocation.warehouse_id, part.line_item_id, part.quantity_allocated, path)
    for edge in order.line_items.edges:
        line = edge.node
        if line.warehouse_id and (left[line.id] or not line.quantity):
            assign(line.warehouse_id, line.id, left[line.id], "line_items")
    return assigned


def _work(
    order: wire.Order, warehouse: str, quantities: dict[str, int], observed_at: datetime
) -> FulfillmentRecord:
    skus = {edge.node.id: edge.node.sku for edge in order.line_items.edges}
    parcels = _parcels(order, warehouse, skus)
    updated_at = None if order.updated_at is None else _moment(order.updated_at, "updated_at")
    return FulfillmentRecord(
        ref=f"{order.id}/{warehouse}",
        order_ref=order.partner_order_id,
        location_ref=warehouse,
        observed_at=observed_at,
        updated_at=updated_at,
        status=_status(order, warehouse, quantities, parcels),
        native_status=order.fulfillment_status,
        lines=tuple(
            FulfillmentLineRecord(skus[line], quantity)
            for line, quantity in quantities.items()
            if quantity
        ),
        shipments=parcels,
    )


def _status(
    order: wire.Order,
    warehouse: str,
    quantities: dict[str, int],
    parcels: tuple[ShipmentRecord, ...],
) -> FulfillmentStatus:
    word = order.fulfillment_status.casefold()
    planned = sum(quantities.values())
    shipped = sum(line.quantity for parcel in parcels for line in parcel.lines)
    if word in CANCELLED:
        return FulfillmentStatus.CLOSED if shipped else FulfillmentStatus.CANCELLED
    if shipped >= planned:
        return FulfillmentStatus.CLOSED if shipped else FulfillmentStatus.CANCELLED
    if _has_printed_labels(order, warehouse):
        return FulfillmentStatus.IN_PROGRESS
    if word == FULFILLED:
        return FulfillmentStatus.CLOSED
    if shipped:
        return FulfillmentStatus.IN_PROGRESS
    if _is_held(order):
        return FulfillmentStatus.ON_HOLD
    return (
        FulfillmentStatus.IN_PROGRESS if _is_picked(order, quantities) else FulfillmentStatus.OPEN
    )


def _has_printed_labels(order: wire.Order, warehouse: str) -> bool:
    return any(
        shipment.warehouse_id == warehouse and shipment.completed is False
        for shipment in order.shipments or ()
    )


def _is_held(order: wire.Order) -> bool:
    holds = order.holds
    return holds is not None and any(getattr(holds, name) for name in holds.__struct_fields__)


def _is_picked(order: wire.Order, quantities: dict[str, int]) -> bool:
    return any(
        pick.picked_quantity
        for edge in order.line_items.edges
        if quantities.get(edge.node.id)
        for pick in edge.node.tote_picks or ()
    )


def _parcels(order: wire.Order, warehouse: str, skus: dict[str, str]) -> tuple[ShipmentRecord, ...]:
    return tuple(
        parcel
        for index, shipment in enumerate(order.shipments or ())
        if shipment.warehouse_id == warehouse and shipment.completed is not False
        for parcel in _parcels_of(shipment, index, skus)
    )


def _parcels_of(shipment: wire.Shipment, index: int, skus: dict[str, str]) -> list[ShipmentRecord]:
    """Answer a parcel per label; without labels all is one; refunded labels are none."""
    path = f"shipments[{index}].created_date"
    shipped_at = None if shipment.created_date is None else _moment(shipment.created_date, path)
    lines = [edge.node for edge in shipment.line_items.edges]
    if not shipment.shipping_labels:
        sent = tuple(FulfillmentLineRecord(skus[x.line_item_id], x.quantity) for x in lines)
        delivered = bool(shipment.delivered)
        return [ShipmentRecord(shipment.id, sent, shipped_at=shipped_at, is_delivered=delivered)]
    unnamed = shipment.shipping_labels[0].id
    return [
        ShipmentRecord(
            ref=label.id,
            lines=tuple(
                FulfillmentLineRecord(skus[x.line_item_id], x.quantity)
                for x in lines
                if (x.shipping_label_id or unnamed) == label.id
            ),
            carrier=label.carrier or None,
            service=label.shipping_method or None,
            tracking_number=label.tracking_number or None,
            tracking_url=label.tracking_url or None,
            shipped_at=shipped_at,
            is_delivered=bool(label.delivered or shipment.delivered),
        )
        for label in shipment.shipping_labels
        if not label.refunded
    ]


def _address(address: wire.Address) -> Address:
    return Address(
        street=address.address1 or None,
        complement=address.address2 or None,
        city=address.city or None,
        region=address.state or None,
        postal_code=address.zip or None,
        country=address.country or None,
    )


def _moment(text: str, path: str) -> datetime:
    """Read an ISO 8601 time; ShipHero writes UTC, with and without saying so."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else utc(moment)
    except (ValueError, OverflowError) as error:
        raise MalformedPayload(f"no time: {text[:40]!r}", path) from error
