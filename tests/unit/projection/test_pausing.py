"""Many rows are worked through with pauses."""

import asyncio
from typing import Any

import pytest

from gateway.projection.pausing import MOST_AT_ONCE, in_lots, in_parts, pausing


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
    rows: list[list[Any]] = [[{}] * size for size in sizes]
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counting = asyncio.create_task(count())
    await asyncio.sleep(0)
    found = [some async for some in pausing(rows, len)]
    assert (found, turns) == (rows, pauses)
    counting.cancel()


@pytest.mark.parametrize(
    ("sizes", "lots"),
    [
        ([], [0]),
        ([0, 1, MOST_AT_ONCE - 2], [3]),
        ([MOST_AT_ONCE, 1], [1, 1]),
        ([MOST_AT_ONCE * 3, 1, 1], [1, 2]),
        ([MOST_AT_ONCE // 2] * 6, [2, 2, 2]),
    ],
)
def test_a_lot_ends_with_so_many_rows(sizes: list[int], lots: list[int]) -> None:
    rows: list[list[Any]] = [[{}] * size for size in sizes]
    found = in_lots(rows, len)
    assert [len(each) for each in found] == lots
    assert [some for each in found for some in each] == rows


async def test_what_is_not_counted_otherwise_is_a_row() -> None:
    assert [each async for each in pausing(range(1000))] == list(range(1000))


def test_parts_are_all_rows_in_their_order() -> None:
    rows = list(range(2 * MOST_AT_ONCE + 1))
    assert [len(each) for each in in_parts(rows)] == [MOST_AT_ONCE, MOST_AT_ONCE, 1]
    assert [row for each in in_parts(rows) for row in each] == rows
