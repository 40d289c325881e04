"""Tickets of event streams."""

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from gateway.projection.tables.columns import time_column


class StreamTicketRow(SQLModel, table=True):
    """A ticket by its SHA-256, and what it is for; gone once it is good for nothing.

    `valid_until` is the end of the time that it waits for its use and, once it is used, of the time
    in which its reader may come back: `resumable_until`.
    """

    __tablename__ = "stream_ticket"
    __table_args__ = (Index("stream_ticket_valid_until", "valid_until"),)
    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    valid_until: datetime = Field(sa_column=time_column(nullable=False))
    resumable_until: datetime = Field(sa_column=time_column(nullable=False))
    used_at: datetime | None = Field(sa_column=time_column())
