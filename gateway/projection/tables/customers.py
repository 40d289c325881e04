"""Customers as sources know them, and which records are of one. All of it is personal data."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Text,
    UniqueConstraint,
    Uuid,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from gateway.projection.tables.columns import (
    link_column,
    number_column,
    ref_column,
    source_column,
    text_column,
    time_column,
)


class CustomerRecordRow(SQLModel, table=True):
    """What one source says of a customer.

    `customer_id` is the id of the customer's oldest record, so it may be the record's own.
    `needs_linking`: its keys have changed since it was last linked.
    """

    __tablename__ = "customer_record"
    __table_args__ = (
        UniqueConstraint("source_id", "ref", name="customer_record_ref"),
        Index("customer_record_to_link", "id", postgresql_where=text("needs_linking")),
        Index(
            "customer_record_by_name",
            literal_column("lower(name)").label("lowered"),
            postgresql_ops={"lowered": "text_pattern_ops"},
        ),
        Index("customer_record_by_email", "emails", postgresql_using="gin"),
    )
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    source_id: str = Field(sa_column=source_column())
    ref: str = Field(sa_column=ref_column())
    name: str | None = Field(sa_column=text_column(nullable=True))
    emails: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    phones: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    tax_id: str | None = Field(sa_column=text_column(nullable=True))
    observed_at: datetime = Field(sa_column=time_column(nullable=False))
    is_quarantined: bool = Field(
        sa_column=number_column(Boolean, nullable=False, server_default=text("false"))
    )
    gone_at: datetime | None = Field(sa_column=time_column())
    customer_id: UUID = Field(sa_column=Column(Uuid, nullable=False, index=True))
    link_reason: str | None = Field(sa_column=text_column(nullable=True))
    linked_at: datetime | None = Field(sa_column=time_column())
    linked_by: str | None = Field(sa_column=text_column(nullable=True))
    needs_linking: bool = Field(
        sa_column=number_column(Boolean, nullable=False, server_default=text("true"))
    )


class CustomerKeyRow(SQLModel, table=True):
    """A value by which a record may be linked, in its one form."""

    __tablename__ = "customer_key"
    __table_args__ = (Index("customer_key_by_value", "value", "reason"),)
    record_id: UUID = Field(sa_column=link_column("customer_record.id", primary_key=True))
    reason: str = Field(sa_column=ref_column(primary_key=True))
    value: str = Field(sa_column=ref_column(primary_key=True))


class CustomerDecisionRow(SQLModel, table=True):
    """What a person said of two records, the smaller id first: of one customer, or not."""

    __tablename__ = "customer_decision"
    first_id: UUID = Field(sa_column=link_column("customer_record.id", primary_key=True))
    second_id: UUID = Field(
        sa_column=link_column("customer_record.id", primary_key=True, index=True)
    )
    are_one: bool = Field(sa_column=number_column(Boolean, nullable=False))
    decided_by: str = Field(sa_column=text_column())
    decided_at: datetime = Field(sa_column=time_column(nullable=False))
