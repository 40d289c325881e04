"""Joins what systems beside the channel say to its order, by any of the order's names."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, LiteralString
from uuid import UUID

from gateway.projection.orders.status import Change

if TYPE_CHECKING:
    from gateway.projection.database import Connection, Executor

# What waits, and the field of an order by which it shows.
_WAITING: Mapping[str, tuple[LiteralString, str]] = {
    "fulfillments": ("fulfillment", "fulfillment_orders"),
    "invoices": ("invoice", "invoices"),
    "orders": ("order_copy", "conflicts"),
}


async def find_orders(connection: "Connection", refs: Sequence[str]) -> dict[str, UUID]:
    """Answer the one order that each ref names; a ref of two orders names none."""
    rows = await connection.fetch(
        """SELECT external_id, (array_agg(order_id))[1] AS order_id FROM external_ref
           WHERE external_id = ANY($1::text[])
           GROUP BY external_id HAVING count(DISTINCT order_id) = 1""",
        list(refs),
    )
    return {row["external_id"]: row["order_id"] for row in rows}


async def join_waiting(
    connection: "Connection", ids: Sequence[UUID], changes: dict[UUID, Change], now: datetime
) -> None:
    """Let what waited for these orders join them, and note each as a change of its order."""
    for table, shown_as in _WAITING.values():
        rows = await connection.fetch(
            f"""UPDATE {table} w SET order_id = r.order_id FROM external_ref r
                WHERE w.order_id IS NULL AND w.order_ref = r.external_id
                  AND r.order_id = ANY($1::uuid[])
                  AND NOT EXISTS (SELECT FROM external_ref other
                      WHERE other.external_id = w.order_ref AND other.order_id <> r.order_id)
                RETURNING w.order_id""",
            list(ids),
        )
        _note(changes, {row["order_id"] for row in rows}, shown_as, now)


async def part_ambiguous(
    connection: "Connection", ids: Sequence[UUID], changes: dict[UUID, Change], now: datetime
) -> None:
    """Let what had joined by a name that these orders have too wait again: it names none now."""
    twins = await connection.fetch(
        """SELECT DISTINCT other.external_id, other.order_id FROM external_ref mine
           JOIN external_ref other USING (external_id)
           WHERE mine.order_id = ANY($1::uuid[]) AND other.order_id <> mine.order_id""",
        list(ids),
    )
    if not twins:
        return
    for table, shown_as in _WAITING.values():
        rows = await connection.fetch(
            f"""UPDATE {table} w SET order_id = NULL FROM {table} joined
                WHERE joined.id = w.id AND w.order_id = ANY($1::uuid[])
                  AND w.order_ref = ANY($2::text[]) RETURNING joined.order_id""",
            [row["order_id"] for row in twins], [row["external_id"] for row in twins],
        )  # fmt: skip
        _note(changes, {row["order_id"] for row in rows}, shown_as, now)


def _note(changes: dict[UUID, Change], keys: Iterable[UUID], field: str, now: datetime) -> None:
    for key in keys:
        known = changes.get(key)
        changes[key] = (
            Change(False, (field,), now)
            if known is None
            else Change(known.is_new, (*known.fields, field), known.occurred_at)
        )


async def count_waiting(executor: "Executor") -> dict[tuple[str, str], int]:
    """Answer, per source and stream, how many records wait for their order's header."""
    rows: list[Any] = await executor.fetch(
        " UNION ALL ".join(
            f"""SELECT '{stream}' AS stream, source_id, count(*)::int AS waiting FROM {table}
                WHERE order_id IS NULL AND gone_at IS NULL GROUP BY source_id"""
            for stream, (table, _) in _WAITING.items()
        )
    )
    return {(row["source_id"], row["stream"]): row["waiting"] for row in rows}
