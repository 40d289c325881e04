"""What each location has in stock of each variation: the last count, and what was sold since.

Square orders both by when they occurred, not by when they came: a count takes in what was sold
before it, and a count that is older than the last one changes nothing. What occurred at the same
time is taken in the order in which it came, which Square leaves open.
https://developer.squareup.com/docs/inventory-api/how-it-works (2026-11)
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.square.sandbox.catalogue import Catalogue
from connectors.square.sandbox.forms import Record
from connectors.square.sandbox.records import Quantity, count_record
from gateway.connect.testing.dataset import DataStock

Place = tuple[str, str]
_COUNTED = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Tally:
    """A count, and what was sold since, each with when it occurred.

    `at` is when the last change came, `changes` how many there were.
    """

    counted: int
    counted_at: datetime
    at: datetime
    changes: int
    sold: tuple[tuple[datetime, int], ...] = ()

    @property
    def on_hand(self) -> int:
        """What is left; below 0 when more was sold than was counted."""
        return self.counted - sum(units for _, units in self.sold)


class Counts:
    """The counts of one account."""

    def __init__(self) -> None:
        self._known: dict[Place, Tally] = {}

    def count(self, place: Place, on_hand: int, occurred_at: datetime, at: datetime) -> None:
        """Count a variation anew, as it was at a moment."""
        known = self._known.get(place)
        if known is not None and occurred_at < known.counted_at:
            return
        sold, changes = (known.sold, known.changes) if known is not None else ((), 0)
        later = tuple(each for each in sold if each[0] > occurred_at)
        self._known[place] = Tally(on_hand, occurred_at, at, changes + 1, later)

    def sell(self, place: Place, units: int, occurred_at: datetime, at: datetime) -> bool:
        """Take what was sold; answer whether the variation is counted here at all."""
        known = self._known.get(place)
        if known is None:
            return False
        if occurred_at >= known.counted_at:
            sold = (*known.sold, (occurred_at, units))
            self._known[place] = replace(known, at=at, changes=known.changes + 1, sold=sold)
        return True

    def drop(self, place: Place) -> None:
        """Count a variation no more."""
        self._known.pop(place, None)

    def get(self, place: Place) -> Tally | None:
        """Answer what is known of a variation at a location."""
        return self._known.get(place)

    def record(self, place: Place) -> Record:
        """Answer a count."""
        tally = self._known[place]
        return count_record(*place, Quantity(tally.on_hand, tally.at))

    def newest_first(self, place: Place) -> tuple[float, str]:
        """Answer the key that counts are listed by."""
        return -self._known[place].at.timestamp(), "|".join(place)

    def find(
        self, objects: list[str] | None, locations: list[str] | None, after: datetime | None
    ) -> list[Place]:
        """Answer the counts that fit."""
        return [
            place
            for place, tally in self._among(objects, locations)
            if after is None or tally.at > after
        ]

    def _among(
        self, objects: list[str] | None, locations: list[str] | None
    ) -> Iterator[tuple[Place, Tally]]:
        if objects is not None and locations is not None:
            for place in ((o, w) for o in set(objects) for w in set(locations)):
                if place in self._known:
                    yield place, self._known[place]
            return
        for place, tally in self._known.items():
            is_asked = objects is None or place[0] in objects
            if is_asked and (locations is None or place[1] in locations):
                yield place, tally


def seeded_counts(
    counts: Counts, catalogue: Catalogue, stock: Iterable[DataStock], at: datetime
) -> None:
    """Count the retail data's stock: what other systems promised of it is no matter of Square's.

    It was counted a month before, so that sales which come late are later than that.
    """
    for each in stock:
        catalogue.add([each.sku])
        place = (catalogue.id_of(each.sku), each.location)
        counts.count(place, each.on_hand, at - _COUNTED, at)
