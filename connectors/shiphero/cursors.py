"""Where ShipHero's walks and deltas stand."""

from typing import Annotated

import msgspec
from msgspec import Meta

from gateway.connect.cursors import Cursor, Moment


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where in a list: ShipHero's cursor, the id of the last row that came, restarts so far."""

    after: str | None = None
    last: str | None = None
    restarts: Annotated[int, Meta(ge=0)] = 0


class WalkCursor(Cursor, frozen=True, tag="walk/2"):
    """The place in the list of all rows of a stream, called as its query is."""

    stream: str
    place: Place


class ChangesCursor(Cursor, frozen=True, tag="changes/2"):
    """The place in a stream's list of rows changed since a moment; where the next list begins."""

    stream: str
    since: Moment
    next_since: Moment
    place: Place
