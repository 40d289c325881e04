"""Cursors: a place in a log, for one caller, that nobody else can make or use."""

import base64
import hmac
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from gateway.events.errors import InvalidCursor

_MAC_BYTES = 16
_PLACE_BYTES = 8
_VERSION = b"\x01"


class Log(StrEnum):
    """What a cursor is a place in."""

    ORDERS = "orders"
    STOCK = "stock"


@dataclass(frozen=True, slots=True)
class CursorSeal:
    """Seals places of the log of this id with its key."""

    log_id: UUID
    key: bytes

    def seal(self, log: Log, position: int, principal_id: str) -> str:
        """Answer the cursor of a place, for one caller."""
        place = position.to_bytes(_PLACE_BYTES)
        mac = self._mac(log, place, principal_id)
        return base64.urlsafe_b64encode(_VERSION + place + mac).decode().rstrip("=")

    def open(self, log: Log, cursor: str, principal_id: str) -> int:
        """Read a place back; raises InvalidCursor."""
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        except ValueError:
            raise InvalidCursor("not a cursor of this log") from None
        place, mac = raw[1 : 1 + _PLACE_BYTES], raw[1 + _PLACE_BYTES :]
        is_ours = hmac.compare_digest(mac, self._mac(log, place, principal_id))
        if raw[:1] != _VERSION or len(raw) != 1 + _PLACE_BYTES + _MAC_BYTES or not is_ours:
            raise InvalidCursor("not a cursor of this log")
        return int.from_bytes(place)

    def _mac(self, log: Log, place: bytes, principal_id: str) -> bytes:
        told = b"\0".join((log.value.encode(), self.log_id.bytes, place, principal_id.encode()))
        return hmac.digest(self.key, told, sha256)[:_MAC_BYTES]
