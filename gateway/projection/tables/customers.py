"""Customers. All of it is personal data."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from gateway.projection.tables.columns import (
    link_column,
    ref_column,
    source_column,
    text_column,
    time_column,
)


class CustomerRow(SQLModel, table=True):
    """A person or company that buys. All of it is personal data."""

    __tablename__ = "customer"
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    name: str | None = Field(sa_column=text_column(nullable=True))
    emails: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    phones: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    tax_id: str | None = Field(sa_column=text_column(nullable=True))
    observed_at: datetime = Field(sa_column=time_column(nullable=False))


class CustomerRefRow(SQLModel, table=True):
    """A source's id of a customer."""

    __tablename__ = "customer_ref"
    source_id: str = Field(sa_column=source_column(primary_key=True))
    external_id: str = Field(sa_column=ref_column(primary_key=True))
    customer_id: UUID = Field(sa_column=link_column("customer.id", index=True))
