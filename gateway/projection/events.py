"""Reads the log's entries, always within a reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import asyncpg

from gateway.model.events import EventWish, OrderEventType
from gateway.projection.conditions import Conditions
from gateway.projection.orders.reach import ReachIds, Within

COLUMNS: LiteralString = """e.id AS position, e.type, e.aggregate_id AS order_id,
    e.aggregate_version AS version, e.changed, e.audience, e.occurred_at, e.recorded_at"""
_NOW, _BEFORE = "e.audience", "(e.audience -> 'before')"


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An entry of the log that is final; `audience` is for the gateway, and no caller sees it."""

    position: int
    type: str
    order_id: UUID
    version: int
    changed: tuple[str, ...]
    audience: dict[str, Any]
    occurred_at: datetime
    recorded_at: datetime

    @classmethod
    def of(cls, row: "asyncpg.Record") -> "LoggedEvent":
        """Read a row of these columns."""
        values = {name: row[name] for name in cls.__slots__}
        return cls(**{**values, "changed": tuple(row["changed"])})

    def left(self) -> "LoggedEvent":
        """Answer the last word for a reader that has lost the order: nothing of what it is now."""
        return LoggedEvent(
            self.position, OrderEventType.LEFT, self.order_id, self.version, (), {},
            self.occurred_at, self.recorded_at,
        )  # fmt: skip


async def load_events(
    within: Within, wish: EventWish, *, after: int, upto: int, limit: int
) -> list[LoggedEvent]:
    """Answer at most `limit` entries after one place and up to another, in order.

    They are of orders, within reach as the entries say it; what left it is there once more.
    """
    where = Conditions(["e.aggregate = 'order'"], [])
    where.add("e.id > {}", after)
    where.add("e.id <= {}", upto)
    if wish.orders:
        where.add("e.aggregate_id = ANY({}::uuid[])", list(wish.orders))
    is_heard = events_within(within.reach, wish, where)
    rows = await within.executor.fetch(
        f"""SELECT {COLUMNS}, {is_heard} AS is_heard FROM event e WHERE {where.sql}
            ORDER BY e.id LIMIT {limit:d}""",
        *where.values,
    )
    return [_heard(row) for row in rows]


async def load_events_of(
    within: Within, orders: Sequence[UUID], *, after: int, upto: int, limit: int
) -> dict[UUID, list[LoggedEvent]]:
    """Answer, per order, at most `limit` of its entries between two places, in order."""
    where = Conditions(["e.aggregate = 'order'", "e.aggregate_id = asked.id"], [list(orders)])
    where.add("e.id > {}", after)
    where.add("e.id <= {}", upto)
    is_heard = events_within(within.reach, EventWish(), where)
    rows = await within.executor.fetch(
        f"""SELECT found.* FROM unnest($1::uuid[]) AS asked(id) CROSS JOIN LATERAL (
                SELECT {COLUMNS}, {is_heard} AS is_heard FROM event e WHERE {where.sql}
                ORDER BY e.id LIMIT {limit:d}) found ORDER BY found.position""",
        *where.values,
    )
    found: dict[UUID, list[LoggedEvent]] = {key: [] for key in orders}
    for row in rows:
        found[row["order_id"]].append(_heard(row))
    return found


def _heard(row: "asyncpg.Record") -> LoggedEvent:
    event = LoggedEvent.of(row)
    return event if row["is_heard"] else event.left()


def events_within(reach: ReachIds, wish: EventWish, conditions: Conditions) -> str:
    """Add the condition that an entry `e` is for the reader, and answer that of the order itself.

    Where only the entry's former audience has the reader, the order has left it. No reach at all
    is no entry.
    """
    ways = _ways(reach, wish, conditions)
    now, before = (f"coalesce({ways.replace('{told}', told)}, false)" for told in (_NOW, _BEFORE))
    told = now
    if wish.types:
        conditions.values.append([each.value for each in wish.types])
        told = f"({now} AND e.type = ANY(${len(conditions.values)}::text[]))"
    conditions.texts.append(f"({told} OR ({before} AND NOT {now}))")
    return now


def _ways(reach: ReachIds, wish: EventWish, conditions: Conditions) -> str:
    """Answer the condition that `{told}`, an audience, has the reader."""

    def any_of(ways: Sequence[tuple[str, Sequence[object]]]) -> str:
        texts = []
        for text, values in ways:
            if values:
                conditions.values.append(list(values))
                texts.append(text.replace("?values", f"${len(conditions.values)}"))
        return f"({' OR '.join(texts)})" if texts else "false"

    of_channel = "{told} ->> 'channel' = ANY(?values::text[])"
    parts = ["{told} IS NOT NULL"]
    if not reach.everything:
        parts.append(
            any_of(
                [
                    (of_channel, reach.channels),
                    ("{told} -> 'locations' ?| ?values::text[]", [*map(str, reach.locations)]),
                    ("{told} ->> 'buyer' = ANY(?values::text[])", [*map(str, reach.customers)]),
                ]
            )
        )
    if wish.channels:
        parts.append(any_of([(of_channel, sorted(wish.channels))]))
    return f"({' AND '.join(parts)})"
