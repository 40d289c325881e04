"""A cursor says what it is, and is read back only as that."""

import base64

import pytest

from gateway.connect.cursors import Cursor, read_cursor, refuse_cursor, write_cursor
from gateway.connect.errors import CursorExpired


class Everywhere(Cursor, frozen=True, tag="everywhere/1"):
    """Has no place of its own."""


class Row(Cursor, frozen=True, tag="row/1"):
    number: int


def test_a_cursor_is_read_back_as_it_was_written() -> None:
    assert read_cursor(write_cursor(Row(7)), Row) == Row(7)
    assert read_cursor(write_cursor(Everywhere()), Everywhere) == Everywhere()


@pytest.mark.parametrize("told", [b"{}", b"[]", b'{"v":"row/1"}', b'{"v":"everywhere/2"}', b""])
def test_what_has_another_kind_or_version_or_none_has_expired(told: bytes) -> None:
    text = base64.urlsafe_b64encode(told).decode().rstrip("=")
    with pytest.raises(CursorExpired):
        read_cursor(text, Everywhere)


def test_a_walk_of_one_page_takes_no_cursor() -> None:
    refuse_cursor(None)
    with pytest.raises(CursorExpired):
        refuse_cursor(write_cursor(Everywhere()))
