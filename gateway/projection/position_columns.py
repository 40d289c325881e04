"""Positions in columns: of 400 in an answer none is an object, unless somebody wants it."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from gateway.engine.columns import Columns, Table
from gateway.model.stock import all_available_to_promise


class Age(msgspec.Struct, frozen=True, gc=False):
    """Who said something of positions, when it was read, and as of when it is true."""

    source_id: str
    observed_at: datetime
    is_quarantined: bool
    as_of: datetime


class Position(msgspec.Struct, frozen=True, gc=False):
    """What is known of a SKU at a location, in whole stock units, and of when it is true.

    `incoming` is the sum of what is to come, `next_on` the first day of it.
    """

    location_id: UUID
    source_id: str
    on_hand: int | None
    committed: int | None
    safety_stock: int | None
    held: int
    allocated: int
    incoming: int
    next_on: date | None
    observed_at: datetime
    is_quarantined: bool
    as_of: datetime

    @property
    def age(self) -> Age:
        """How old it is, and who said so."""
        return Age(self.source_id, self.observed_at, self.is_quarantined, self.as_of)


class PositionTable(Table[Position]):
    """Positions of SKUs that were read together.

    `ages` has the age of all of them, where they have it in common.
    """

    __slots__ = ("_columns", "ages")

    def __init__(
        self,
        location_id: Sequence[UUID],
        on_hand: Sequence[int | None],
        committed: Sequence[int | None],
        safety_stock: Sequence[int | None],
        held: Sequence[int],
        allocated: Sequence[int],
        incoming: Sequence[int],
        next_on: Sequence[date | None],
        age: Sequence[Age],
    ) -> None:
        promised = all_available_to_promise(on_hand, committed, safety_stock, held, allocated)
        self._columns: dict[str, Sequence[Any]] = {
            "location_id": location_id,
            "on_hand": on_hand,
            "committed": committed,
            "safety_stock": safety_stock,
            "held": held,
            "allocated": allocated,
            "incoming": incoming,
            "next_on": next_on,
            "age": age,
            "available_to_promise": promised,
        }
        self.ages = (age[0],) if age and age.count(age[0]) == len(age) else ()

    def column(self, name: str) -> Sequence[Any]:
        """Answer an attribute of each: most are there; so is what may be promised from each."""
        found = self._columns.get(name)
        if found is None:
            return [getattr(each, name) for each in self.items(0, len(self._columns["age"]))]
        return found

    def items(self, start: int, stop: int) -> Iterable[Position]:
        """Make positions."""
        return map(_position, *self.parts(start, stop))

    def parts(self, start: int, stop: int) -> list[Any]:
        """Answer some rows of each column that a table is made of."""
        return [self._columns[name][start:stop] for name in _OWN]

    def of(self, start: int, stop: int) -> "Positions":
        """Answer the positions of one SKU."""
        if self.ages:
            return Positions(self, start, stop, self.ages)
        ages = {id(each): each for each in self._columns["age"][start:stop]}
        return Positions(self, start, stop, tuple(ages.values()))


class Positions(Columns[Position]):
    """The positions of a SKU; `ages` are those that they have, most have one."""

    __slots__ = ("ages", "read")

    def __init__(self, read: PositionTable, start: int, stop: int, ages: Sequence[Age]) -> None:
        self.table = self.read = read
        self.start = start
        self.stop = stop
        self.ages = ages

    @classmethod
    def of(cls, rows: Iterable[Position]) -> "Positions":
        """Answer positions in columns."""
        rows = tuple(rows)
        ages = {each.age: each.age for each in rows}
        told: list[Any] = [tuple([getattr(each, name) for each in rows]) for name in _OWN]
        told[-1] = tuple([ages[each] for each in told[-1]])
        return PositionTable(*told).of(0, len(rows))

    def apart(self) -> "Positions":
        """Answer the same, without what was read together with them."""
        if len(self) == len(self.read.column("age")):
            return self
        return self.aged(self.ages)

    def aged(self, ages: Sequence[Age]) -> "Positions":
        """Answer the same positions of other ages, which stand for theirs one by one."""
        told = self.read.parts(self.start, self.stop)
        other = dict(zip(map(id, self.ages), ages, strict=True))
        told[-1] = tuple([other[id(each)] for each in told[-1]])
        return Positions(PositionTable(*told), 0, len(self), ages)


def _position(
    location_id: UUID,
    on_hand: int | None,
    committed: int | None,
    safety_stock: int | None,
    held: int,
    allocated: int,
    incoming: int,
    next_on: date | None,
    age: Age,
) -> Position:
    return Position(
        location_id, age.source_id, on_hand, committed, safety_stock, held, allocated, incoming,
        next_on, age.observed_at, age.is_quarantined, age.as_of,
    )  # fmt: skip


_OWN = (
    "location_id", "on_hand", "committed", "safety_stock", "held", "allocated", "incoming",
    "next_on", "age",
)  # fmt: skip
NO_POSITIONS = Positions.of(())
