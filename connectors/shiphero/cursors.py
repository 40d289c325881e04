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


class WalkCursor(Cursor, frozen=True, tag="walk/1"):
    """The place in the list of all rows."""

    place: Place


class ChangesCursor(Cursor, frozen=True, tag="changes/1"):
    """The place in the list of rows changed since a moment; where the next list begins."""

    since: Moment
    next_since: Moment
    place: Place
