"""Reads orders and what belongs to them, always within a reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg

from gateway.projection.orders.reach import Conditions, ReachIds, orders_within

if TYPE_CHECKING:
    from gateway.projection.database import Executor

_DATED = """CASE WHEN NOT o.is_quarantined AND o.observed_at >= s.covered_since
    THEN greatest(o.observed_at, s.watermark) ELSE o.observed_at END"""
_ORDERS = f"""
SELECT o.*, {_DATED} AS as_of FROM sales_order o
LEFT JOIN source_stream s ON s.source_id = o.source_id AND s.stream = 'orders'
"""
_WORK_DATED = """CASE WHEN NOT f.is_quarantined AND f.observed_at >= s.covered_since
    THEN greatest(f.observed_at, s.watermark) ELSE f.observed_at END"""


@dataclass(frozen=True, slots=True)
class OrderWish:
    """Which orders are asked for; what is None or empty does not matter."""

    statuses: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    number: str | None = None
    customer_id: UUID | None = None
    placed_since: datetime | None = None
    placed_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderPlace:
    """Where a page begins or ends: the sort key of an order."""

    placed_at: datetime
    id: UUID


async def load_orders(
    executor: "Executor", ids: Sequence[UUID], reach: ReachIds
) -> "dict[UUID, asyncpg.Record]":
    """Answer orders by id, those within reach."""
    where = Conditions([], [])
    where.add("o.id = ANY({}::uuid[])", list(ids))
    orders_within(reach, where)
    rows = await executor.fetch(f"{_ORDERS} WHERE {where.sql}", *where.values)
    return {row["id"]: row for row in rows}


async def find_by_ref(
    executor: "Executor", refs: Sequence[tuple[str, str]], reach: ReachIds
) -> "dict[tuple[str, str], asyncpg.Record]":
    """Answer orders by (channel, the channel's id), those within reach."""
    where = Conditions([], [])
    where.values += [[channel for channel, _ in refs], [ref for _, ref in refs]]
    where.texts.append("(o.channel, o.ref) IN (SELECT * FROM unnest($1::text[], $2::text[]))")
    orders_within(reach, where)
    rows = await executor.fetch(f"{_ORDERS} WHERE {where.sql}", *where.values)
    return {(row["channel"], row["ref"]): row for row in rows}


async def find_by_number(
    executor: "Executor", number: str, reach: ReachIds
) -> "list[asyncpg.Record]":
    """Answer at most two orders with a number, so that the caller sees whether it is unique."""
    where = Conditions([], [])
    where.add("o.number = {}", number)
    orders_within(reach, where)
    return await executor.fetch(
        f"{_ORDERS} WHERE {where.sql} ORDER BY o.placed_at DESC, o.id DESC LIMIT 2", *where.values
    )


async def page_orders(
    executor: "Executor",
    wish: OrderWish,
    reach: ReachIds,
    *,
    after: OrderPlace | None,
    before: OrderPlace | None,
    limit: int,
    newest_first: bool,
    from_end: bool,
) -> "list[asyncpg.Record]":
    """Answer a page in the wished order; `from_end` takes the last rows, still in that order.

    Keyset paging: rows that come or change meanwhile move no other row across a page's edge.
    """
    where = _wished(wish, reach)
    down = newest_first != from_end
    for place, is_after in ((after, True), (before, False)):
        if place is not None:
            where.values += [place.placed_at, place.id]
            sign = "<" if newest_first == is_after else ">"
            n = len(where.values)
            where.texts.append(f"(o.placed_at, o.id) {sign} (${n - 1}, ${n})")
    way = "DESC" if down else "ASC"
    rows = await executor.fetch(
        f"{_ORDERS} WHERE {where.sql} ORDER BY o.placed_at {way}, o.id {way} LIMIT {limit:d}",
        *where.values,
    )
    return rows[::-1] if from_end else rows


async def count_orders(executor: "Executor", wish: OrderWish, reach: ReachIds) -> int:
    """Answer how many orders are wished for and within reach."""
    where = _wished(wish, reach)
    count: int = await executor.fetchval(
        f"SELECT count(*) FROM sales_order o WHERE {where.sql}", *where.values
    )
    return count


def _wished(wish: OrderWish, reach: ReachIds) -> Conditions:
    where = Conditions([], [])
    if wish.statuses:
        where.add("o.status = ANY({}::text[])", list(wish.statuses))
    if wish.channels:
        where.add("o.channel = ANY({}::text[])", list(wish.channels))
    if wish.number is not None:
        where.add("o.number = {}", wish.number)
    if wish.customer_id is not None:
        where.add("o.customer_id = {}", wish.customer_id)
    if wish.placed_since is not None:
        where.add("o.placed_at >= {}", wish.placed_since)
    if wish.placed_before is not None:
        where.add("o.placed_at < {}", wish.placed_before)
    orders_within(reach, where)
    return where


async def load_lines(
    executor: "Executor", order_ids: Sequence[UUID]
) -> "dict[UUID, list[asyncpg.Record]]":
    """Answer the lines of orders, each with its order's currency and status."""
    rows = await executor.fetch(
        """SELECT l.*, o.currency, o.status AS order_status
           FROM order_line l JOIN sales_order o ON o.id = l.order_id
           WHERE l.order_id = ANY($1::uuid[]) ORDER BY l.order_id, l.place""",
        list(order_ids),
    )
    return _grouped(rows, "order_id", order_ids)


async def load_worked_units(
    executor: "Executor", order_ids: Sequence[UUID]
) -> "dict[UUID, list[asyncpg.Record]]":
    """Answer the units that locations have to send, have sent and have delivered, per order."""
    rows = await executor.fetch(
        """SELECT f.order_id, l.sku, l.line_ref, l.quantity,
               CASE WHEN f.status = 'CANCELLED' THEN 'cancelled' ELSE 'allocated' END AS state
           FROM fulfillment f JOIN fulfillment_line l ON l.fulfillment_id = f.id
           WHERE f.order_id = ANY($1::uuid[])
           UNION ALL
           SELECT f.order_id, l.sku, l.line_ref, l.quantity, state
           FROM fulfillment f JOIN shipment s ON s.fulfillment_id = f.id
           JOIN shipment_line l ON l.shipment_id = s.id
           CROSS JOIN LATERAL (SELECT 'shipped' AS state
               UNION ALL SELECT 'delivered' WHERE s.is_delivered) AS states
           WHERE f.order_id = ANY($1::uuid[])""",
        list(order_ids),
    )
    return _grouped(rows, "order_id", order_ids)


async def load_refs(
    executor: "Executor", order_ids: Sequence[UUID]
) -> "dict[UUID, list[asyncpg.Record]]":
    """Answer what others call orders: their own refs, and their work's and parcels'."""
    rows = await executor.fetch(
        """SELECT order_id, source_id, kind, external_id FROM external_ref
           WHERE order_id = ANY($1::uuid[])
           UNION ALL
           SELECT order_id, source_id, 'fulfillment', ref FROM fulfillment
           WHERE order_id = ANY($1::uuid[])
           ORDER BY order_id, source_id, kind, external_id""",
        list(order_ids),
    )
    return _grouped(rows, "order_id", order_ids)


async def load_work(
    executor: "Executor", order_ids: Sequence[UUID]
) -> "dict[UUID, list[asyncpg.Record]]":
    """Answer the work of locations for orders."""
    rows = await executor.fetch(
        f"""SELECT f.*, {_WORK_DATED} AS as_of FROM fulfillment f
            LEFT JOIN source_stream s ON s.source_id = f.source_id AND s.stream = 'fulfillments'
            WHERE f.order_id = ANY($1::uuid[]) ORDER BY f.order_id, f.source_id, f.ref""",
        list(order_ids),
    )
    return _grouped(rows, "order_id", order_ids)


async def load_work_by_id(
    executor: "Executor", ids: Sequence[UUID]
) -> "dict[UUID, asyncpg.Record]":
    """Answer work by id, without a reach: whoever asks checks its order's."""
    rows = await executor.fetch(
        f"""SELECT f.*, {_WORK_DATED} AS as_of FROM fulfillment f
            LEFT JOIN source_stream s ON s.source_id = f.source_id AND s.stream = 'fulfillments'
            WHERE f.id = ANY($1::uuid[]) AND f.order_id IS NOT NULL""",
        list(ids),
    )
    return {row["id"]: row for row in rows}


async def load_work_lines(
    executor: "Executor", work_ids: Sequence[UUID]
) -> "dict[UUID, list[asyncpg.Record]]":
    """Answer the lines of work."""
    rows = await executor.fetch(
        """SELECT * FROM fulfillment_line WHERE fulfillment_id = ANY($1::uuid[])
           ORDER BY fulfillment_id, place""",
        list(work_ids),
    )
    return _grouped(rows, "fulfillment_id", work_ids)


async def load_shipments(
    executor: "Executor", work_ids: Sequence[UUID]
) -> "dict[UUID, list[asyncpg.Record]]":
    """Answer the parcels of work."""
    rows = await executor.fetch(
        """SELECT * FROM shipment WHERE fulfillment_id = ANY($1::uuid[])
           ORDER BY fulfillment_id, shipped_at NULLS LAST, ref""",
        list(work_ids),
    )
    return _grouped(rows, "fulfillment_id", work_ids)


async def load_shipment_lines(
    executor: "Executor", shipment_ids: Sequence[UUID]
) -> "dict[UUID, list[asyncpg.Record]]":
    """Answer the lines of parcels."""
    rows = await executor.fetch(
        """SELECT * FROM shipment_line WHERE shipment_id = ANY($1::uuid[])
           ORDER BY shipment_id, place""",
        list(shipment_ids),
    )
    return _grouped(rows, "shipment_id", shipment_ids)


async def count_waiting(executor: "Executor") -> dict[str, int]:
    """Answer, per source, how many pieces of work wait for their order's header."""
    rows = await executor.fetch(
        """SELECT source_id, count(*)::int AS waiting FROM fulfillment
           WHERE order_id IS NULL GROUP BY source_id"""
    )
    return {row["source_id"]: row["waiting"] for row in rows}


def _grouped(
    rows: "Sequence[asyncpg.Record]", column: str, keys: Sequence[UUID]
) -> "dict[UUID, list[asyncpg.Record]]":
    found: dict[UUID, list[asyncpg.Record]] = {key: [] for key in keys}
    for row in rows:
        found[row[column]].append(row)
    return found
