"""What channels were told."""

from datetime import datetime

from sqlalchemy import Boolean, Column, ForeignKey, Index, Text, text
from sqlmodel import Field, SQLModel

from gateway.projection.tables.columns import (
    number_column,
    ref_column,
    source_column,
    text_column,
    time_column,
)


class ChannelStockRow(SQLModel, table=True):
    """What a channel was last told of an item at its own location, and what it waits to be told.

    `waiting_since` is the first change that it was not told of; `due_at` is when it is looked at
    next. `is_unconfirmed` from before it is told until it has answered: what it has is not certain.
    """

    __tablename__ = "channel_stock"
    __table_args__ = (
        Index("channel_stock_due", "source_id", "location", "due_at"),
        Index("channel_stock_of_sku", "sku"),
    )
    source_id: str = Field(sa_column=source_column(primary_key=True))
    location: str = Field(sa_column=ref_column(primary_key=True))
    item: str = Field(sa_column=ref_column(primary_key=True))
    sku: str = Field(sa_column=Column(Text(collation="C"), ForeignKey("item.sku"), nullable=False))
    units_per: int = Field(sa_column=number_column(nullable=False, server_default="1"))
    quantity: int | None = Field(sa_column=number_column())
    as_of: datetime | None = Field(sa_column=time_column())
    told_at: datetime | None = Field(sa_column=time_column())
    is_unconfirmed: bool = Field(
        sa_column=number_column(Boolean, nullable=False, server_default=text("false"))
    )
    waiting_since: datetime | None = Field(sa_column=time_column())
    due_at: datetime | None = Field(sa_column=time_column())
    attempts: int = Field(sa_column=number_column(nullable=False, server_default="0"))
    failure: str | None = Field(sa_column=text_column(nullable=True))
    failed_at: datetime | None = Field(sa_column=time_column())
    unknown_since: datetime | None = Field(sa_column=time_column())
