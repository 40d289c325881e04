"""Positions: a SKU at a location."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from gateway.projection.tables.columns import link_column, number_column, source_column, time_column


class PositionRow(SQLModel, table=True):
    """A SKU at a location: the source's facts, our promises, and when they were observed.

    `sequence` grows with every change of a fact: the position's own compacted log.
    `is_quarantined` is of the version before, and read no more: the quarantine says it. It goes
    once that version cannot run beside this one (docs/decisions/projection-and-freshness.md).
    """

    __tablename__ = "position"
    __table_args__ = (
        CheckConstraint("held >= 0", name="held_not_negative"),
        CheckConstraint("allocated >= 0", name="allocated_not_negative"),
        Index("position_by_source", "source_id", "observed_at"),
        Index("position_by_sequence", "sequence"),
    )
    sku: str = Field(
        sa_column=Column(Text(collation="C"), ForeignKey("item.sku"), primary_key=True)
    )
    location_id: UUID = Field(sa_column=link_column("location.id", primary_key=True))
    source_id: str = Field(sa_column=source_column())
    on_hand: int | None = Field(sa_column=number_column())
    committed: int | None = Field(sa_column=number_column())
    safety_stock: int | None = Field(sa_column=number_column())
    incoming: list[Any] = Field(
        sa_column=Column(JSONB, nullable=False, server_default=text("'[]'::jsonb"))
    )
    held: int = Field(sa_column=number_column(nullable=False, server_default="0"))
    allocated: int = Field(sa_column=number_column(nullable=False, server_default="0"))
    version: int | None = Field(sa_column=number_column(BigInteger))
    observed_at: datetime = Field(sa_column=time_column(nullable=False))
    is_quarantined: bool = Field(
        sa_column=number_column(Boolean, nullable=False, server_default=text("false"))
    )
    sequence: int = Field(sa_column=number_column(BigInteger, nullable=False))
