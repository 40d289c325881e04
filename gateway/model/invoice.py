"""Invoices, as the system that issues them has them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.model.money import Money


class InvoiceStatus(StrEnum):
    """Whether an invoice may be relied on: PENDING is not yet authorised by the tax office."""

    PENDING = "PENDING"
    ISSUED = "ISSUED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class InvoiceRecord:
    """What a source says of an invoice; `order_ref` is the channel's order id.

    `key` is the tax office's access key (44 digits of a Brazilian NF-e), None before it is issued.
    """

    ref: str
    order_ref: str
    observed_at: datetime
    updated_at: datetime | None
    status: InvoiceStatus
    native_status: str
    number: str | None = None
    series: str | None = None
    key: str | None = None
    issued_at: datetime | None = None
    total: Money | None = None
    url: str | None = None
    version: int | None = None
