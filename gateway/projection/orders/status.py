"""The status of an order follows from all facts; what changed goes into the log."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from gateway.model.events import Audience
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
    buyer: UUID | None
    state: str
    status: str
    version: int
    ordered: int
    told: Audience
    work: set[tuple[str, FulfillmentFact]] = field(default_factory=set)
    locations: set[UUID] = field(default_factory=set)

    @property
    def settled(self) -> OrderStatus:
        facts = OrderFacts(ChannelState(self.state), self.ordered, frozenset(self.work))
        return order_status(facts)

    @property
    def audience(self) -> Audience:
        return Audience(self.channel, frozenset(self.locations), self.buyer)

    def audience_to_keep(self, *, appends_events: bool) -> Audience:
        """Whom the next event finds told: without an event, whoever was is still to hear of it."""
        return self.audience if appends_events else self.told.joined(self.audience)


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
        """UPDATE sales_order SET status = $2, event_version = event_version + $3, audience = $4
           WHERE id = $1 AND (status <> $2 OR audience <> $4 OR $3 > 0)""",
        [
            (key, settled[key].value, bump, kept.told())
            for key, order in orders.items()
            for kept in (order.audience_to_keep(appends_events=appends_events),)
        ],
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
    return Event(
        kind, "order", key, order.version + 1, tuple(sorted(fields)), _audience(order),
        change.occurred_at,
    )  # fmt: skip


def _audience(order: _Order) -> dict[str, Any]:
    """Whom the event is for; and whom the last one was for, if any of them may have lost it."""
    told = order.audience.told()
    return {**told, "before": order.told.told()} if order.audience.lacks(order.told) else told


async def _load_facts(connection: "Connection", ids: list[UUID]) -> dict[UUID, _Order]:
    rows = await connection.fetch(
        """SELECT o.id, o.channel, o.buyer_id, o.state, o.status, o.event_version, o.audience,
               coalesce(sum(l.quantity), 0)::int AS ordered
           FROM sales_order o LEFT JOIN order_line l ON l.order_id = o.id
           WHERE o.id = ANY($1::uuid[]) GROUP BY o.id ORDER BY o.id""",
        ids,
    )
    orders = {
        row["id"]: _Order(
            row["channel"],
            row["buyer_id"],
            row["state"],
            row["status"],
            row["event_version"],
            row["ordered"],
            Audience.of(row["audience"]),
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
        order.locations.add(work["location_id"])
    return orders
