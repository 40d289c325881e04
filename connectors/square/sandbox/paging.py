"""Pages of a list, by cursors that hold only for the query that they were given for."""

import base64
import hashlib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from connectors.square.sandbox.access import Refused
from connectors.square.sandbox.forms import Record

Row = TypeVar("Row")
Key = tuple[float, str]


class _Cursor(msgspec.Struct, forbid_unknown_fields=True):
    query: str
    after: Key


def paged(
    rows: Sequence[Row],
    key_of: Callable[[Row], Key],
    query: Any,
    cursor: str | None,
    limit: int,
) -> tuple[list[Row], str | None]:
    """Answer a page of the rows in the order of their keys, and the cursor of the next one."""
    mark = hashlib.sha256(msgspec.json.encode(query)).hexdigest()[:16]
    ordered = sorted(((key_of(row), row) for row in rows), key=lambda each: each[0])
    first = bisect_right(ordered, _read(cursor, mark), key=lambda each: each[0]) if cursor else 0
    page = ordered[first : first + limit]
    is_last = first + limit >= len(ordered)
    return [row for _, row in page], None if is_last else _written(mark, page[-1][0])


def with_cursor(body: Record, cursor: str | None) -> Record:
    """Answer a body with its cursor: the last page has none."""
    return body if cursor is None else {**body, "cursor": cursor}


def _written(mark: str, after: Key) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(_Cursor(mark, after))).decode()


def _read(cursor: str, mark: str) -> Key:
    try:
        told = msgspec.json.decode(base64.urlsafe_b64decode(cursor), type=_Cursor)
    except (ValueError, msgspec.DecodeError) as error:
        raise Refused("INVALID_CURSOR", "The cursor cannot be read.", "cursor") from error
    if told.query != mark:
        raise Refused("INVALID_CURSOR", "The cursor is of another query.", "cursor")
    return told.after
