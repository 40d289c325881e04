"""Many rows are worked through with pauses."""

import asyncio
from typing import Any

import pytest

from gateway.federation.pausing import MOST_AT_ONCE, pausing


@pytest.mark.parametrize(
    ("sizes", "pauses"),
    [
        ([0, 1, MOST_AT_ONCE - 2], 0),
        ([MOST_AT_ONCE - 1, 1], 1),
        ([MOST_AT_ONCE * 3, 1, 1], 1),
        ([MOST_AT_ONCE // 2] * 6, 3),
    ],
)
async def test_there_is_a_pause_after_so_many_rows(sizes: list[int], pauses: int) -> None:
    rows: dict[str, list[Any]] = {str(n): [{}] * size for n, size in enumerate(sizes)}
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count())
    await asyncio.sleep(0)
    found = [(key, some) async for key, some in pausing(rows)]
    assert (found, turns) == (list(rows.items()), pauses)
    counting.cancel()
