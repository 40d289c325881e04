"""The retailer's SKUs and what sources call them."""

from sqlalchemy import Column, ForeignKey, Text
from sqlmodel import Field, SQLModel

from gateway.projection.tables.columns import number_column, ref_column, source_column, text_column


class ItemRow(SQLModel, table=True):
    """A SKU of the retailer."""

    __tablename__ = "item"
    sku: str = Field(sa_column=ref_column(primary_key=True))
    title: str | None = Field(sa_column=text_column(nullable=True))


class ItemRefRow(SQLModel, table=True):
    """A source's item id, the SKU that it is, and how many stock units one of it counts."""

    __tablename__ = "item_ref"
    source_id: str = Field(sa_column=source_column(primary_key=True))
    external_id: str = Field(sa_column=ref_column(primary_key=True))
    sku: str = Field(
        sa_column=Column(Text(collation="C"), ForeignKey("item.sku"), nullable=False, index=True)
    )
    units_per: int = Field(sa_column=number_column(nullable=False, server_default="1"))
    origin: str = Field(sa_column=text_column())
