"""A cursor is its caller's, of its log or list, and whole."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.events.cursor import CursorSeal, Log
from gateway.events.errors import InvalidCursor

SEAL = CursorSeal(UUID(int=1), b"k" * 32)
ANOTHER_LOG = CursorSeal(UUID(int=2), b"k" * 32)
ANOTHER_KEY = CursorSeal(UUID(int=1), b"l" * 32)


@given(st.integers(0, 2**63 - 1), st.text(max_size=40))
def test_a_place_in_a_log_is_read_back_by_its_caller_alone(position: int, who: str) -> None:
    cursor = SEAL.seal(Log.ORDERS, position, who)
    assert SEAL.open(Log.ORDERS, cursor, who) == position
    for seal, log, reader in (
        (SEAL, Log.STOCK, who), (SEAL, Log.ORDERS, who + "x"), (ANOTHER_LOG, Log.ORDERS, who),
        (ANOTHER_KEY, Log.ORDERS, who),
    ):  # fmt: skip
        with pytest.raises(InvalidCursor):
            seal.open(log, cursor, reader)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.text(max_size=40))
def test_a_place_in_a_list_is_read_back_by_its_caller_alone(place: str, who: str) -> None:
    cursor = SEAL.seal_page("orders", place, who)
    assert SEAL.open_page("orders", cursor, who) == place
    for name, reader in (("customers", who), ("orders", who + "x")):
        with pytest.raises(InvalidCursor):
            SEAL.open_page(name, cursor, reader)
    with pytest.raises(InvalidCursor):
        SEAL.open(Log.ORDERS, cursor, who)


@given(st.data())
def test_a_cursor_of_which_anything_is_changed_is_refused(data: st.DataObject) -> None:
    cursor = SEAL.seal(Log.ORDERS, 7, "key:a")
    at = data.draw(st.integers(0, len(cursor) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda each: each != cursor[at]))
    with pytest.raises(InvalidCursor):
        SEAL.open(Log.ORDERS, cursor[:at] + other + cursor[at + 1 :], "key:a")


@pytest.mark.parametrize("cursor", ["", "A", "AAAA", "é", "=", "A" * 10_000])
def test_what_never_was_a_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        SEAL.open(Log.ORDERS, cursor, "key:a")
    with pytest.raises(InvalidCursor):
        SEAL.open_page("orders", cursor, "key:a")
