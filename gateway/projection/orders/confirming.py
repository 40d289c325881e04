"""Dates rows anew whose sources say again what is known of them: one statement, no lock waited for.

A row is confirmed only as the version that was compared (Postgres' `xmin`), and only if nobody
holds it: whatever has come in between is left to whoever writes records whole. Nothing that is
committed here would be missed: a row that is lost with the server is only known as older.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, LiteralString, TypeAlias
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from gateway.projection.database import Executor


class Buyer(msgspec.Struct, frozen=True):
    """A buyer's record that was told again along with an order: which version of its row."""

    id: UUID
    seen: int
    observed_at: datetime


class Confirmation(msgspec.Struct, frozen=True):
    """A row that was told again unchanged: which version of it, and what dates it from now on.

    `known` is the row as it was compared.
    """

    id: UUID
    seen: int
    version: int | None
    updated_at: datetime | None
    observed_at: datetime
    buyer: Buyer | None = None
    known: Mapping[str, Any] = msgspec.field(default_factory=dict)


# What was told again, by ref.
Confirmed: TypeAlias = Mapping[str, Confirmation]
_UNHURRIED: LiteralString = "set_config('synchronous_commit', 'off', true)"
_TOLD: LiteralString = """told AS (SELECT * FROM unnest($1::uuid[], $2::xid[], $3::bigint[],
    $4::timestamptz[], $5::timestamptz[]) AS t(id, seen, version, updated_at, observed_at))"""


def _free(table: LiteralString, also: LiteralString = "true") -> LiteralString:
    return f"""free AS (SELECT x.id FROM {table} x JOIN told t ON t.id = x.id
        WHERE x.xmin = t.seen AND {also} FOR UPDATE OF x SKIP LOCKED)"""


def _date(table: LiteralString) -> LiteralString:
    return f"""UPDATE {table} x SET version = t.version, updated_at = t.updated_at,
        observed_at = t.observed_at
    FROM free JOIN told t ON t.id = free.id, {_UNHURRIED} WHERE x.id = t.id RETURNING x.id"""


_WITH_BUYER: LiteralString = """NOT EXISTS (SELECT FROM bought b
    WHERE b.order_id = x.id AND b.id NOT IN (SELECT id FROM buyers))"""
# An order is confirmed with its buyer, or not at all.
_CONFIRM_ORDERS = f"""
WITH {_TOLD}, bought AS (SELECT * FROM unnest($6::uuid[], $7::uuid[], $8::xid[], $9::timestamptz[])
    AS b(order_id, id, seen, observed_at)),
buyers AS (SELECT c.id FROM customer_record c
    WHERE EXISTS (SELECT FROM bought b WHERE b.id = c.id AND b.seen = c.xmin)
      AND c.id = ANY($7::uuid[]) FOR UPDATE OF c SKIP LOCKED),
{_free("sales_order", _WITH_BUYER)},
dated AS (UPDATE customer_record c SET observed_at = greatest(c.observed_at, b.observed_at)
    FROM (SELECT b.id, max(b.observed_at) AS observed_at
          FROM bought b JOIN free ON free.id = b.order_id GROUP BY b.id) b WHERE c.id = b.id)
{_date("sales_order")}"""
CONFIRM = {
    "sales_order": _CONFIRM_ORDERS,
    **{
        table: f"WITH {_TOLD}, {_free(table)} {_date(table)}"
        for table in ("fulfillment", "order_copy", "invoice")
    },
}


async def confirm(executor: "Executor", table: str, told: Sequence[Confirmation]) -> set[UUID]:
    """Date rows, orders with their buyers; answer the ids of those that were."""
    rows = await executor.fetch(CONFIRM[table], *_columns(told), *_buyers(table, told))
    return {row["id"] for row in rows}


def _buyers(table: str, told: Sequence[Confirmation]) -> list[list[object]]:
    if table != "sales_order":
        return []
    bought = [(each.id, each.buyer) for each in told if each.buyer is not None]
    return [
        [key for key, _ in bought], [buyer.id for _, buyer in bought],
        [buyer.seen for _, buyer in bought], [buyer.observed_at for _, buyer in bought],
    ]  # fmt: skip


def _columns(told: Iterable[Confirmation]) -> list[list[object]]:
    rows = [(x.id, x.seen, x.version, x.updated_at, x.observed_at) for x in told]
    return [list(column) for column in zip(*rows, strict=True)]
