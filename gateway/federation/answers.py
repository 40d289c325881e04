"""What federation answers: facts, each with its age and where it came from."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, Protocol, TypeAlias
from uuid import UUID

import msgspec

from gateway.engine.columns import Columns, Table
from gateway.federation.freshness import ServedFrom
from gateway.model.stock import AvailabilityStatus
from gateway.projection.position_columns import NO_POSITIONS, Position


class Row(Protocol):
    """A row of the projection, by column."""

    def keys(self) -> Iterable[str]: ...

    def __contains__(self, name: object, /) -> bool: ...

    def __getitem__(self, name: str, /) -> Any: ...


class Dated(msgspec.Struct, frozen=True, gc=False):
    """How old facts are and where they came from; all None when they were never read.

    There may be as many as positions in an answer, so it is of the structs that are made fastest.
    """

    as_of: datetime | None
    source_id: str | None
    served_from: ServedFrom | None
    is_stale: bool


NEVER_READ = Dated(None, None, None, is_stale=True)


class PositionAnswer(msgspec.Struct, frozen=True, gc=False):
    """A position's quantities, in whole stock units."""

    location_id: UUID
    on_hand: int | None
    committed: int | None
    held: int
    allocated: int
    safety_stock: int | None
    incoming: int
    available_to_promise: int | None
    dated: Dated


class AnswerTable(Table[PositionAnswer]):
    """Positions as they were read, and how old each is; no more may be promised than the cap."""

    __slots__ = ("_capped", "_positions", "_told")

    def __init__(
        self, positions: Table[Position], dated: Sequence[Dated], cap: int | None = None
    ) -> None:
        self._positions = positions
        self._told: dict[str, Sequence[Any]] = {"dated": dated}
        if cap is not None:
            self._told["available_to_promise"] = [
                cap if units is not None and units > cap else units
                for units in positions.column("available_to_promise")
            ]
        self._capped: dict[int, AnswerTable] = {}

    def column(self, name: str) -> Sequence[Any]:
        """Answer an attribute of each."""
        told = self._told.get(name)
        return self._positions.column(name) if told is None else told

    def items(self, start: int, stop: int) -> Iterable[PositionAnswer]:
        """Make positions."""
        columns = [self.column(name)[start:stop] for name in PositionAnswer.__struct_fields__]
        return map(PositionAnswer, *columns)

    def capped(self, cap: int) -> "AnswerTable":
        """Answer the same for a caller that is shown no more than so many units."""
        found = self._capped.get(cap)
        if found is None:
            found = self._capped[cap] = AnswerTable(self._positions, self._told["dated"], cap)
        return found


class PositionAnswers(Columns[PositionAnswer]):
    """The positions of an answer."""

    __slots__ = ("_answers",)

    def __init__(self, answers: AnswerTable, start: int, stop: int) -> None:
        self.table = self._answers = answers
        self.start = start
        self.stop = stop

    def capped(self, cap: int) -> "PositionAnswers":
        """Answer the same for a caller that is shown no more than so many units."""
        return PositionAnswers(self._answers.capped(cap), self.start, self.stop)


NONE_KNOWN = PositionAnswers(AnswerTable(NO_POSITIONS.read, ()), 0, 0)


@dataclass(frozen=True, slots=True)
class AvailabilityAnswer:
    """What may be sold of a SKU; `failure` says why there is no number where none may be served.

    `shown` is what a reader has made of it, by what else that depends on: gone when it is.
    """

    sku: str
    status: AvailabilityStatus
    status_reason: str | None
    available_to_sell: int | None
    is_complete: bool
    next_available_on: date | None
    positions: PositionAnswers
    dated: Dated
    failure: Exception | None = None
    shown: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)


class OrderPart(NamedTuple):
    """What a source's stream says of an order; `refs` are what to ask it for, if it can be asked.

    `as_of` is None where the source was never read; `known` counts the records that it told of.
    """

    source_id: str
    stream: str
    refs: tuple[str, ...]
    as_of: datetime | None
    known: int = 0


@dataclass(frozen=True, slots=True)
class CustomerAnswer:
    """A customer: the records of it that the caller may see, the newest first."""

    id: UUID
    records: tuple[Row, ...]
    max_age: timedelta

    @property
    def name(self) -> str | None:
        """The newest name."""
        return next((row["name"] for row in self.records if row["name"]), None)

    @property
    def tax_id(self) -> str | None:
        """The newest tax id."""
        return next((row["tax_id"] for row in self.records if row["tax_id"]), None)

    @property
    def emails(self) -> list[str]:
        """Every address, once."""
        return list(dict.fromkeys(each for row in self.records for each in row["emails"]))

    @property
    def phones(self) -> list[str]:
        """Every number, once."""
        return list(dict.fromkeys(each for row in self.records for each in row["phones"]))


# Customers by the record that bought.
Buyers: TypeAlias = Mapping[UUID, CustomerAnswer | None]


class Along(msgspec.Struct, frozen=True):
    """What was read along with an order, so that it is not read again; None is unread.

    `told` are the rows that its sources said again: they may not be dated yet.
    Work has its lines and parcels, and parcels their lines, each under its name.
    """

    invoices: Sequence[Row] | None = None
    work: Sequence[Row] | None = None
    buyers: Buyers = msgspec.field(default_factory=dict)
    told: frozenset[UUID] = frozenset()


NOTHING_ALONG = Along()


class OrderAnswer(msgspec.Struct, frozen=True):
    """An order's row, its channel's name, and what was read at sources for this answer.

    `just_read` names the (source, stream) pairs that were read for this very answer; `parts` are
    how old each is, where that was read along.
    """

    row: Row
    channel_name: str
    max_age: timedelta
    just_read: frozenset[tuple[str, str]] = frozenset()
    parts: tuple[OrderPart, ...] | None = None
    along: Along = NOTHING_ALONG
