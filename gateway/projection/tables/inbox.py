"""What arrived and is not yet applied, or could not be."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, LargeBinary, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from gateway.projection.tables.columns import (
    number_column,
    ref_column,
    source_column,
    text_column,
    time_column,
)


class InboxRow(SQLModel, table=True):
    """A delivery as it arrived: durable before it is acknowledged, applied after."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("source_id", "delivery_id", name="inbox_delivery"),
        Index(
            "inbox_unapplied", "source_id", "received_at",
            postgresql_where=text("applied_at IS NULL"),
        ),
    )  # fmt: skip
    id: int | None = Field(sa_column=number_column(BigInteger, primary_key=True, nullable=False))
    source_id: str = Field(sa_column=source_column())
    delivery_id: str = Field(sa_column=ref_column())
    url: str = Field(sa_column=text_column())
    headers: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    received_at: datetime = Field(sa_column=time_column(nullable=False))
    applied_at: datetime | None = Field(sa_column=time_column())
    attempts: int = Field(sa_column=number_column(nullable=False, server_default="0"))
    error: str | None = Field(sa_column=text_column(nullable=True))
    retry_at: datetime | None = Field(sa_column=time_column())


class QuarantineRow(SQLModel, table=True):
    """A record that could not be mapped, kept whole until it can.

    `missing` is the external id that has no mapping yet; `ask` names the record at the source.
    While it waits, a record of stock marks its `sku`, and draws a number of the positions' sequence
    whenever it begins to, or ends.
    """

    __tablename__ = "quarantine"
    __table_args__ = (
        Index(
            "quarantine_open", "source_id", "stream", "ref",
            unique=True, postgresql_where=text("resolved_at IS NULL"),
        ),
        Index(
            "quarantine_of_sku", "sku", "resolved_at", postgresql_where=text("sku IS NOT NULL")
        ),
        Index(
            "quarantine_by_sequence", "sequence", postgresql_where=text("sequence IS NOT NULL")
        ),
    )  # fmt: skip
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    source_id: str = Field(sa_column=source_column())
    stream: str = Field(sa_column=text_column())
    ref: str = Field(sa_column=ref_column())
    raw: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    code: str = Field(sa_column=text_column())
    path: str = Field(sa_column=text_column())
    message: str = Field(sa_column=text_column())
    missing: str | None = Field(sa_column=ref_column(nullable=True))
    ask: dict[str, str] = Field(sa_column=Column(JSONB, nullable=False))
    attempts: int = Field(sa_column=number_column(nullable=False, server_default="1"))
    first_seen_at: datetime = Field(sa_column=time_column(nullable=False))
    last_seen_at: datetime = Field(sa_column=time_column(nullable=False))
    resolved_at: datetime | None = Field(sa_column=time_column())
    sku: str | None = Field(sa_column=ref_column(nullable=True))
    sequence: int | None = Field(sa_column=number_column(BigInteger))
