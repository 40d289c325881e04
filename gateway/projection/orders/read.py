"""Reads orders, always within a reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from gateway.projection.conditions import Conditions
from gateway.projection.orders.reach import Within, orders_within

_DATED = """CASE WHEN NOT o.is_quarantined AND o.observed_at >= s.covered_since
    THEN greatest(o.observed_at, s.watermark) ELSE o.observed_at END"""
_ORDERS = f"""
SELECT o.*, {_DATED} AS as_of FROM sales_order o
LEFT JOIN source_stream s ON s.source_id = o.source_id AND s.stream = 'orders'
"""
_RECORDS = "customer_record r WHERE r.customer_id"
# The customer that an id, also one from before it was linked, is of today.
_TODAY = "coalesce((SELECT n.customer_id FROM customer_record n WHERE n.id = {0}), {0})"


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


async def load_orders(within: Within, ids: Sequence[UUID]) -> "dict[UUID, asyncpg.Record]":
    """Answer orders by id, those within reach."""
    where = Conditions([], [])
    where.add("o.id = ANY({}::uuid[])", list(ids))
    orders_within(within.reach, where)
    rows = await within.executor.fetch(f"{_ORDERS} WHERE {where.sql}", *where.values)
    return {row["id"]: row for row in rows}


async def find_by_ref(
    within: Within, refs: Sequence[tuple[str, str]]
) -> "dict[tuple[str, str], asyncpg.Record]":
    """Answer orders by (channel, the channel's id), those within reach."""
    where = Conditions([], [])
    where.values += [[channel for channel, _ in refs], [ref for _, ref in refs]]
    where.texts.append("(o.channel, o.ref) IN (SELECT * FROM unnest($1::text[], $2::text[]))")
    orders_within(within.reach, where)
    rows = await within.executor.fetch(f"{_ORDERS} WHERE {where.sql}", *where.values)
    return {(row["channel"], row["ref"]): row for row in rows}


async def find_by_number(
    within: Within, numbers: Sequence[str]
) -> "dict[str, list[asyncpg.Record]]":
    """Answer at most two orders with each number: so the caller sees whether it is unique."""
    where = Conditions(["o.number = n.number"], [list(dict.fromkeys(numbers))])
    orders_within(within.reach, where)
    rows = await within.executor.fetch(
        f"""SELECT found.* FROM unnest($1::text[]) AS n(number) CROSS JOIN LATERAL (
                {_ORDERS} WHERE {where.sql}
                ORDER BY o.placed_at DESC, o.id DESC LIMIT 2) AS found""",
        *where.values,
    )
    found: dict[str, list[asyncpg.Record]] = {}
    for row in rows:
        found.setdefault(row["number"], []).append(row)
    return found


async def find_for_guest(within: Within, number: str, limit: int) -> "list[asyncpg.Record]":
    """Answer orders with a number, the newest first, with what a guest has to know of them."""
    where = Conditions([], [])
    where.add("o.number = {}", number)
    orders_within(within.reach, where)
    return await within.executor.fetch(
        f"""SELECT o.id, o.number, o.channel, o.status, o.placed_at, o.promised_delivery_by,
                coalesce(b.emails, '{{}}') AS emails,
                o.shipping_address ->> 'postal_code' AS postal_code
            FROM sales_order o LEFT JOIN customer_record b ON b.id = o.buyer_id
            WHERE {where.sql} ORDER BY o.placed_at DESC, o.id DESC LIMIT {limit:d}""",
        *where.values,
    )


async def page_orders(
    within: Within,
    wish: OrderWish,
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
    where = _wished(wish, within)
    down = newest_first != from_end
    for place, is_after in ((after, True), (before, False)):
        if place is not None:
            where.values += [place.placed_at, place.id]
            sign = "<" if newest_first == is_after else ">"
            n = len(where.values)
            where.texts.append(f"(o.placed_at, o.id) {sign} (${n - 1}, ${n})")
    way = "DESC" if down else "ASC"
    rows = await within.executor.fetch(
        f"{_ORDERS} WHERE {where.sql} ORDER BY o.placed_at {way}, o.id {way} LIMIT {limit:d}",
        *where.values,
    )
    return rows[::-1] if from_end else rows


async def page_orders_of(
    within: Within, customer_ids: Sequence[UUID], *, after: OrderPlace | None, limit: int
) -> "dict[UUID, list[asyncpg.Record]]":
    """Answer a page of each customer's orders, the newest first."""
    where = Conditions([f"o.buyer_id IN (SELECT r.id FROM {_RECORDS} = c.id)"], [])
    where.values.append(list(dict.fromkeys(customer_ids)))
    if after is not None:
        where.values += [after.placed_at, after.id]
        where.texts.append("(o.placed_at, o.id) < ($2, $3)")
    orders_within(within.reach, where)
    rows = await within.executor.fetch(
        f"""SELECT c.id AS of_customer, page.* FROM unnest($1::uuid[]) AS c(id) CROSS JOIN LATERAL (
                {_ORDERS} WHERE {where.sql}
                ORDER BY o.placed_at DESC, o.id DESC LIMIT {limit:d}) AS page
            ORDER BY page.placed_at DESC, page.id DESC""",
        *where.values,
    )
    found: dict[UUID, list[asyncpg.Record]] = {each: [] for each in customer_ids}
    for row in rows:
        found[row["of_customer"]].append(row)
    return found


async def count_orders(within: Within, wish: OrderWish) -> int:
    """Answer how many orders are wished for and within reach."""
    where = _wished(wish, within)
    count: int = await within.executor.fetchval(
        f"SELECT count(*) FROM sales_order o WHERE {where.sql}", *where.values
    )
    return count


async def count_orders_of(within: Within, customer_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Answer how many orders within reach each customer has; ids from before a link count too."""
    where = Conditions([f"r.customer_id = {_TODAY.format('a.id')}"], [list(customer_ids)])
    orders_within(within.reach, where)
    rows = await within.executor.fetch(
        f"""SELECT a.id, count(*)::int AS orders
            FROM (SELECT DISTINCT unnest($1::uuid[])) AS a(id)
            CROSS JOIN sales_order o JOIN customer_record r ON r.id = o.buyer_id
            WHERE {where.sql} GROUP BY a.id""",
        *where.values,
    )
    return dict.fromkeys(customer_ids, 0) | {row["id"]: row["orders"] for row in rows}


def _wished(wish: OrderWish, within: Within) -> Conditions:
    where = Conditions([], [])
    if wish.statuses:
        where.add("o.status = ANY({}::text[])", list(wish.statuses))
    if wish.channels:
        where.add("o.channel = ANY({}::text[])", list(wish.channels))
    if wish.number is not None:
        where.add("o.number = {}", wish.number)
    if wish.customer_id is not None:
        where.add(
            f"o.buyer_id IN (SELECT r.id FROM {_RECORDS} = {_TODAY})",
            wish.customer_id,
        )
    if wish.placed_since is not None:
        where.add("o.placed_at >= {}", wish.placed_since)
    if wish.placed_before is not None:
        where.add("o.placed_at < {}", wish.placed_before)
    orders_within(within.reach, where)
    return where
