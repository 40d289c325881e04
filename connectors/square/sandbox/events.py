"""What Square pushes when something happens, in the form of its published examples."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import uuid4

from connectors.square.sandbox.access import MERCHANT
from connectors.square.sandbox.forms import Record, stamp
from connectors.square.sandbox.orders import (
    fulfillment_id_of,
    fulfillment_state_of,
    location_of,
    state_of,
)
from connectors.square.sandbox.records import Profile, customer_record
from gateway.connect.testing.dataset import DataOrder


def order_events(before: DataOrder | None, order: DataOrder) -> Iterator[Record]:
    """Answer what an order's change is told as."""
    told = {
        "order_id": order.ref,
        "location_id": location_of(order),
        "state": state_of(order),
        "created_at": stamp(order.placed_at),
    }
    at = order.updated_at
    if before is None:
        yield _event("order.created", at, "order_created", order.ref, {"order_created": told})
        return
    told["updated_at"] = stamp(at)
    yield _event("order.updated", at, "order_updated", order.ref, {"order_updated": told})
    old, new = fulfillment_state_of(before), fulfillment_state_of(order)
    if old is not None and new is not None and old != new:
        moved = {"fulfillment_uid": fulfillment_id_of(order), "old_state": old, "new_state": new}
        about = {**told, "fulfillment_update": [moved]}
        named = "order_fulfillment_updated"
        yield _event("order.fulfillment.updated", at, named, order.ref, {named: about})


def count_event(counts: Sequence[Record], at: datetime) -> Record:
    """Answer what counts' changes are told as: a hundred at most in one event."""
    about = {"inventory_counts": list(counts)}
    return _event("inventory.count.updated", at, "inventory_counts", str(uuid4()), about)


def customer_event(kind: str, profile: Profile, at: datetime) -> Record:
    """Answer what a customer's change is told as."""
    about = {"customer": customer_record(profile)}
    return _event(f"customer.{kind}", at, "customer", profile.customer.ref, about)


def unknown_event(at: datetime) -> Record:
    """Answer an event of a type that is not documented."""
    return _event("weather.updated", at, "weather", "sky", {"weather": {"sky": "blue"}})


def _event(kind: str, at: datetime, named: str, ref: str, about: Record) -> Record:
    return {
        "merchant_id": MERCHANT,
        "type": kind,
        "event_id": str(uuid4()),
        "created_at": stamp(at),
        "data": {"type": named, "id": ref, "object": about},
    }
