"""Deliveries as they arrived: durable before they are acknowledged, applied after."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from gateway.projection.database import Connection, Executor


async def store_delivery(
    executor: "Executor",
    *,
    source_id: str,
    delivery_id: str,
    url: str,
    headers: dict[str, str],
    body: bytes,
    received_at: datetime,
) -> bool:
    """Keep a delivery; answer False when it is here already."""
    stored = await executor.fetchval(
        """INSERT INTO inbox (source_id, delivery_id, url, headers, body, received_at)
           VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (source_id, delivery_id) DO NOTHING RETURNING true""",
        source_id, delivery_id, url, headers, body, received_at,
    )  # fmt: skip
    return bool(stored)


async def claim_deliveries(
    connection: "Connection", source_id: str, limit: int
) -> "list[asyncpg.Record]":
    """Answer the oldest deliveries that are due, locked until the transaction ends."""
    return await connection.fetch(
        """SELECT id, delivery_id, url, headers, body, received_at, attempts FROM inbox
           WHERE source_id = $1 AND applied_at IS NULL
             AND (retry_at IS NULL OR retry_at <= clock_timestamp())
           ORDER BY received_at, id LIMIT $2 FOR UPDATE SKIP LOCKED""",
        source_id, limit,
    )  # fmt: skip


async def mark_applied(executor: "Executor", ids: "list[int]") -> None:
    """Note that deliveries have been acted on."""
    await executor.execute(
        """UPDATE inbox SET applied_at = clock_timestamp(), error = NULL
           WHERE id = ANY($1::bigint[])""",
        ids,
    )


async def mark_failed(
    executor: "Executor", ids: "list[int]", error: str, retry_seconds: float
) -> None:
    """Note why deliveries could not be acted on yet, and when to try again."""
    await executor.execute(
        """UPDATE inbox SET attempts = attempts + 1, error = $2,
               retry_at = clock_timestamp() + make_interval(secs => $3)
           WHERE id = ANY($1::bigint[])""",
        ids, error, retry_seconds,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many deliveries of a source wait to be acted on, and since when the oldest does."""

    waiting: int
    oldest: datetime


BACKLOG = """SELECT source_id, count(*)::int AS waiting, min(received_at) AS oldest FROM inbox
    WHERE applied_at IS NULL GROUP BY source_id"""


async def load_backlogs(executor: "Executor") -> dict[str, Backlog]:
    """Answer the backlog of each source that has one."""
    rows = await executor.fetch(BACKLOG)
    return {row["source_id"]: Backlog(row["waiting"], row["oldest"]) for row in rows}


async def forget_applied(executor: "Executor", before: datetime) -> int:
    """Remove deliveries applied before a time; answer how many."""
    status = await executor.execute("DELETE FROM inbox WHERE applied_at < $1", before)
    return int(status.rpartition(" ")[2])
