"""What systems beside the channel know of an order: an ERP's copy of it, and its invoices."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Index, Numeric, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from gateway.projection.tables.columns import (
    link_column,
    number_column,
    ref_column,
    source_column,
    text_column,
    time_column,
)


class OrderCopyRow(SQLModel, table=True):
    """An order as a source has it that is not its channel; without `order_id` it waits.

    `facts` are the values by field that this source may speak of, as texts.
    """

    __tablename__ = "order_copy"
    __table_args__ = (
        UniqueConstraint("source_id", "ref", name="order_copy_ref"),
        Index("order_copy_waiting", "order_ref", postgresql_where=text("order_id IS NULL")),
    )
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    source_id: str = Field(sa_column=source_column())
    ref: str = Field(sa_column=ref_column())
    order_ref: str = Field(sa_column=ref_column())
    order_id: UUID | None = Field(
        sa_column=link_column("sales_order.id", nullable=True, index=True)
    )
    number: str = Field(sa_column=ref_column())
    native_status: str = Field(sa_column=text_column())
    facts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    version: int | None = Field(sa_column=number_column(BigInteger))
    updated_at: datetime | None = Field(sa_column=time_column())
    observed_at: datetime = Field(sa_column=time_column(nullable=False))
    is_quarantined: bool = Field(
        sa_column=number_column(Boolean, nullable=False, server_default=text("false"))
    )
    gone_at: datetime | None = Field(sa_column=time_column())


class InvoiceRow(SQLModel, table=True):
    """An invoice; without `order_id` it waits for its order's header."""

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("source_id", "ref", name="invoice_ref"),
        Index("invoice_waiting", "order_ref", postgresql_where=text("order_id IS NULL")),
    )
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    source_id: str = Field(sa_column=source_column())
    ref: str = Field(sa_column=ref_column())
    order_ref: str = Field(sa_column=ref_column())
    order_id: UUID | None = Field(
        sa_column=link_column("sales_order.id", nullable=True, index=True)
    )
    status: str = Field(sa_column=text_column())
    native_status: str = Field(sa_column=text_column())
    number: str | None = Field(sa_column=ref_column(nullable=True))
    series: str | None = Field(sa_column=ref_column(nullable=True))
    key: str | None = Field(sa_column=ref_column(nullable=True))
    issued_at: datetime | None = Field(sa_column=time_column())
    total: Decimal | None = Field(sa_column=number_column(Numeric))
    currency: str | None = Field(sa_column=text_column(nullable=True))
    url: str | None = Field(sa_column=text_column(nullable=True))
    version: int | None = Field(sa_column=number_column(BigInteger))
    updated_at: datetime | None = Field(sa_column=time_column())
    observed_at: datetime = Field(sa_column=time_column(nullable=False))
    is_quarantined: bool = Field(
        sa_column=number_column(Boolean, nullable=False, server_default=text("false"))
    )
    gone_at: datetime | None = Field(sa_column=time_column())
