"""Keys by which a caller may send a mutation again."""

from datetime import datetime

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from gateway.projection.tables.columns import ref_column, time_column


class IdempotencyKeyRow(SQLModel, table=True):
    """A key that a caller has used for a mutation, with the SHA-256 of its request."""

    __tablename__ = "idempotency_key"
    principal: str = Field(sa_column=ref_column(primary_key=True))
    mutation: str = Field(sa_column=ref_column(primary_key=True))
    key: str = Field(sa_column=ref_column(primary_key=True))
    request_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    used_at: datetime = Field(sa_column=time_column(nullable=False))
