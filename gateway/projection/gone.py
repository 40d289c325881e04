"""What a source no longer has: marked, shown no more, and back as soon as it is read again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, LiteralString

from gateway.projection.orders.status import Change, settle_orders

if TYPE_CHECKING:
    from gateway.projection.database import Connection

# What hangs on an order, and the field of the order by which it shows.
_OF_ORDERS: Mapping[str, tuple[LiteralString, str]] = {
    "fulfillments": ("fulfillment", "fulfillment_orders"),
    "orders": ("order_copy", "conflicts"),
    "invoices": ("invoice", "invoices"),
}


async def mark_gone(
    connection: "Connection",
    source_id: str,
    stream: str,
    *,
    now: datetime,
    unseen_since: datetime | None = None,
    refs: Sequence[str] | None = None,
    appends_events: bool = True,
) -> list[str]:
    """Mark records that were not read since a complete walk began, or that are named.

    Answers their refs. A channel's own orders stay: what was sold was sold. A record that could
    not be read in its latest form was listed, so it stays too.
    """
    if stream == "customers":
        return await _mark_customers(connection, source_id, now, unseen_since, refs)
    if stream not in _OF_ORDERS:
        return []
    table, shown_as = _OF_ORDERS[stream]
    rows = await connection.fetch(
        f"""UPDATE {table} SET gone_at = $2 WHERE source_id = $1 AND gone_at IS NULL
              AND NOT is_quarantined AND ($3::timestamptz IS NULL OR observed_at < $3)
              AND ($4::text[] IS NULL OR ref = ANY($4)) RETURNING ref, order_id""",
        source_id, now, unseen_since, None if refs is None else list(refs),
    )  # fmt: skip
    orders = {row["order_id"] for row in rows if row["order_id"] is not None}
    changes = {each: Change(False, (shown_as,), now) for each in orders}
    await settle_orders(connection, changes, appends_events=appends_events)
    return sorted(row["ref"] for row in rows)


async def _mark_customers(
    connection: "Connection",
    source_id: str,
    now: datetime,
    unseen_since: datetime | None,
    refs: Sequence[str] | None,
) -> list[str]:
    """Mark customers' records; nothing links them any more."""
    rows = await connection.fetch(
        """UPDATE customer_record SET gone_at = $2, needs_linking = true
           WHERE source_id = $1 AND gone_at IS NULL AND NOT is_quarantined
             AND ($3::timestamptz IS NULL OR observed_at < $3)
             AND ($4::text[] IS NULL OR ref = ANY($4)) RETURNING id, ref""",
        source_id, now, unseen_since, None if refs is None else list(refs),
    )  # fmt: skip
    await connection.execute(
        "DELETE FROM customer_key WHERE record_id = ANY($1::uuid[])", [row["id"] for row in rows]
    )
    return sorted(row["ref"] for row in rows)
