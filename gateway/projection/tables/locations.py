"""Locations, what sources call them, and the groups that sell together."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Column, Double, Uuid, text
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


class LocationRow(SQLModel, table=True):
    """A place with stock; `stock_source_id` is the authority over it."""

    __tablename__ = "location"
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    code: str = Field(sa_column=ref_column(unique=True))
    name: str | None = Field(sa_column=text_column(nullable=True))
    kind: str = Field(sa_column=text_column())
    owner: str | None = Field(sa_column=text_column(nullable=True))
    address: dict[str, Any] | None = Field(sa_column=Column(JSONB, nullable=True))
    latitude: float | None = Field(sa_column=number_column(Double))
    longitude: float | None = Field(sa_column=number_column(Double))
    time_zone: str = Field(sa_column=text_column(server_default="America/Sao_Paulo"))
    pickup: bool = Field(
        sa_column=number_column(Boolean, nullable=False, server_default=text("false"))
    )
    shipping: bool = Field(
        sa_column=number_column(Boolean, nullable=False, server_default=text("true"))
    )
    daily_capacity: int | None = Field(sa_column=number_column())
    is_active: bool = Field(sa_column=number_column(Boolean, nullable=False))
    stock_source_id: str | None = Field(sa_column=source_column(nullable=True))
    observed_at: datetime = Field(sa_column=time_column(nullable=False))


class LocationRefRow(SQLModel, table=True):
    """A source's id of a location."""

    __tablename__ = "location_ref"
    source_id: str = Field(sa_column=source_column(primary_key=True))
    external_id: str = Field(sa_column=ref_column(primary_key=True))
    location_id: UUID = Field(sa_column=link_column("location.id", index=True))


class LocationGroupRow(SQLModel, table=True):
    """Locations that sell together; `threshold` units are kept back from their sum."""

    __tablename__ = "location_group"
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    code: str = Field(sa_column=ref_column(unique=True))
    name: str = Field(sa_column=text_column())
    threshold: int = Field(sa_column=number_column(nullable=False, server_default="0"))
    is_default: bool = Field(sa_column=number_column(Boolean, nullable=False))


class LocationGroupMemberRow(SQLModel, table=True):
    """A location's place in a group."""

    __tablename__ = "location_group_member"
    group_id: UUID = Field(sa_column=link_column("location_group.id", primary_key=True))
    location_id: UUID = Field(sa_column=link_column("location.id", primary_key=True, index=True))
