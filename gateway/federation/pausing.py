"""Many rows worked through with pauses, in which others have the loop."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import TypeVar

from gateway.federation.answers import Row

# Rows that are worked through without a pause: a few milliseconds' worth.
MOST_AT_ONCE = 256
Rows = TypeVar("Rows", bound=list[Row])


async def pausing(rows: Mapping[str, Rows]) -> AsyncIterator[tuple[str, Rows]]:
    """Answer each key with its rows, pausing whenever these were many."""
    done = 0
    for key, some in rows.items():
        yield key, some
        done += len(some)
        if done >= MOST_AT_ONCE:
            done = 0
            await asyncio.sleep(0)
