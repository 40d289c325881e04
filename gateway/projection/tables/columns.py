"""The kinds of columns that the tables are made of."""

from typing import Any

from sqlalchemy import Column, DateTime, ForeignKey, Integer, Sequence, Text, Uuid
from sqlalchemy.types import UserDefinedType
from sqlmodel import SQLModel

EVENT_ID = Sequence("event_id", metadata=SQLModel.metadata, cache=1)
POSITION_SEQUENCE = Sequence("position_sequence", metadata=SQLModel.metadata, cache=1)


class TransactionId(UserDefinedType[int]):
    """Postgres's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


def ref_column(**options: Any) -> Any:
    return Column(Text(collation="C"), **{"nullable": False, **options})


def text_column(**options: Any) -> Any:
    return Column(Text, **{"nullable": False, **options})


def time_column(**options: Any) -> Any:
    return Column(DateTime(timezone=True), **{"nullable": True, **options})


def source_column(**options: Any) -> Any:
    return Column(Text(collation="C"), ForeignKey("source.id"), **{"nullable": False, **options})


def link_column(target: str, **options: Any) -> Any:
    cascade = ForeignKey(target, ondelete="CASCADE")
    return Column(Uuid, cascade, **{"nullable": False, **options})


def number_column(kind: Any = Integer, **options: Any) -> Any:
    return Column(kind, **{"nullable": True, **options})
