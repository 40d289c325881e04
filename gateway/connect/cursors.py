"""Cursors: opaque, versioned texts that resume a walk or a delta where it stood."""

import base64
import binascii
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from gateway.connect.errors import CursorExpired

Moment = Annotated[datetime, Meta(tz=True)]
PageNumber = Annotated[int, Meta(ge=1)]


class Cursor(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="v"):
    """What every cursor has: `v`, its kind and the version of its form, given as its tag."""


class _Versioned(msgspec.Struct):
    """A type without a choice takes JSON without its tag, and so without a version."""

    v: str


C = TypeVar("C", bound=Cursor)


def write_cursor(cursor: Cursor) -> str:
    """Answer a cursor as text."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def read_cursor(text: str, into: type[C]) -> C:
    """Read a cursor back; raises CursorExpired when it is not one of ours."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        raw = base64.b64decode(padded, altchars=b"-_", validate=True)
        msgspec.json.decode(raw, type=_Versioned)
        return msgspec.json.decode(raw, type=into)
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        raise CursorExpired("this cursor cannot be read: backfill") from error


def refuse_cursor(cursor: str | None) -> None:
    """Begin a walk that has one page, and so gives no cursors; raises CursorExpired for any."""
    if cursor is not None:
        raise CursorExpired("this walk has no cursors: backfill")
