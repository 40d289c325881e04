"""Customers, as one source knows them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """What one source says of a customer. All of it is personal data."""

    ref: str
    observed_at: datetime
    name: str | None = None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    tax_id: str | None = None
