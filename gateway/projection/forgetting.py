"""Forgets the log's oldest entries, a chunk at a time, and notes how far."""

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.projection.database import Connection

_LOCK = 7_221_903_512


async def forget_events(
    connection: "Connection", *, before: datetime, upto: int, limit: int
) -> int:
    """Forget at most `limit` entries from the beginning; answer how many there were.

    They are recorded before a time, and not beyond a place that is final. One gateway at a time
    forgets, to the end of its transaction: where another does, there is nothing to do.
    """
    if not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
        return 0
    rows = await connection.fetch(
        f"""SELECT id, recorded_at < $1 AS is_old FROM event WHERE id <= $2
            ORDER BY id LIMIT {limit:d}""",
        before, upto,
    )  # fmt: skip
    count = next((n for n, row in enumerate(rows) if not row["is_old"]), len(rows))
    if count:
        last = rows[count - 1]["id"]
        await connection.execute("DELETE FROM event WHERE id <= $1", last)
        await connection.execute("UPDATE log SET forgotten_to = $1", last)
    return count
