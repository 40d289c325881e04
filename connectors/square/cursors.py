"""Where Square's walks and deltas stand."""

from typing import Annotated

import msgspec
from msgspec import Meta

from gateway.connect.cursors import Cursor, Moment


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where in a list: Square's cursor, and the locations it was asked of.

    Square takes a cursor only with the query that it was given for. `restarts` counts how often
    the list had to be read again from its start.
    """

    group: tuple[str, ...] = ()
    after: str | None = None
    restarts: Annotated[int, Meta(ge=0)] = 0


class WalkCursor(Cursor, frozen=True, tag="walk/1"):
    """The place in the list of all rows of a stream, or of what changed while it was read."""

    stream: str
    began: Moment
    is_second: bool
    place: Place


class ChangesCursor(Cursor, frozen=True, tag="changes/1"):
    """The place in a stream's list of rows changed since a moment; where the next list begins."""

    stream: str
    since: Moment
    next_since: Moment
    place: Place
