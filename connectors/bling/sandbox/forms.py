"""How Bling writes ids, numbers, times, tax ids and telephones."""

import hashlib
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def id_of(kind: str, key: str) -> int:
    """Answer a number of 62 bits, the same for the same thing."""
    digest = hashlib.sha256(f"{kind}|{key}".encode()).digest()
    return int.from_bytes(digest[:8]) >> 2 | 1 << 61


def number(amount: str | Decimal) -> float:
    """Answer a JSON number; its shortest form has the digits of the text."""
    return float(Decimal(amount))


def day(moment: datetime) -> str:
    """Write the day that it is in Sao Paulo."""
    return moment.astimezone(SAO_PAULO).strftime("%Y-%m-%d")


def stamp(moment: datetime) -> str:
    """Write a time of Sao Paulo to the second, and no zone."""
    return moment.astimezone(SAO_PAULO).strftime("%Y-%m-%d %H:%M:%S")


def read_stamp(text: str) -> datetime:
    """Read a filter's time; raises ValueError."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SAO_PAULO)


def dotted(tax_id: str) -> str:
    """Write a CPF as lists do; what is none stays as it is."""
    if len(tax_id) != 11 or not tax_id.isdigit():
        return tax_id
    return f"{tax_id[:3]}.{tax_id[3:6]}.{tax_id[6:9]}-{tax_id[9:]}"


def telephone(text: str) -> str:
    """Write a Brazilian number as people do, without the country; another stays as it is."""
    digits = text.removeprefix("+55")
    if digits == text or len(digits) not in (10, 11):
        return text
    return f"({digits[:2]}) {digits[2:-4]}-{digits[-4:]}"
