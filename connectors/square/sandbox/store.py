"""What the account holds: locations, catalogue, counts, orders and customers."""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from connectors.square.sandbox.forms import Record, made_id
from connectors.square.sandbox.orders import location_of, order_record
from connectors.square.sandbox.records import (
    Profile,
    Quantity,
    count_record,
    location_record,
    variation_record,
)
from gateway.connect.testing.dataset import (
    DataCustomer,
    DataItem,
    DataLocation,
    DataOrder,
    DataStock,
)
from gateway.model.time import Clock

Place = tuple[str, str]
# Square: a changed profile is found by a search in well under 30 seconds.
INDEX_SECONDS = 20.0


class Places:
    """Every location; one that closes stays, inactive."""

    def __init__(self) -> None:
        self._known: dict[str, DataLocation] = {}
        self._closed: set[str] = set()

    def put(self, place: DataLocation) -> None:
        """Add, change or open a location."""
        self._known[place.code] = place
        self._closed.discard(place.code)

    def close(self, code: str) -> None:
        """Close a location."""
        self._closed.add(code)

    def records(self) -> list[Record]:
        """Answer every location, by name."""
        named = sorted(self._known.values(), key=lambda each: each.name)
        return [location_record(each, is_open=each.code not in self._closed) for each in named]


class Catalogue:
    """A variation for every SKU, its id the same for the same SKU."""

    def __init__(self) -> None:
        self._items: dict[str, DataItem] = {}
        self._skus: dict[str, str] = {}

    def name(self, item: DataItem) -> None:
        """Add or change what an item is called and costs."""
        self._items[item.sku] = item
        self.add([item.sku])

    def add(self, skus: Iterable[str]) -> None:
        """Make the variation of each SKU."""
        self._skus |= {self.id_of(sku): sku for sku in skus}

    def id_of(self, sku: str) -> str:
        """Answer Square's id of a SKU."""
        return made_id("variation", sku)

    def title_of(self, sku: str) -> str:
        """Answer what a SKU is called."""
        item = self._items.get(sku)
        return item.title if item else sku

    def records(self, ids: Iterable[str]) -> list[Record]:
        """Answer the variations that there are."""
        return [
            variation_record(each, sku, self._items.get(sku))
            for each in ids
            if (sku := self._skus.get(each)) is not None
        ]

    def find(self, skus: Iterable[str]) -> list[Record]:
        """Answer the variations of these SKUs, without regard to case."""
        wanted = {sku.casefold() for sku in skus}
        ids = (each for each, sku in self._skus.items() if sku.casefold() in wanted)
        return self.records(ids)


class Counts:
    """What each location has in stock of each variation."""

    def __init__(self) -> None:
        self._told: dict[Place, Quantity] = {}

    def put(self, object_id: str, location: str, on_hand: int, at: datetime) -> Record:
        """Count a variation anew."""
        self._told[object_id, location] = Quantity(on_hand, at)
        return self.record((object_id, location))

    def sell(self, object_id: str, location: str, quantity: int, at: datetime) -> Record | None:
        """Take what was sold; nothing happens where the variation is not counted."""
        known = self._told.get((object_id, location))
        if known is None:
            return None
        return self.put(object_id, location, known.on_hand - quantity, at)

    def drop(self, object_id: str, location: str) -> None:
        """Count a variation no more."""
        self._told.pop((object_id, location), None)

    def changed_at(self, place: Place) -> datetime:
        """Answer when a count was made."""
        return self._told[place].at

    def record(self, place: Place) -> Record:
        """Answer a count."""
        return count_record(*place, self._told[place])

    def find(
        self, objects: list[str] | None, locations: list[str] | None, after: datetime | None
    ) -> list[Place]:
        """Answer the counts that fit."""
        return [
            place
            for place, quantity in self._among(objects, locations)
            if after is None or quantity.at > after
        ]

    def _among(
        self, objects: list[str] | None, locations: list[str] | None
    ) -> Iterator[tuple[Place, Quantity]]:
        if objects is not None and locations is not None:
            for place in ((o, w) for o in set(objects) for w in set(locations)):
                if place in self._told:
                    yield place, self._told[place]
            return
        for place, quantity in self._told.items():
            is_asked = objects is None or place[0] in objects
            if is_asked and (locations is None or place[1] in locations):
                yield place, quantity


class Orders:
    """Every order, by its location too."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._known: dict[str, DataOrder] = {}
        self._by_location: dict[str, dict[str, DataOrder]] = {}

    def put(self, order: DataOrder) -> DataOrder | None:
        """Add or change an order, and answer what it was; one without lines is none of Square's."""
        before = self._known.get(order.ref)
        place = location_of(order)
        if place is None:
            return before
        if before is not None:
            self._by_location[location_of(before) or ""].pop(order.ref, None)
        self._catalogue.add(line.sku for line in order.lines)
        self._known[order.ref] = order
        self._by_location.setdefault(place, {})[order.ref] = order
        return before

    def at(self, locations: Iterable[str]) -> list[DataOrder]:
        """Answer the orders of locations."""
        return [
            order
            for place in dict.fromkeys(locations)
            for order in self._by_location.get(place, {}).values()
        ]

    def records(self, refs: Iterable[str]) -> list[Record]:
        """Answer the orders that there are."""
        return [self.record(self._known[ref]) for ref in refs if ref in self._known]

    def record(self, order: DataOrder) -> Record:
        """Answer an order."""
        return order_record(order, self._catalogue.id_of, self._catalogue.title_of)


class Customers:
    """Every customer; a search finds a change some seconds later."""

    def __init__(self, clock: Clock, speed: float) -> None:
        self._clock = clock
        self._lag = INDEX_SECONDS / speed
        self._known: dict[str, Profile] = {}
        self._found: dict[str, Profile] = {}
        self._coming: deque[tuple[float, str]] = deque()

    def seed(self, customer: DataCustomer, at: datetime) -> None:
        """Add a customer who is found at once."""
        if customer.ref and customer.ref not in self._known:
            self._known[customer.ref] = self._found[customer.ref] = Profile(customer, at, at)

    def put(self, customer: DataCustomer) -> tuple[Profile | None, Profile]:
        """Add or change a customer; answer the profile before and after."""
        before, now = self._known.get(customer.ref), self._clock.now()
        if before is None:
            after = Profile(customer, now, now)
        elif before.customer == customer:
            return before, before
        else:
            after = msgspec.structs.replace(
                before, customer=customer, updated_at=now, version=before.version + 1
            )
        self._known[customer.ref] = after
        self._coming.append((self._clock.monotonic() + self._lag, customer.ref))
        return before, after

    def drop(self, ref: str) -> Profile | None:
        """Delete a customer, and answer who it was."""
        self._coming.append((self._clock.monotonic() + self._lag, ref))
        return self._known.pop(ref, None)

    def get(self, ref: str) -> Profile | None:
        """Answer a customer by id, as it is now."""
        return self._known.get(ref)

    def found(self) -> list[Profile]:
        """Answer the customers that a search finds."""
        while self._coming and self._coming[0][0] <= self._clock.monotonic():
            ref = self._coming.popleft()[1]
            profile = self._known.get(ref)
            if profile is None:
                self._found.pop(ref, None)
            else:
                self._found[ref] = profile
        return list(self._found.values())


def seeded_counts(
    counts: Counts, catalogue: Catalogue, stock: Iterable[DataStock], at: datetime
) -> None:
    """Count the retail data's stock: what other systems promised of it is no matter of Square's."""
    for each in stock:
        catalogue.add([each.sku])
        counts.put(catalogue.id_of(each.sku), each.location, each.on_hand, at)
