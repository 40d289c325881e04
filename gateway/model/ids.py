"""Our identifiers: UUIDv7 inside, opaque global ids outside."""

import base64
import binascii
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

IdSource = Callable[[datetime], uuid.UUID]


def uuid7(now: datetime) -> uuid.UUID:
    """Answer a new UUID that sorts by `now` (RFC 9562, section 5.7)."""
    return uuid7_of(now, int.from_bytes(os.urandom(10), "big"))


def uuid7_of(now: datetime, chance: int) -> uuid.UUID:
    """Build the UUIDv7 of a time and 74 bits of chance."""
    millis = int(now.timestamp() * 1000) & ((1 << 48) - 1)
    high = (millis << 16) | (0x7 << 12) | ((chance >> 62) & 0xFFF)
    low = (0b10 << 62) | (chance & ((1 << 62) - 1))
    return uuid.UUID(int=(high << 64) | low)


class InvalidGlobalId(ValueError):
    """The text is not an id that this gateway has given out."""


@dataclass(frozen=True, slots=True)
class GlobalId:
    """A type's name and a key within it, opaque on the wire (base64url of `Type:key`)."""

    type: str
    key: str

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(f"{self.type}:{self.key}".encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> "GlobalId":
        """Read an id back; raises InvalidGlobalId."""
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            raw = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
        except (ValueError, binascii.Error) as error:
            raise InvalidGlobalId("not an id of this gateway") from error
        kind, colon, key = raw.partition(":")
        if not (kind and colon and key) or str(cls(kind, key)) != text:
            raise InvalidGlobalId("not an id of this gateway")
        return cls(kind, key)

    def uuid(self, type_name: str) -> uuid.UUID:
        """Answer the key as a UUID when the id is of `type_name`; raises InvalidGlobalId."""
        if self.type != type_name:
            raise InvalidGlobalId(f"this is the id of a {self.type}, not of a {type_name}")
        try:
            return uuid.UUID(self.key)
        except ValueError as error:
            raise InvalidGlobalId("not an id of this gateway") from error
