"""What is to be delivered to endpoints: once per event, in the order of each order's events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4, uuid5

import asyncpg

from gateway.model.webhooks import DeliveryState
from gateway.projection.events import LoggedEvent

if TYPE_CHECKING:
    from gateway.projection.database import Connection, Executor


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event that is to reach an endpoint."""

    id: UUID
    endpoint_id: UUID
    position: int
    type: str
    order_id: UUID
    version: int
    changed: tuple[str, ...]
    audience: dict[str, Any]
    occurred_at: datetime
    state: DeliveryState
    attempts: int
    tries: int
    due_at: datetime
    claim: UUID | None
    created_at: datetime
    finished_at: datetime | None

    @property
    def message_id(self) -> str:
        """What its message is called, the same in every attempt."""
        return f"msg_{self.id.hex}"


_COLUMNS = """d.id, d.endpoint_id, d.position, d.type, d.order_id, d.version, d.changed,
    d.audience, d.occurred_at, d.state, d.attempts, d.tries, d.due_at, d.claim, d.created_at,
    d.finished_at"""


UNDER_WAY = """SELECT count(*)::int FROM webhook_delivery
    WHERE endpoint_id = $1 AND claim IS NOT NULL AND claimed_until >= clock_timestamp()"""


def next_due(limit: int) -> str:
    """Answer the query of what an endpoint ($1) is to be sent next, at a time ($2)."""
    return f"""SELECT w.id FROM webhook_delivery w
        WHERE w.endpoint_id = $1 AND w.state = 'WAITING' AND w.due_at <= $2
          AND (w.claimed_until IS NULL OR w.claimed_until < clock_timestamp())
          AND NOT EXISTS (
              SELECT FROM webhook_delivery e
              WHERE e.endpoint_id = $1 AND e.state = 'WAITING'
                AND e.order_id = w.order_id AND e.position < w.position)
        ORDER BY w.position LIMIT {limit:d}"""


def delivery_id(endpoint_id: UUID, position: int) -> UUID:
    """Answer the id of an event's delivery: the same, however often it is written."""
    return uuid5(endpoint_id, str(position))


async def add_deliveries(
    executor: "Executor", endpoint_id: UUID, events: Sequence[LoggedEvent], now: datetime
) -> None:
    """Write what is to be delivered; what is there already stays as it is."""
    await executor.executemany(
        """INSERT INTO webhook_delivery (id, endpoint_id, position, type, order_id, version,
               changed, audience, occurred_at, due_at, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
           ON CONFLICT (endpoint_id, position) DO NOTHING""",
        [
            (
                delivery_id(endpoint_id, each.position), endpoint_id, each.position, each.type,
                each.order_id, each.version, list(each.changed), each.audience,
                each.occurred_at, now,
            )
            for each in events
        ],
    )  # fmt: skip


async def claim_deliveries(
    connection: "Connection", endpoint_id: UUID, *, most: int, seconds: float, now: datetime
) -> list[Delivery]:
    """Take what is due, no more than `most` being under way; the endpoint is locked meanwhile.

    Of each order only the earliest event that waits is taken: the next one waits until it is
    delivered or dead. A claim that is not ended within `seconds` is anybody's again.
    """
    under_way = await connection.fetchval(UNDER_WAY, endpoint_id)
    rows = await connection.fetch(
        f"""UPDATE webhook_delivery d
            SET claim = $3, claimed_until = clock_timestamp() + make_interval(secs => $4)
            WHERE d.id IN ({next_due(max(0, most - under_way))}) RETURNING {_COLUMNS}""",
        endpoint_id, now, uuid4(), seconds,
    )  # fmt: skip
    return sorted((_delivery(row) for row in rows), key=lambda each: each.position)


async def release_claim(executor: "Executor", delivery: Delivery) -> None:
    """Let somebody else take a delivery that was not attempted."""
    await executor.execute(
        """UPDATE webhook_delivery SET claim = NULL, claimed_until = NULL
           WHERE id = $1 AND claim = $2""",
        delivery.id, delivery.claim,
    )  # fmt: skip


async def load_due(executor: "Executor", now: datetime) -> list[UUID]:
    """Answer the active endpoints with something to deliver that nobody has in hand."""
    rows = await executor.fetch(
        """SELECT DISTINCT d.endpoint_id AS id FROM webhook_delivery d
           JOIN webhook_endpoint p ON p.id = d.endpoint_id
           WHERE d.state = 'WAITING' AND d.due_at <= $1 AND p.state = 'ACTIVE'
             AND (p.held_until IS NULL OR p.held_until <= $1)
             AND (d.claimed_until IS NULL OR d.claimed_until < clock_timestamp())""",
        now,
    )
    return [row["id"] for row in rows]


