"""What a connection sends again: requests whose heads are byte for byte as one before.

Clients keep a connection and say the same of themselves with each request on it. What a head means
depends on nothing but its bytes, so it is read by the parser once, and found by its bytes from then
on. What it asks for, who asks, and how often, is looked at each time: that lies behind.
"""

from collections.abc import Mapping
from typing import Any

from gateway.web.heads import KnownHeaders
from gateway.web.whole import CYCLE

MOST_HEADS = 16
LONGEST_HEAD = 2048
# A connection that has said something else so many times is not expected to repeat itself.
MOST_IN_VAIN = 64
_END = b"\r\n\r\n"
# Of a request with one of these headers the server has more to do than to hand it on.
_UNUSUAL = frozenset({b"expect", b"transfer-encoding", b"upgrade"})


class KnownHeads:
    """The last heads of one connection, each with the length of the body behind it."""

    __slots__ = ("_in_vain", "_kept")

    def __init__(self) -> None:
        self._kept: dict[bytes, tuple[int, dict[str, Any]]] = {}
        self._in_vain = 0

    def find(self, data: bytes) -> tuple[dict[str, Any], bytes] | None:
        """Answer what the head of a whole request means, and its body, where it is known."""
        if not self._kept:
            return None
        size = data.find(_END) + len(_END)
        known = self._kept.get(data[:size])
        if known is None or len(data) - size != known[0]:
            return None
        self._in_vain = 0
        return known[1], data[size:]

    def keep(self, data: bytes, scope: Mapping[str, Any]) -> None:
        """Keep what the parser has read, where the data is one request and a usual one.

        Such a body is as long as its head says and all that follows: of two requests in one piece
        none can be taken for the other.
        """
        if self._in_vain == MOST_IN_VAIN:
            self._kept.clear()
            return
        self._in_vain += 1
        size = data.find(_END) + len(_END)
        headers = dict(scope["headers"])
        length = int(headers.get(b"content-length", 0))
        if size + length != len(data) or size > LONGEST_HEAD or not _UNUSUAL.isdisjoint(headers):
            return
        if len(self._kept) >= MOST_HEADS:
            self._kept.clear()
        known = {**scope, "headers": KnownHeaders(scope["headers"])}
        known.pop(CYCLE, None)
        self._kept[data[:size]] = length, known
