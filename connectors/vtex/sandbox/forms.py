"""How VTEX writes money, times and the ids of parts."""

import hashlib
from datetime import UTC, datetime
from decimal import Decimal


def cents(amount: str | Decimal) -> int:
    """Answer a decimal text in reais as centavos."""
    return int(Decimal(amount) * 100)


def stamp(moment: datetime) -> str:
    """Write a time as VTEX does: an offset, and seven digits of a second's fraction."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0+00:00")


def stamp_z(moment: datetime) -> str:
    """Write a time as VTEX's feed and hook do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def part_id(*parts: str) -> str:
    """Answer an id of 32 hexadecimal digits, the same for the same parts."""
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:32].upper()
