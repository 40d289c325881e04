"""What ShipHero pushes when something happens, in the form of its published examples."""

from collections.abc import Iterator

from connectors.shiphero.sandbox.records import Record, is_known, is_shipped
from connectors.shiphero.sandbox.store import Orders
from gateway.connect.testing.dataset import DataOrder, DataStock

Event = tuple[str, Record]


def order_events(orders: Orders, before: DataOrder | None, order: DataOrder) -> Iterator[Event]:
    """Answer what an order's change is told as. ShipHero tells nothing of picks and deliveries."""
    if not is_known(order):
        return
    record = orders.record(order.ref)
    head = {
        "order_number": record["order_number"],
        "partner_order_id": record["partner_order_id"],
        "order_id": record["legacy_id"],
        "order_uuid": record["id"],
    }
    if before is None:
        for allocation in record["allocations"]:
            yield _event("Order Allocated", {**head, **_allocated(allocation)})
    if record["fulfillment_status"] == "canceled":
        yield _event("Order Canceled", {**head, "fulfillment-status": "canceled"})
    if is_shipped(order) and (before is None or not is_shipped(before)):
        for shipment in record["shipments"]:
            body = {**head, **_shipped(shipment), "webhook_type": "Shipment Update"}
            yield _event("Shipment Update", {"test": "0", "fulfillment": body})


def inventory_events(stock: DataStock, warehouse_id: str) -> Iterator[Event]:
    """Answer what a position's change is told as."""
    warehouse = {
        "warehouse_uuid": warehouse_id,
        "identifier": stock.location,
        "inventory": str(stock.on_hand - stock.allocated),
        "backorder_quantity": "0",
        "on_hand": str(stock.on_hand),
    }
    item = {
        "sku": stock.sku,
        "inventory": warehouse["inventory"],
        "backorder_quantity": "0",
        "on_hand": warehouse["on_hand"],
        "virtual": False,
        "updated_warehouse": warehouse,
    }
    yield _event("Inventory Update", {"inventory": [item]})
    yield _event(
        "Inventory Change",
        {"warehouse_uuid": warehouse_id, "sku": stock.sku, "quantity": stock.on_hand},
    )


def _event(name: str, body: Record) -> Event:
    return name, {"webhook_type": name, **body}


def _allocated(allocation: Record) -> Record:
    return {
        "warehouse_uuid": allocation["warehouse_id"],
        "allocated_at": allocation["allocated_at"],
        "allocation_reference": allocation["allocation_reference"],
        "ready_to_ship": 1,
    }


def _shipped(shipment: Record) -> Record:
    label = shipment["shipping_labels"][0]
    return {
        "shipment_id": shipment["legacy_id"],
        "shipment_uuid": shipment["id"],
        "warehouse_uuid": shipment["warehouse_id"],
        "tracking_number": label["tracking_number"],
        "shipping_carrier": label["carrier"],
        "shipping_method": label["shipping_method"],
        "created_at": shipment["created_date"],
    }
