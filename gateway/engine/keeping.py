"""JSON that is kept of values that last, so that one that is met again is not made again.

A field says beside its resolver that its values last: `lasting(value)` answers whether this one
will be met again, as the very same object. Neither it nor anything that is read in place below it
may ever change. A field below it that is fetched has to be steady: `steady(context)` answers all
that its values depend on beside their parents, or None where that cannot be told now.

What is kept is found by the value, by what is selected of it, and by what the steady fields
answered; who may not read all of it is never shown it. It is bounded by bytes, the values included:
what was last used stays, roughly, for the older half is dropped at a time.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import orjson
from graphql import get_named_type, is_abstract_type, is_leaf_type

from gateway.engine.access import Attribute, Guard, Lasting, Steady
from gateway.engine.literals import has_variables
from gateway.engine.natives import encode
from gateway.engine.strawberry_types import checks_by_class
from gateway.engine.tree import Field, Selection, Step

MOST_BYTES = 64 * 1024 * 1024
# A value is taken to hold so many times its JSON itself, measured on positions with their ages;
# one that is a greater part of all than this is not kept.
VALUE_TIMES = 4
GREATEST_PART = 64


@dataclass(frozen=True, slots=True, eq=False)
class Keep:
    """What the JSON of a step's values depends on, beside the values themselves."""

    lasting: Lasting
    steady: Steady
    guards: tuple[Guard, ...]

    def key(self, context: Any) -> Hashable | None:
        """Answer what it depends on now; None where this caller may not be shown what is kept."""
        try:
            for guard in self.guards:
                guard(context)
            return self.steady(context)
        except Exception:  # noqa: BLE001
            return None


def keep_of(step: Step) -> Keep | None:
    """Answer how a step's values are kept; None where they are not."""
    lasting = getattr(step.field.access, "lasting", None)
    if lasting is None:
        return None
    found = _Found([], [])
    if not found.all_below(step.field):
        return None
    steady, guards = dict.fromkeys(found.steady), dict.fromkeys(found.guards)
    return Keep(lasting, _joined(tuple(steady)), tuple(guards))


def is_read_in_place(step: Step) -> bool:
    """Whether all of a step's values is read from them, whoever asks, once they are there."""
    found = _Found([], [])
    return found.all_below(step.field) and not found.steady and not found.guards


def _joined(steady: tuple[Steady, ...]) -> Steady:
    """Answer what answers all that several fields depend on."""
    if len(steady) == 1:
        return steady[0]

    def joined(context: Any) -> Hashable | None:
        found = tuple([each(context) for each in steady])
        return None if None in found else found

    return joined


@dataclass(frozen=True, slots=True)
class _Found:
    """What was met below a field."""

    steady: list[Steady]
    guards: list[Guard]

    def all_below(self, field: Field) -> bool:
        """Whether all that is selected below a field is read in place or steady."""
        kind = get_named_type(field.kind)
        if is_leaf_type(kind):
            return True
        return not is_abstract_type(kind) and all(map(self._all_of, field.below.values()))

    def _all_of(self, selection: Selection) -> bool:
        return checks_by_class(selection.kind) and all(
            each is None or self._is_steady(each) for each in selection.fields.values()
        )

    def _is_steady(self, field: Field) -> bool:
        access = field.access
        if field.step is not None:
            self.guards.extend(access.guards)
            if has_variables(field.nodes[0]):
                return False
            if not isinstance(access, Attribute):
                if access.steady is None:
                    return False
                self.steady.append(access.steady)
        return self.all_below(field)


Place: TypeAlias = tuple[Keep, Hashable]
Find: TypeAlias = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class _Kept:
    """A value, alive so that nothing else has its identity, and how much its JSON takes."""

    value: Any
    size: int


class _Shelf:
    """What is kept at one place, by the identity of the values."""

    __slots__ = ("json", "kept")

    def __init__(self) -> None:
        self.json: dict[int, orjson.Fragment] = {}
        self.kept: dict[int, _Kept] = {}


_EMPTY = _Shelf()


class Keepsakes:
    """The JSON of values, by the place where they are shown and their identity."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self._young: dict[Place, _Shelf] = {}
        self._old: dict[Place, _Shelf] = {}
        self._size = 0

    def finders(self, place: Place) -> tuple[Find, Find]:
        """Answer what knows the JSON of a value that was used lately by the value's identity.

        And what finds the JSON of another value; both answer None for what is not kept.
        """
        shelves = self._young.get(place, _EMPTY), self._old.get(place, _EMPTY)
        # What finds them holds the shelves, so that all on them is alive as long as it is in use.
        return shelves[0].json.get, partial(self._find, place, shelves)

    def keep(self, place: Place, value: Any, shown: dict[str, Any]) -> int:
        """Keep what is shown of a value, if it will be met again and is no great part of all.

        Answer how many bytes were written.
        """
        if not place[0].lasting(value):
            return 0
        json = encode(shown)
        size = len(json) * (1 + VALUE_TIMES)
        if size <= self.most_bytes // GREATEST_PART:
            self._put(place, _Kept(value, size), orjson.Fragment(json))
        return len(json)

    def _find(self, place: Place, shelves: tuple[_Shelf, _Shelf], value: Any) -> Any:
        """Answer what is kept of a value; from now on it was used lately."""
        key = id(value)
        for shelf in shelves:
            kept = shelf.kept.get(key)
            if kept is not None:
                json = shelf.json[key]
                self._put(place, kept, json)
                return json
        return None

    def _put(self, place: Place, kept: _Kept, json: orjson.Fragment) -> None:
        if self._size + kept.size > self.most_bytes // 2:
            self._young, self._old, self._size = {}, self._young, 0
        shelf, key = self._young.setdefault(place, _Shelf()), id(kept.value)
        if key not in shelf.kept:
            shelf.kept[key], shelf.json[key] = kept, json
            self._size += kept.size


def nothing(*_: Any) -> None:
    """Find nothing, and keep nothing."""
