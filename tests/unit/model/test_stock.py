"""What may be promised, and what a shopper is told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.model.stock import (
    AvailabilityStatus,
    all_available_to_promise,
    availability_status,
    available_to_promise,
    available_to_sell,
)

NUMBER = st.integers(0, 1000)


def test_what_is_taken_is_not_promised_again() -> None:
    assert available_to_promise(10, 3, 1, 2, 1) == 3
    assert available_to_promise(2, 3, None, 0, 0) == 0
    assert available_to_promise(None, 3, 1, 0, 0) is None


@given(st.lists(st.tuples(
    st.none() | st.integers(-5, 9), st.none() | st.integers(0, 3), st.none() | st.integers(0, 3),
    st.integers(0, 2), st.integers(0, 2),
)))  # fmt: skip
def test_of_many_positions_each_is_promised_as_by_itself(rows: list[Any]) -> None:
    columns = zip(*rows, strict=True) if rows else [[]] * 5
    assert all_available_to_promise(*columns) == [available_to_promise(*row) for row in rows]


def test_where_nothing_is_taken_all_that_lies_there_is_promised() -> None:
    nothing = [None, 0, None, 0]
    assert all_available_to_promise([7, 0, None, -2], nothing, nothing, [0] * 4, [0] * 4) == [
        7, 0, None, 0,
    ]  # fmt: skip


@given(NUMBER, NUMBER, NUMBER, NUMBER, NUMBER)
def test_a_promise_is_never_below_nought_nor_above_what_is_there(
    on_hand: int, committed: int, safety: int, held: int, allocated: int
) -> None:
    promised = available_to_promise(on_hand, committed, safety, held, allocated)
    assert promised is not None
    assert 0 <= promised <= on_hand


def test_a_sum_counts_what_is_known_and_keeps_the_threshold_back() -> None:
    assert available_to_sell([3, None, 4], threshold=2) == 5
    assert available_to_sell([1], threshold=2) == 0
    assert available_to_sell([None, None]) is None
    assert available_to_sell([]) is None


@pytest.mark.parametrize(
    ("sellable", "is_complete", "due"),
    [
        (None, True, AvailabilityStatus.UNKNOWN), (0, True, AvailabilityStatus.OUT_OF_STOCK),
        (0, False, AvailabilityStatus.UNKNOWN), (5, True, AvailabilityStatus.LOW_STOCK),
        (5, False, AvailabilityStatus.IN_STOCK), (6, True, AvailabilityStatus.IN_STOCK),
    ],
)  # fmt: skip
def test_a_quantity_has_a_word(
    sellable: int | None, is_complete: bool, due: AvailabilityStatus
) -> None:
    assert availability_status(sellable, is_complete=is_complete, low_at_most=5) is due
