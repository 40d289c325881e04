"""Counts what is asked of Postgres."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

# What a connection asks for itself, and what the tail of the log asks now and then.
ASIDE = (
    "SELECT current_setting('jit')", "WITH RECURSIVE typeinfo_tree(", "SELECT (SELECT CASE WHEN",
    "SELECT pg_current_xact_id()", "SELECT pg_snapshot_xmin(", "SELECT forgotten_to,",
    "WITH chosen AS (SELECT id, threshold FROM location_group), ", "SELECT sequence, sku FROM",
)  # fmt: skip
ALL_LOCATIONS = "SELECT * FROM location"  # by the copies, when one of them has changed


@asynccontextmanager
async def counting(pool: Any) -> AsyncIterator[Counter[str]]:
    """Count the statements that are sent within the block, by how they begin."""
    sent: Counter[str] = Counter()

    def note(record: Any) -> None:
        statement = " ".join(record.query.split())[:60]
        if not statement.startswith(ASIDE) and statement != ALL_LOCATIONS:
            sent[statement] += 1

    held = [await pool.acquire() for _ in range(pool.get_max_size())]
    for connection in held:
        connection.add_query_logger(note)
    for connection in held:
        await pool.release(connection)
    sent.clear()
    yield sent
