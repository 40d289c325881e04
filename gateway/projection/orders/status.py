"""The status of an order follows from all facts; what changed goes into the log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gateway.model.order import (
    ChannelState,
    FulfillmentFact,
    FulfillmentStatus,
    OrderFacts,
    OrderStatus,
    is_regression,
    order_status,
)
from gateway.projection.log import Event, append_events

if TYPE_CHECKING:
    from gateway.projection.database import Connection


@dataclass(frozen=True, slots=True)
class Change:
    """What was just written of an order, and when it happened."""

    is_new: bool
    fields: tuple[str, ...]
    occurred_at: datetime


@dataclass(slots=True)
class _Order:
    channel: str
    state: str
    status: str
    version: int
    ordered: int
    work: set[tuple[str, FulfillmentFact]] = field(default_factory=set)
    locations: set[str] = field(default_factory=set)

    @property
    def settled(self) -> OrderStatus:
        facts = OrderFacts(ChannelState(self.state), self.ordered, frozenset(self.work))
        return order_status(facts)


async def settle_orders(
    connection: "Connection", changes: Mapping[UUID, Change], *, appends_events: bool
) -> None:
    """Set each changed order's status from its facts, then append its event.

    The orders' rows are locked first: work may come by any of an order's names.
    """
    await connection.execute(
        "SELECT FROM sales_order WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE", list(changes)
    )
    orders = await _load_facts(connection, list(changes))
    settled = {key: order.settled for key, order in orders.items()}
    bump = 1 if appends_events else 0
    await connection.executemany(
        """UPDATE sales_order SET status = $2, event_version = event_version + $3
           WHERE id = $1 AND (status <> $2 OR $3 > 0)""",
        [(key, settled[key].value, bump) for key in orders],
    )
    if appends_events:
        events = [_event(key, changes[key], order, settled[key]) for key, order in orders.items()]
        await append_events(connection, events)


def _event(key: UUID, change: Change, order: _Order, settled: OrderStatus) -> Event:
    before = OrderStatus(order.status)
    fields = set(change.fields) - {"status"}
    if settled is not before or change.is_new:
        fields.add("status")
    if change.is_new:
        kind = "order.created"
    elif is_regression(before, settled):
        kind = "order.status_regressed"
    else:
        kind = "order.updated"
    audience: dict[str, Any] = {"channel": order.channel, "locations": sorted(order.locations)}
    return Event(
        kind, "order", key, order.version + 1, tuple(sorted(fields)), audience, change.occurred_at
    )


async def _load_facts(connection: "Connection", ids: list[UUID]) -> dict[UUID, _Order]:
    rows = await connection.fetch(
        """SELECT o.id, o.channel, o.state, o.status, o.event_version,
               coalesce(sum(l.quantity), 0)::int AS ordered
           FROM sales_order o LEFT JOIN order_line l ON l.order_id = o.id
           WHERE o.id = ANY($1::uuid[]) GROUP BY o.id ORDER BY o.id""",
        ids,
    )
    orders = {
        row["id"]: _Order(
            row["channel"], row["state"], row["status"], row["event_version"], row["ordered"]
        )
        for row in rows
    }
    for work in await connection.fetch(
        """SELECT f.order_id, f.id, f.status, f.location_id,
               coalesce(sum(l.quantity), 0)::int AS shipped,
               coalesce(sum(l.quantity) FILTER (WHERE s.is_delivered), 0)::int AS delivered
           FROM fulfillment f
           LEFT JOIN shipment s ON s.fulfillment_id = f.id
           LEFT JOIN shipment_line l ON l.shipment_id = s.id
           WHERE f.order_id = ANY($1::uuid[]) AND f.gone_at IS NULL GROUP BY f.id""",
        ids,
    ):
        order = orders[work["order_id"]]
        status = FulfillmentStatus(work["status"])
        fact = FulfillmentFact(status, work["shipped"], work["delivered"])
        order.work.add((str(work["id"]), fact))
        order.locations.add(str(work["location_id"]))
    return orders
