"""A warehouse whose every change is known, so that every answer can be judged."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from gateway.federation.answers import AvailabilityAnswer

Key = tuple[str, UUID]
END = datetime.max.replace(tzinfo=UTC)


@dataclass
class Truth:
    """How many lie at each position, from when on; None where there is no such position."""

    changes: dict[Key, list[tuple[datetime, int | None]]]

    def at(self, key: Key, moment: datetime) -> int | None:
        """Answer how many lay there at a moment."""
        return [units for since, units in self.changes[key] if since <= moment][-1]

    def has_changed(self, key: Key, after: datetime, upto: datetime) -> bool:
        """Answer whether it changed between two moments."""
        return any(after < since <= upto for since, _ in self.changes[key])

    def was(self, key: Key, units: int, moment: datetime) -> bool:
        """Answer whether so many lay there at a moment or later."""
        known = self.changes[key]
        ends = [*(since for since, _ in known[1:]), END]
        return any(
            (told or 0) == units and end > moment
            for (_, told), end in zip(known, ends, strict=True)
        )


@dataclass
class Written:
    """What was committed of each position, and when; and how much of it was passed on."""

    units: dict[Key, list[tuple[datetime, int]]]
    _passed_on: dict[Key, int] = field(default_factory=dict)
    _in_round: dict[Key, int] = field(default_factory=dict)

    def commit(self, key: Key, units: int, now: datetime) -> None:
        """So many lie there in the database by now."""
        if self.units[key][-1][1] != units:
            self.units[key].append((now, units))

    def begin(self) -> None:
        """The tail begins a round."""
        self._in_round = {key: len(known) - 1 for key, known in self.units.items()}

    def complete(self) -> None:
        """It is complete."""
        self._passed_on = dict(self._in_round)

    def due(self, before: datetime) -> dict[Key, int]:
        """Answer the places before which nothing may be answered: passed on, or from long ago."""
        return {
            key: max(self._passed_on.get(key, 0), sum(1 for at, _ in known[1:] if at < before))
            for key, known in self.units.items()
        }

    def last(self, key: Key, units: int) -> int:
        """Answer the last place at which so many lay there."""
        return max(place for place, (_, each) in enumerate(self.units[key]) if each == units)


def judge(answer: AvailabilityAnswer, truth: Truth, written: Written, due: dict[Key, int]) -> None:
    """Refuse an answer that was not true at its `as_of` or later, or is older than what was due."""
    listed = {each.location_id: each for each in answer.positions}
    for sku, at in truth.changes:
        if sku != answer.sku or (at not in listed and answer.dated.is_stale):
            continue
        units, dated = 0, answer.dated
        if at in listed:
            units, dated = listed[at].on_hand or 0, listed[at].dated
        assert dated.as_of is not None
        key = (sku, at)
        assert truth.was(key, units, dated.as_of), f"{units} of {sku} were not true as of then"
        assert written.last(key, units) >= due[key], f"{units} of {sku} were over"
