"""The work of locations, and its parcels."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Index, UniqueConstraint, Uuid, text
from sqlmodel import Field, SQLModel

from gateway.projection.tables.columns import (
    link_column,
    number_column,
    ref_column,
    source_column,
    text_column,
    time_column,
)


class FulfillmentRow(SQLModel, table=True):
    """The work one location does for one order; without `order_id` it waits for its header."""

    __tablename__ = "fulfillment"
    __table_args__ = (
        UniqueConstraint("source_id", "ref", name="fulfillment_ref"),
        Index("fulfillment_waiting", "order_ref", postgresql_where=text("order_id IS NULL")),
    )
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    source_id: str = Field(sa_column=source_column())
    ref: str = Field(sa_column=ref_column())
    order_ref: str = Field(sa_column=ref_column())
    order_id: UUID | None = Field(
        sa_column=link_column("sales_order.id", nullable=True, index=True)
    )
    location_id: UUID = Field(sa_column=link_column("location.id", index=True))
    status: str = Field(sa_column=text_column())
    native_status: str = Field(sa_column=text_column())
    version: int | None = Field(sa_column=number_column(BigInteger))
    updated_at: datetime | None = Field(sa_column=time_column())
    observed_at: datetime = Field(sa_column=time_column(nullable=False))
    is_quarantined: bool = Field(
        sa_column=number_column(Boolean, nullable=False, server_default=text("false"))
    )
    gone_at: datetime | None = Field(sa_column=time_column())


class FulfillmentLineRow(SQLModel, table=True):
    """Units that a location is to send."""

    __tablename__ = "fulfillment_line"
    fulfillment_id: UUID = Field(sa_column=link_column("fulfillment.id", primary_key=True))
    place: int = Field(
        sa_column=number_column(primary_key=True, nullable=False, autoincrement=False)
    )
    sku: str = Field(sa_column=ref_column())
    quantity: int = Field(sa_column=number_column(nullable=False))
    line_ref: str | None = Field(sa_column=ref_column(nullable=True))


class ShipmentRow(SQLModel, table=True):
    """A parcel."""

    __tablename__ = "shipment"
    __table_args__ = (UniqueConstraint("fulfillment_id", "ref", name="shipment_ref"),)
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    fulfillment_id: UUID = Field(sa_column=link_column("fulfillment.id"))
    ref: str = Field(sa_column=ref_column())
    carrier: str | None = Field(sa_column=text_column(nullable=True))
    service: str | None = Field(sa_column=text_column(nullable=True))
    tracking_number: str | None = Field(sa_column=ref_column(nullable=True))
    tracking_url: str | None = Field(sa_column=text_column(nullable=True))
    shipped_at: datetime | None = Field(sa_column=time_column())
    is_delivered: bool = Field(sa_column=number_column(Boolean, nullable=False))
    delivered_at: datetime | None = Field(sa_column=time_column())


class ShipmentLineRow(SQLModel, table=True):
    """Units in a parcel."""

    __tablename__ = "shipment_line"
    shipment_id: UUID = Field(sa_column=link_column("shipment.id", primary_key=True))
    place: int = Field(
        sa_column=number_column(primary_key=True, nullable=False, autoincrement=False)
    )
    sku: str = Field(sa_column=ref_column())
    quantity: int = Field(sa_column=number_column(nullable=False))
    line_ref: str | None = Field(sa_column=ref_column(nullable=True))
