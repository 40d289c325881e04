"""Where VTEX's walks and feed stand."""

from gateway.connect.cursors import Cursor, Moment, PageNumber


class FeedCursor(Cursor, frozen=True, tag="feed/1"):
    """The feed keeps its own place; this says only that it has been read before."""


class OrderCursor(Cursor, frozen=True, tag="orders/1"):
    """The next list page of a window of creation times, and where the walk ends."""

    floor: Moment
    since: Moment
    until: Moment
    page: PageNumber
    expected: int


class SkuCursor(Cursor, frozen=True, tag="skus/1"):
    """The next page of SKU ids, and the last id of the page before."""

    page: PageNumber
    last: int
