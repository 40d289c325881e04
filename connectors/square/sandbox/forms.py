"""How Square writes money, times and ids."""

import hashlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

Record = dict[str, Any]
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def cents(amount: str) -> int:
    """Answer a decimal text in reais as centavos."""
    return int(Decimal(amount) * 100)


def money(amount: int, currency: str) -> Record:
    """Answer an amount of minor units."""
    return {"amount": amount, "currency": currency}


def stamp(moment: datetime) -> str:
    """Write a time as RFC 3339, in UTC."""
    text = moment.astimezone(UTC).isoformat(timespec="microseconds")
    return text.replace("+00:00", "Z")


def made_id(*parts: str) -> str:
    """Answer an id of 24 letters and digits, the same for the same parts."""
    digest = hashlib.sha256("|".join(parts).encode()).digest()
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:24])