async def load_delivery(executor: "Executor", key: UUID, owner: str | None) -> Delivery | None:
    """Answer a delivery if its endpoint is the principal's, or whosever it is."""
    row = await executor.fetchrow(
        f"""SELECT {_COLUMNS} FROM webhook_delivery d
            JOIN webhook_endpoint p ON p.id = d.endpoint_id
            WHERE d.id = $1 AND ($2::text IS NULL OR p.owner = $2)""",
        key, owner,
    )  # fmt: skip
    return None if row is None else _delivery(row)


async def page_deliveries(
    executor: "Executor",
    endpoint_ids: Sequence[UUID],
    *,
    state: DeliveryState | None,
    before: int | None,
    limit: int,
) -> dict[UUID, list[Delivery]]:
    """Answer a page of each endpoint's deliveries, the latest event first."""
    rows = await executor.fetch(
        f"""SELECT {_COLUMNS} FROM unnest($1::uuid[]) AS asked (id)
            CROSS JOIN LATERAL (
                SELECT * FROM webhook_delivery w
                WHERE w.endpoint_id = asked.id AND ($2::text IS NULL OR w.state = $2)
                  AND ($3::bigint IS NULL OR w.position < $3)
                ORDER BY w.position DESC LIMIT $4) d
            ORDER BY d.endpoint_id, d.position DESC""",
        list(endpoint_ids), None if state is None else state.value, before, limit,
    )  # fmt: skip
    found: dict[UUID, list[Delivery]] = {each: [] for each in endpoint_ids}
    for row in rows:
        found[row["endpoint_id"]].append(_delivery(row))
    return found


@dataclass(frozen=True, slots=True)
class Counts:
    """How many deliveries of an endpoint are kept, by state, and since when the oldest waits."""

    waiting: int = 0
    delivered: int = 0
    dead: int = 0
    oldest_waiting: datetime | None = None


async def count_deliveries(
    executor: "Executor", endpoint_ids: Sequence[UUID]
) -> dict[UUID, Counts]:
    """Answer the counts of endpoints."""
    rows = await executor.fetch(
        """SELECT endpoint_id, count(*) FILTER (WHERE state = 'WAITING')::int AS waiting,
               count(*) FILTER (WHERE state = 'DELIVERED')::int AS delivered,
               count(*) FILTER (WHERE state = 'DEAD')::int AS dead,
               min(created_at) FILTER (WHERE state = 'WAITING') AS oldest_waiting
           FROM webhook_delivery WHERE endpoint_id = ANY($1::uuid[]) GROUP BY endpoint_id""",
        list(endpoint_ids),
    )
    found = {row["endpoint_id"]: row for row in rows}
    return {
        each: Counts(*list(found[each].values())[1:]) if each in found else Counts()
        for each in endpoint_ids
    }


async def ask_again(
    executor: "Executor", endpoint_id: UUID, now: datetime, *, after: int, upto: int | None = None
) -> int:
    """Deliver again what is over, after one place and up to another; answer how much that is."""
    status = await executor.execute(
        """UPDATE webhook_delivery SET state = 'WAITING', finished_at = NULL, tries = 0,
               due_at = $4, claim = NULL, claimed_until = NULL
           WHERE endpoint_id = $1 AND position > $2 AND ($3::bigint IS NULL OR position <= $3)
             AND state IN ('DELIVERED', 'DEAD')""",
        endpoint_id, after, upto, now,
    )  # fmt: skip
    return int(status.rpartition(" ")[2])


async def hasten(
    executor: "Executor", endpoint_id: UUID, now: datetime, only: UUID | None = None
) -> None:
    """Try at once what waits for another try, or only one of it, as if it had not been tried."""
    await executor.execute(
        """UPDATE webhook_delivery SET due_at = $2, tries = 0
           WHERE endpoint_id = $1 AND state = 'WAITING' AND ($3::uuid IS NULL OR id = $3)""",
        endpoint_id, now, only,
    )  # fmt: skip


async def forget_finished(executor: "Executor", before: datetime) -> int:
    """Remove what was delivered or given up before a time; answer how much that is."""
    status = await executor.execute("DELETE FROM webhook_delivery WHERE finished_at < $1", before)
    return int(status.rpartition(" ")[2])


async def load_backlog(executor: "Executor") -> tuple[int, datetime | None]:
    """Answer how many deliveries wait, of active endpoints, and since when the oldest does."""
    row = await executor.fetchrow(
        """SELECT count(*)::int AS waiting, min(d.created_at) AS oldest FROM webhook_delivery d
           JOIN webhook_endpoint p ON p.id = d.endpoint_id
           WHERE d.state = 'WAITING' AND p.state = 'ACTIVE'"""
    )
    return (0, None) if row is None else (row["waiting"], row["oldest"])


def _delivery(row: "asyncpg.Record") -> Delivery:
    told = {**dict(row), "changed": tuple(row["changed"]), "state": DeliveryState(row["state"])}
    return Delivery(**told)
