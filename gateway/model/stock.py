"""Stock: what a source observed at a position, and what may be promised from it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class AvailabilityStatus(StrEnum):
    """What a shopper may be told of a SKU."""

    IN_STOCK = "IN_STOCK"
    LOW_STOCK = "LOW_STOCK"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    BACKORDER = "BACKORDER"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class Incoming:
    """Units on their way, in whole stock units."""

    quantity: int
    expected_on: date | None


@dataclass(frozen=True, slots=True)
class PositionRef:
    """A position in a source's own words: its item's id and its location's id."""

    item: str
    location: str


@dataclass(frozen=True, slots=True)
class StockRecord:
    """What one source says of one position, in the item's own units.

    `version` is set only where the manifest calls it monotonic; otherwise `observed_at`
    (the read's start) orders observations. None is unknown, 0 is none.
    """

    position: PositionRef
    observed_at: datetime
    on_hand: int | None
    committed: int | None = None
    safety_stock: int | None = None
    incoming: tuple[Incoming, ...] = ()
    version: int | None = None


def available_to_promise(
    on_hand: int | None,
    committed: int | None,
    safety_stock: int | None,
    held: int,
    allocated_unseen: int,
) -> int | None:
    """Answer what may still be promised from a position; None when on hand is unknown.

    A source without the notion of commitments or safety stock counts as having none.
    """
    if on_hand is None:
        return None
    left = on_hand - (committed or 0) - (safety_stock or 0) - held - allocated_unseen
    return left if left > 0 else 0


def all_available_to_promise(
    on_hand: Sequence[int | None],
    committed: Sequence[int | None],
    safety_stock: Sequence[int | None],
    held: Sequence[int],
    allocated: Sequence[int],
) -> list[int | None]:
    """Answer `available_to_promise` of each of many positions, at once where nothing is taken."""
    if any(map(any, (committed, safety_stock, held, allocated))):
        return [*map(available_to_promise, on_hand, committed, safety_stock, held, allocated)]
    return [0 if units is not None and units < 0 else units for units in on_hand]


def available_to_sell(promisable: Iterable[int | None], threshold: int = 0) -> int | None:
    """Sum what known locations may sell, less the group's threshold; None when none is known."""
    known = [quantity for quantity in promisable if quantity is not None]
    return max(0, sum(known) - threshold) if known else None


def availability_status(
    sellable: int | None, *, is_complete: bool, low_at_most: int
) -> AvailabilityStatus:
    """Name a sellable quantity: out of stock only when the sum is complete and 0."""
    if sellable is None or (sellable == 0 and not is_complete):
        return AvailabilityStatus.UNKNOWN
    if sellable == 0:
        return AvailabilityStatus.OUT_OF_STOCK
    low = sellable <= low_at_most and is_complete
    return AvailabilityStatus.LOW_STOCK if low else AvailabilityStatus.IN_STOCK
