"""Which orders are asked for, and their rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from gateway.federation.answers import Row
from gateway.projection.orders import read
from gateway.projection.orders.reach import Within

Name: TypeAlias = "UUID | tuple[str, str] | str | None"


@dataclass(frozen=True, slots=True)
class OrderKey:
    """Which order: by our id, by the channel and its id, or by number."""

    id: UUID | None = None
    channel_ref: tuple[str, str] | None = None
    number: str | None = None

    @property
    def name(self) -> Name:
        """What it is looked for by."""
        return self.id or self.channel_ref or self.number


async def find_rows(within: Within, keys: Sequence[OrderKey]) -> dict[Name, Sequence[Row]]:
    """Answer the rows that each key names, by what it names them by."""
    ids = [key.id for key in keys if key.id is not None]
    refs = [key.channel_ref for key in keys if key.channel_ref is not None]
    numbers = [key.number for key in keys if key.number is not None]
    found: dict[Name, Sequence[Row]] = {}
    if ids:
        found |= _each_alone(await read.load_orders(within, ids))
    if refs:
        found |= _each_alone(await read.find_by_ref(within, refs))
    if numbers:
        found.update(await read.find_by_number(within, numbers))
    return found


def _each_alone(rows: Mapping[Any, Row]) -> dict[Name, Sequence[Row]]:
    return {key: (row,) for key, row in rows.items()}
