"""Orders as their channels have them."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Numeric,
    UniqueConstraint,
    Uuid,
    text,
)
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


class OrderRow(SQLModel, table=True):
    """An order as its channel has it, and the status that follows from all facts.

    `audience` is whom its last event was for: it outlives the event, so that who loses the order
    is told so.
    """

    __tablename__ = "sales_order"
    __table_args__ = (
        UniqueConstraint("source_id", "ref", name="sales_order_ref"),
        Index("sales_order_by_placed", text("placed_at DESC"), text("id DESC")),
        Index("sales_order_by_channel", "channel", text("placed_at DESC"), text("id DESC")),
        Index("sales_order_by_status", "status", text("placed_at DESC"), text("id DESC")),
        Index("sales_order_by_number", "number"),
        Index("sales_order_by_buyer", "buyer_id"),
    )
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    source_id: str = Field(sa_column=source_column())
    ref: str = Field(sa_column=ref_column())
    channel: str = Field(sa_column=ref_column())
    number: str = Field(sa_column=ref_column())
    placed_at: datetime = Field(sa_column=time_column(nullable=False))
    state: str = Field(sa_column=text_column())
    native_status: str = Field(sa_column=text_column())
    status: str = Field(sa_column=text_column())
    payment_status: str = Field(sa_column=text_column())
    currency: str = Field(sa_column=text_column())
    subtotal: Decimal = Field(sa_column=number_column(Numeric, nullable=False))
    shipping_total: Decimal = Field(sa_column=number_column(Numeric, nullable=False))
    discount_total: Decimal = Field(sa_column=number_column(Numeric, nullable=False))
    tax_total: Decimal = Field(sa_column=number_column(Numeric, nullable=False))
    total: Decimal = Field(sa_column=number_column(Numeric, nullable=False))
    buyer_id: UUID | None = Field(
        sa_column=Column(Uuid, ForeignKey("customer_record.id"), nullable=True)
    )
    shipping_address: dict[str, Any] | None = Field(sa_column=Column(JSONB, nullable=True))
    promised_delivery_by: datetime | None = Field(sa_column=time_column())
    version: int | None = Field(sa_column=number_column(BigInteger))
    updated_at: datetime | None = Field(sa_column=time_column())
    observed_at: datetime = Field(sa_column=time_column(nullable=False))
    is_quarantined: bool = Field(
        sa_column=number_column(Boolean, nullable=False, server_default=text("false"))
    )
    event_version: int = Field(
        sa_column=number_column(BigInteger, nullable=False, server_default="0")
    )
    audience: dict[str, Any] = Field(
        sa_column=Column(JSONB, nullable=False, server_default=text("'{}'::jsonb"))
    )


class OrderLineRow(SQLModel, table=True):
    """A line of an order."""

    __tablename__ = "order_line"
    order_id: UUID = Field(sa_column=link_column("sales_order.id", primary_key=True))
    ref: str = Field(sa_column=ref_column(primary_key=True))
    place: int = Field(sa_column=number_column(nullable=False))
    sku: str = Field(sa_column=ref_column(index=True))
    title: str | None = Field(sa_column=text_column(nullable=True))
    quantity: int = Field(sa_column=number_column(nullable=False))
    unit_price: Decimal = Field(sa_column=number_column(Numeric, nullable=False))
    discount: Decimal | None = Field(sa_column=number_column(Numeric))


class ExternalRefRow(SQLModel, table=True):
    """What others call an order; unique per source, kind and id."""

    __tablename__ = "external_ref"
    __table_args__ = (Index("external_ref_by_id", "external_id"),)
    source_id: str = Field(sa_column=source_column(primary_key=True))
    kind: str = Field(sa_column=ref_column(primary_key=True))
    external_id: str = Field(sa_column=ref_column(primary_key=True))
    order_id: UUID = Field(sa_column=link_column("sales_order.id", index=True))
