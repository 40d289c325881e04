"""Counts that an application writes, each request once for its key.

Square says nothing of a request of which only some changes can be taken: here it takes none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from connectors.square.sandbox.access import Fault, Refused
from connectors.square.sandbox.catalogue import Catalogue
from connectors.square.sandbox.counts import Counts, Place
from connectors.square.sandbox.forms import Record, made_id, stamp
from connectors.square.sandbox.queries import BatchChangeInventory, PhysicalCount, asked
from connectors.square.sandbox.store import Places
from gateway.model.time import Clock

_OLDEST = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Written:
    """What a request was answered with, and the counts that it changed."""

    answer: Record
    places: tuple[Place, ...]


class Changes:
    """What applications have written into the counts of one account."""

    def __init__(self, counts: Counts, catalogue: Catalogue, places: Places, clock: Clock) -> None:
        self._counts = counts
        self._catalogue = catalogue
        self._places = places
        self._clock = clock
        self._answers: dict[str, tuple[BatchChangeInventory, Record]] = {}

    def write(self, raw: bytes) -> Written:
        """Take a request's counts, or none of them; raises Refused."""
        told = asked(raw, BatchChangeInventory)
        known = self._answers.get(told.idempotency_key)
        if known is not None:
            if known[0] != told:
                detail = "The idempotency key was used with another request."
                raise Refused("IDEMPOTENCY_KEY_REUSED", detail, "idempotency_key")
            return Written(known[1], ())
        now = self._clock.now()
        faults = tuple(self._faults(told, now))
        if faults:
            raise Refused.of(faults)
        written = self._written(told, now)
        self._answers[told.idempotency_key] = (told, written.answer)
        return written

    def _faults(self, told: BatchChangeInventory, now: datetime) -> Iterator[Fault]:
        for index, change in enumerate(told.changes):
            count, at = change.physical_count, f"changes[{index}].physical_count"
            if not self._catalogue.has(count.catalog_object_id):
                yield Fault("NOT_FOUND", "No such variation.", f"{at}.catalog_object_id")
            if not self._places.has(count.location_id):
                yield Fault("NOT_FOUND", "No such location.", f"{at}.location_id")
            if not now - _OLDEST <= count.occurred_at <= now:
                detail = "Not in the last 24 hours, or in the future."
                yield Fault("INVALID_TIME", detail, f"{at}.occurred_at")
            if Decimal(count.quantity) != int(Decimal(count.quantity)):
                detail = "This sandbox counts whole units."
                yield Fault("INVALID_VALUE", detail, f"{at}.quantity")

    def _written(self, told: BatchChangeInventory, now: datetime) -> Written:
        made: list[Record] = []
        places: dict[Place, None] = {}
        for index, change in enumerate(told.changes):
            count = change.physical_count
            place = (count.catalog_object_id, count.location_id)
            units = int(Decimal(count.quantity))
            places[place] = None
            if told.ignore_unchanged_counts and self._is_as_counted(place, units):
                continue
            self._counts.count(place, units, count.occurred_at, now)
            key = made_id("count", told.idempotency_key, str(index))
            made.append({"type": "PHYSICAL_COUNT", "physical_count": _record(count, key, now)})
        answer = {"counts": [self._counts.record(place) for place in places], "changes": made}
        return Written(answer, tuple(places) if made else ())

    def _is_as_counted(self, place: Place, units: int) -> bool:
        """Answer whether the last count was the same, whatever was sold since."""
        known = self._counts.get(place)
        return known is not None and known.counted == units


def _record(count: PhysicalCount, made: str, now: datetime) -> Record:
    told: Record = msgspec.to_builtins(count)
    kept = {name: value for name, value in told.items() if value is not None}
    return {"id": made, **kept, "occurred_at": stamp(count.occurred_at), "created_at": stamp(now)}
