"""Where Bling's walks and deltas stand."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from gateway.connect.cursors import Cursor, Moment, PageNumber

RowId = Annotated[int, Meta(ge=0)]


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where in a list: the next page, and the last row of the page before."""

    page: PageNumber = 1
    last: RowId | None = None


class WalkCursor(Cursor, frozen=True, tag="walk/1"):
    """The place in the list of all rows of a stream."""

    stream: str
    place: Place


class ChangesCursor(Cursor, frozen=True, tag="changes/1"):
    """The place in a stream's list of rows changed since a moment; where the next list begins."""

    stream: str
    since: Moment
    next_since: Moment
    place: Place


class IssuedCursor(Cursor, frozen=True, tag="issued/1"):
    """The page of the invoices issued since a moment; `serial` makes every cursor another one."""

    since: Moment
    next_since: Moment
    page: PageNumber
    serial: Annotated[int, Meta(ge=0)]


class DepositsCursor(Cursor, frozen=True, tag="deposits/1"):
    """The place in the list of active deposits (1), or of inactive ones (0)."""

    situation: Literal[0, 1]
    place: Place
