"""Cursors: opaque, versioned texts that resume a walk or a delta where it stood."""

import base64
import binascii
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from gateway.connect.errors import CursorExpired

Moment = Annotated[datetime, Meta(tz=True)]


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where in a list: ShipHero's cursor, the id of the last row that came, restarts so far."""

    after: str | None = None
    last: str | None = None
    restarts: Annotated[int, Meta(ge=0)] = 0


class Cursor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="v"):
    """What every cursor has: `v`, its kind and the version of its form."""


class WalkCursor(Cursor, frozen=True, tag="walk/1"):
    """The place in the list of all rows."""

    place: Place


class ChangesCursor(Cursor, frozen=True, tag="changes/1"):
    """The place in the list of rows changed since a moment; where the next list begins."""

    since: Moment
    next_since: Moment
    place: Place


C = TypeVar("C", bound=Cursor)


def write_cursor(cursor: Cursor) -> str:
    """Answer a cursor as text."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def read_cursor(text: str, into: type[C]) -> C:
    """Read a cursor back; raises CursorExpired when it is not one of ours."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        raw = base64.b64decode(padded, altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=into)
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        raise CursorExpired("this cursor cannot be read: backfill") from error
