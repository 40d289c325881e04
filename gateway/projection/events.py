"""Reads the log's entries, always within a reach."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gateway.model.events import EventWish
from gateway.projection.conditions import Conditions
from gateway.projection.orders.reach import ReachIds, Within


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An entry of the log that is final."""

    position: int
    type: str
    order_id: UUID
    version: int
    changed: tuple[str, ...]
    audience: dict[str, Any]
    occurred_at: datetime
    recorded_at: datetime


_SHOWN = """e.id AS position, e.type, e.aggregate_id AS order_id, e.aggregate_version AS version,
    e.changed, e.audience, e.occurred_at, e.recorded_at"""


async def load_events(
    within: Within, wish: EventWish, *, after: int, upto: int, limit: int
) -> list[LoggedEvent]:
    """Answer at most `limit` entries after one place and up to another, in order.

    They are of orders, within reach as the entries say it; what left it is there once more.
    """
    where = Conditions(["e.aggregate = 'order'"], [])
    where.add("e.id > {}", after)
    where.add("e.id <= {}", upto)
    _wished(wish, where)
    events_within(within.reach, where)
    rows = await within.executor.fetch(
        f"SELECT {_SHOWN} FROM event e WHERE {where.sql} ORDER BY e.id LIMIT {limit:d}",
        *where.values,
    )
    return [_event(row) for row in rows]


async def load_events_of(
    within: Within, orders: Sequence[UUID], *, after: int, upto: int, limit: int
) -> dict[UUID, list[LoggedEvent]]:
    """Answer, per order, at most `limit` of its entries between two places, in order."""
    where = Conditions(["e.aggregate = 'order'", "e.aggregate_id = asked.id"], [list(orders)])
    where.add("e.id > {}", after)
    where.add("e.id <= {}", upto)
    events_within(within.reach, where)
    rows = await within.executor.fetch(
        f"""SELECT found.* FROM unnest($1::uuid[]) AS asked(id) CROSS JOIN LATERAL (
                SELECT {_SHOWN} FROM event e WHERE {where.sql} ORDER BY e.id LIMIT {limit:d}
            ) found ORDER BY found.position""",
        *where.values,
    )
    found: dict[UUID, list[LoggedEvent]] = {key: [] for key in orders}
    for row in rows:
        found[row["order_id"]].append(_event(row))
    return found


def events_within(reach: ReachIds, conditions: Conditions) -> None:
    """Add the condition that an entry `e` is for the reach; no reach at all is no entry."""
    if reach.everything:
        return
    ways: list[str] = []
    for text, values in (
        ("e.audience ->> 'channel' = ANY({}::text[])", reach.channels),
        ("e.audience -> 'locations' ?| {}::text[]", tuple(map(str, reach.locations))),
        ("e.audience ->> 'buyer' = ANY({}::text[])", tuple(map(str, reach.customers))),
    ):
        if values:
            conditions.values.append(list(values))
            ways.append(text.format(f"${len(conditions.values)}"))
    conditions.texts.append(f"({' OR '.join(ways)})" if ways else "false")


def _event(row: Any) -> LoggedEvent:
    return LoggedEvent(**{**dict(row), "changed": tuple(row["changed"])})


def _wished(wish: EventWish, conditions: Conditions) -> None:
    if wish.orders:
        conditions.add("e.aggregate_id = ANY({}::uuid[])", list(wish.orders))
    if wish.channels:
        conditions.add("e.audience ->> 'channel' = ANY({}::text[])", list(wish.channels))
    if wish.types:
        conditions.add("e.type = ANY({}::text[])", [each.value for each in wish.types])
