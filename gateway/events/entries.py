"""What a reader of the log gets."""

from dataclasses import dataclass

from gateway.projection.events import LoggedEvent


@dataclass(frozen=True, slots=True)
class Entry:
    """An event at its place in the log; without an event it is a checkpoint: nothing up to here."""

    position: int
    event: LoggedEvent | None = None


@dataclass(frozen=True, slots=True)
class EventPage:
    """Entries in order, how far the log was read for them, and whether there is more by now."""

    entries: tuple[Entry, ...]
    read_to: int
    has_more: bool


@dataclass(frozen=True, slots=True)
class StockEntry:
    """SKUs whose availability may have changed up to a place; none of them is a checkpoint."""

    position: int
    skus: tuple[str, ...] = ()
