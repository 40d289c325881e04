"""Sources, their streams and the runs that read them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, Text, Uuid, text
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


class SourceRow(SQLModel, table=True):
    """A configured instance of a connector."""

    __tablename__ = "source"
    id: str = Field(sa_column=ref_column(primary_key=True))
    connector: str = Field(sa_column=text_column())
    title: str = Field(sa_column=text_column())
    roles: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))


class SourceStreamRow(SQLModel, table=True):
    """How far one stream of a source has been read, who reads it, and how it fares.

    `watermark` dates what a delta covers of rows read since `covered_since`; `walked_at` is the
    start of the last complete walk; `walk_*` is the walk under way. `lease_token` fences the
    cursor's writes.
    """

    __tablename__ = "source_stream"
    source_id: str = Field(sa_column=source_column(primary_key=True))
    stream: str = Field(sa_column=text_column(primary_key=True))
    cursor: str | None = Field(sa_column=text_column(nullable=True))
    covered_since: datetime | None = Field(sa_column=time_column())
    watermark: datetime | None = Field(sa_column=time_column())
    walked_at: datetime | None = Field(sa_column=time_column())
    walk_cursor: str | None = Field(sa_column=text_column(nullable=True))
    walk_started_at: datetime | None = Field(sa_column=time_column())
    walk_rows: int = Field(sa_column=number_column(BigInteger, nullable=False, server_default="0"))
    walk_expected: int | None = Field(sa_column=number_column(BigInteger))
    backfilled_at: datetime | None = Field(sa_column=time_column())
    lease_owner: str | None = Field(sa_column=text_column(nullable=True))
    lease_token: int = Field(
        sa_column=number_column(BigInteger, nullable=False, server_default="0")
    )
    lease_until: datetime | None = Field(sa_column=time_column())
    health: str = Field(sa_column=text_column(server_default="UP"))
    health_since: datetime | None = Field(sa_column=time_column())
    health_reason: str | None = Field(sa_column=text_column(nullable=True))


class SourceCredentialRow(SQLModel, table=True):
    """What a source's vendor renews, sealed by its connector; kept before the source is known."""

    __tablename__ = "source_credential"
    source_id: str = Field(sa_column=ref_column(primary_key=True))
    sealed: str = Field(sa_column=text_column())
    kept_at: datetime = Field(sa_column=time_column(nullable=False))


class SyncRunRow(SQLModel, table=True):
    """One backfill, walk or replay that was asked for or is due: who, how far, how it ended."""

    __tablename__ = "sync_run"
    __table_args__ = (Index("sync_run_latest", "source_id", text("started_at DESC")),)
    id: UUID = Field(sa_column=Column(Uuid, primary_key=True))
    source_id: str = Field(sa_column=source_column())
    stream: str = Field(sa_column=text_column())
    kind: str = Field(sa_column=text_column())
    state: str = Field(sa_column=text_column())
    rows: int = Field(sa_column=number_column(BigInteger, nullable=False, server_default="0"))
    expected: int | None = Field(sa_column=number_column(BigInteger))
    started_at: datetime = Field(sa_column=time_column(nullable=False))
    ended_at: datetime | None = Field(sa_column=time_column())
    error: str | None = Field(sa_column=text_column(nullable=True))


class DriftRow(SQLModel, table=True):
    """A record that a reconcile found not to be as its source has it."""

    __tablename__ = "drift"
    run_id: UUID = Field(sa_column=link_column("sync_run.id", primary_key=True))
    ref: str = Field(sa_column=ref_column(primary_key=True))
    kind: str = Field(sa_column=text_column())
    fields: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    found_at: datetime = Field(sa_column=time_column(nullable=False))
