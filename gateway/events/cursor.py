"""Cursors: a place in a log or a list, for one caller, that nobody else can make or use."""

import base64
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from hmac import compare_digest
from uuid import UUID

from gateway.events.errors import InvalidCursor

_MAC_BYTES = 16
_PLACE_BYTES = 8
_VERSION = b"\x01"


class Log(StrEnum):
    """The logs that a cursor is a place in."""

    ORDERS = "orders"
    STOCK = "stock"


@dataclass(frozen=True, slots=True)
class CursorSeal:
    """Seals places of the log of this id, and of lists beside it, with the log's key."""

    log_id: UUID
    key: bytes

    def seal(self, log: Log, position: int, principal_id: str) -> str:
        """Answer the cursor of a place in a log, for one caller."""
        return self._sealed(log.value, position.to_bytes(_PLACE_BYTES), principal_id)

    def open(self, log: Log, cursor: str, principal_id: str) -> int:
        """Read a place in a log back; raises InvalidCursor."""
        place = self._opened(log.value, cursor, principal_id)
        if len(place) != _PLACE_BYTES:
            raise InvalidCursor("not a cursor of this log")
        return int.from_bytes(place)

    def seal_page(self, name: str, place: str, principal_id: str) -> str:
        """Answer the cursor of a place in a list of this name, for one caller."""
        return self._sealed(f"list:{name}", place.encode(), principal_id)

    def open_page(self, name: str, cursor: str, principal_id: str) -> str:
        """Read a place in a list back; raises InvalidCursor."""
        return self._opened(f"list:{name}", cursor, principal_id).decode()

    def _sealed(self, kind: str, place: bytes, principal_id: str) -> str:
        raw = _VERSION + self._mac(kind, place, principal_id) + place
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def _opened(self, kind: str, cursor: str, principal_id: str) -> bytes:
        """Answer the place of which this very text is the cursor; raises InvalidCursor."""
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        except ValueError:
            raise InvalidCursor("not a cursor of this list") from None
        place = raw[len(_VERSION) + _MAC_BYTES :]
        if not compare_digest(self._sealed(kind, place, principal_id).encode(), cursor.encode()):
            raise InvalidCursor("not a cursor of this list")
        return place

    def _mac(self, kind: str, place: bytes, principal_id: str) -> bytes:
        told = b"\0".join(
            (kind.encode(), self.log_id.bytes, len(place).to_bytes(4), place,
             principal_id.encode("utf-8", "surrogatepass"))
        )  # fmt: skip
        return blake2b(told, key=self.key, digest_size=_MAC_BYTES).digest()
