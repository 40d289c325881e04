"""Reads a row of a list as a record, or says why it cannot."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from msgspec import Raw

from connectors.square import wire
from gateway.connect.decoding import decode
from gateway.connect.errors import ContractError
from gateway.connect.records import Mapped, Unmappable

W = TypeVar("W")
T = TypeVar("T")


def read_row(
    raw: Raw, kind: type[W], map_row: Callable[[W, datetime], T], observed_at: datetime
) -> Mapped[T] | Unmappable:
    """Answer a row in the model's terms, with its bytes."""
    try:
        return Mapped(map_row(decode(raw, kind), observed_at), bytes(raw))
    except ContractError as error:
        return Unmappable(id_of(raw), bytes(raw), error)


def id_of(raw: Raw) -> str | None:
    """Answer a row's id, if that can be read."""
    try:
        return decode(raw, wire.Ident).id
    except ContractError:
        return None
