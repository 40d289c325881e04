"""Endpoints of partners, what is to be delivered to them, and what came of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from gateway.projection.tables.columns import (
    link_column,
    number_column,
    ref_column,
    text_column,
    time_column,
)


class WebhookEndpointRow(SQLModel, table=True):
    """Where a principal wants its events to be sent.

    The log was read for it up to `position`. `failing_since` and `dead_in_row` tell of what has
    failed since the last delivery that was taken; `held_until` is until when it asked to be left
    alone. `missed_*`: what the log had forgotten before it was read for this endpoint.
    """

    __tablename__ = "webhook_endpoint"
    __table_args__ = (Index("webhook_endpoint_by_owner", "owner", "id"),)
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    owner: str = Field(sa_column=ref_column())
    url: str = Field(sa_column=text_column())
    description: str | None = Field(sa_column=text_column(nullable=True))
    types: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    channels: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    secret: str = Field(sa_column=text_column())
    previous_secret: str | None = Field(sa_column=text_column(nullable=True))
    previous_until: datetime | None = Field(sa_column=time_column())
    position: int = Field(sa_column=number_column(BigInteger, nullable=False))
    state: str = Field(sa_column=text_column(server_default="ACTIVE"))
    pause_reason: str | None = Field(sa_column=text_column(nullable=True))
    paused_at: datetime | None = Field(sa_column=time_column())
    failing_since: datetime | None = Field(sa_column=time_column())
    dead_in_row: int = Field(sa_column=number_column(nullable=False, server_default="0"))
    held_until: datetime | None = Field(sa_column=time_column())
    missed_after: int | None = Field(sa_column=number_column(BigInteger))
    missed_to: int | None = Field(sa_column=number_column(BigInteger))
    missed_at: datetime | None = Field(sa_column=time_column())
    created_at: datetime = Field(sa_column=time_column(nullable=False))


class WebhookDeliveryRow(SQLModel, table=True):
    """An event that is to reach an endpoint; its id follows from the two, and is the message's.

    `tries` counts since it was last asked for, `attempts` all of them; `claim` is whose turn it is
    until `claimed_until`.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "position", name="webhook_delivery_of_event"),
        Index(
            "webhook_delivery_next", "endpoint_id", "position",
            postgresql_where=text("state = 'WAITING'"),
        ),
        Index(
            "webhook_delivery_claimed", "endpoint_id",
            postgresql_where=text("claim IS NOT NULL"),
        ),
        Index(
            "webhook_delivery_waiting", "endpoint_id", "order_id", "position",
            postgresql_where=text("state = 'WAITING'"),
        ),
        Index(
            "webhook_delivery_due", "due_at", postgresql_where=text("state = 'WAITING'"),
        ),
        Index(
            "webhook_delivery_finished", "finished_at",
            postgresql_where=text("finished_at IS NOT NULL"),
        ),
    )  # fmt: skip
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    endpoint_id: UUID = Field(sa_column=link_column("webhook_endpoint.id"))
    position: int = Field(sa_column=number_column(BigInteger, nullable=False))
    type: str = Field(sa_column=text_column())
    order_id: UUID = Field(sa_column=Column(Uuid, nullable=False))
    version: int = Field(sa_column=number_column(BigInteger, nullable=False))
    changed: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    audience: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    occurred_at: datetime = Field(sa_column=time_column(nullable=False))
    state: str = Field(sa_column=text_column(server_default="WAITING"))
    attempts: int = Field(sa_column=number_column(nullable=False, server_default="0"))
    tries: int = Field(sa_column=number_column(nullable=False, server_default="0"))
    due_at: datetime = Field(sa_column=time_column(nullable=False))
    claim: UUID | None = Field(sa_column=Column(Uuid, nullable=True))
    claimed_until: datetime | None = Field(sa_column=time_column())
    created_at: datetime = Field(sa_column=time_column(nullable=False))
    finished_at: datetime | None = Field(sa_column=time_column())


class WebhookAttemptRow(SQLModel, table=True):
    """One request that was sent for a delivery, and what came back."""

    __tablename__ = "webhook_attempt"
    delivery_id: UUID = Field(sa_column=link_column("webhook_delivery.id", primary_key=True))
    number: int = Field(sa_column=number_column(nullable=False, primary_key=True))
    started_at: datetime = Field(sa_column=time_column(nullable=False))
    milliseconds: int = Field(sa_column=number_column(nullable=False))
    status: int | None = Field(sa_column=number_column())
    error: str | None = Field(sa_column=text_column(nullable=True))
    glimpse: str | None = Field(sa_column=text_column(nullable=True))
