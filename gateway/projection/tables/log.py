"""The event log."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, LargeBinary, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from gateway.projection.tables.columns import (
    EVENT_ID,
    TransactionId,
    number_column,
    text_column,
    time_column,
)


class EventRow(SQLModel, table=True):
    """One entry of the log: what changed of which aggregate, for whom; no personal data.

    Written after the state row in one transaction: the transaction's id exists before the event's
    id is drawn, and it is drawn under the aggregate's lock.
    """

    __tablename__ = "event"
    __table_args__ = (
        UniqueConstraint("aggregate_id", "aggregate_version", name="event_of_aggregate"),
    )
    id: int = Field(
        sa_column=Column(
            BigInteger, EVENT_ID, server_default=EVENT_ID.next_value(), primary_key=True
        )
    )
    type: str = Field(sa_column=text_column())
    aggregate: str = Field(sa_column=text_column())
    aggregate_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    aggregate_version: int = Field(sa_column=number_column(BigInteger, nullable=False))
    changed: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    audience: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    occurred_at: datetime = Field(sa_column=time_column(nullable=False))
    recorded_at: datetime = Field(
        sa_column=time_column(nullable=False, server_default=text("clock_timestamp()"))
    )
    transaction_id: int = Field(
        sa_column=Column(TransactionId, nullable=False, server_default=text("pg_current_xact_id()"))
    )


class LogRow(SQLModel, table=True):
    """The identity of this log, so that a cursor of another one is refused; its only row.

    `key` seals cursors; entries up to `forgotten_to` are no longer kept.
    """

    __tablename__ = "log"
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    forgotten_to: int = Field(
        sa_column=number_column(BigInteger, nullable=False, server_default="0")
    )
