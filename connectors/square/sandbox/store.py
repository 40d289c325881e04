"""What the account holds: locations, orders and customers."""

from collections import deque
from collections.abc import Iterable
from datetime import datetime

import msgspec

from connectors.square.sandbox.catalogue import Catalogue
from connectors.square.sandbox.forms import Record
from connectors.square.sandbox.orders import location_of, order_record
from connectors.square.sandbox.records import Profile, location_record
from gateway.connect.testing.dataset import DataCustomer, DataLocation, DataOrder
from gateway.model.time import Clock

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

    def has(self, code: str) -> bool:
        """Answer whether there is such a location, open or closed."""
        return code in self._known

    def records(self) -> list[Record]:
        """Answer every location, by name."""
        named = sorted(self._known.values(), key=lambda each: each.name)
        return [location_record(each, is_open=each.code not in self._closed) for each in named]


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
