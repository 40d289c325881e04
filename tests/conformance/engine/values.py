"""The values of a made-up world: each a pure function of where it stands and how it was asked for.

Some are troubled: null, an exception raised or returned, of the wrong type, to be waited for.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zlib import crc32

from graphql import Undefined

from gateway.graph.batches import Batches
from tests.conformance.engine.specs import FieldSpec, SchemaSpec

MOST_DEEP = 9
# Ways whose values are made anew for each who asks.
FETCHED = ("sync", "async", "slow", "batch", "guarded batch", "wrapped batch", "lasting batch",
           "steady batch", "guarded steady batch", "plain batch")  # fmt: skip
# Ways whose objects several parents may have, each the very same.
SHARED = ("attribute", "batch", "plain batch", "steady batch", "guarded steady batch")


class Color(enum.Enum):
    RED = "r"
    GREEN = 2
    BLUE = "b"


class Text(str):
    """A text that is not quite a str."""


class Moment(datetime):
    """A time that is not quite a datetime."""


class Odd:
    """Nothing that any type can show."""

    def __repr__(self) -> str:
        return "<odd>"


class Trouble(Exception):
    """What failing fields fail with."""


def chance(*key: Any) -> int:
    """Answer a number that depends on the key alone."""
    return crc32(repr(key).encode())


@dataclass
class World:
    """Makes the values of one execution; objects are made as they are read.

    `lasting` makes those objects that are the very same in each execution.
    """

    spec: SchemaSpec
    makes: Any = None
    refused: frozenset[str] = frozenset()
    seed: int = 0
    calls: list[tuple[str, int]] = field(default_factory=list)
    batches: Batches = field(default_factory=Batches)
    read_twice: int = 0
    lasting: "World | None" = None
    pool: dict[tuple[str, int, int], Any] = field(default_factory=dict)

    @classmethod
    def of_lasting(cls, spec: SchemaSpec, makes: Any) -> "World":
        """Answer one whose objects never change, and give no trouble."""
        made = cls(replace(spec, trouble=0), makes, seed=-1)
        made.lasting = made
        return made

    def value(self, owner: str, spec: FieldSpec, seed: int, asked: str, deep: int) -> Any:
        """Answer a field's value of the object with this seed; raises Trouble."""
        key = chance(self.spec.seed, self.seed, owner, spec.name, seed, asked)
        trouble = key % 100 < self.spec.trouble
        if trouble and key % 7 in (0, 1):
            raise Trouble(f"{owner}.{spec.name} of {seed} failed")
        if trouble and key % 7 == 2:
            return Trouble(f"{owner}.{spec.name} of {seed} is one")
        return self._shaped(spec.kind, spec, key, asked, deep)

    def _shaped(self, kind: str, spec: FieldSpec, key: int, asked: str, deep: int) -> Any:
        nullable = not kind.endswith("!")
        kind = kind.removesuffix("!")
        troubled = chance(key, "t") % 100 < self.spec.trouble
        if (nullable and chance(key, "n") % 9 == 0) or (troubled and key % 3 == 0):
            return Undefined if key % 2 and self.spec.trouble else None
        if kind.startswith("["):
            return self._list(kind[1:-1], spec, key, asked, deep, troubled)
        if spec.named in self.spec.types:
            return self._object(spec, key, deep, troubled)
        return leaf(kind, key, asked, troubled)

    def _list(
        self, kind: str, spec: FieldSpec, key: int, asked: str, deep: int, troubled: bool
    ) -> Any:
        most = 3 if deep < 3 else 1
        count = 0 if deep >= MOST_DEEP else chance(key, "l") % (most + 1)
        items = [
            self._shaped(kind, spec, chance(key, index), asked, deep) for index in range(count)
        ]
        if troubled:
            sort = chance(key, "sort") % 6
            if sort == 0:
                return _walk(items) if spec.way in FETCHED else Once(self, items)
            if sort == 1:
                return [Waited(each) for each in items]
            if sort == 2:
                return Odd()
            if sort == 3:
                return Walk(self, items)
            if sort == 4 and items:
                return [*items[:-1], Trouble("an item")]
            if sort == 5:
                return dict(enumerate(items)).values()
        return tuple(items) if key % 5 == 0 else items

    def _object(self, spec: FieldSpec, key: int, deep: int, troubled: bool) -> Any:
        possible = self.spec.possible(spec.named)
        if deep >= MOST_DEEP:
            return None
        if troubled and key % 5 == 0:
            return Odd()
        if spec.way == "lasting batch" and self.lasting is not None:
            return self.lasting.pooled(possible, key % 7, deep)
        if spec.way in SHARED and key % 3 == 0:
            return self.pooled(possible, key // 3 % 2, deep)
        kind = possible[chance(key, "p") % len(possible)]
        return self.makes(self, kind, key % 97, deep + 1, key)

    def pooled(self, possible: list[str], seed: int, deep: int) -> Any:
        """Answer an object that others are given, too."""
        kind = possible[seed % len(possible)]
        known = (kind, seed, deep)
        if known not in self.pool:
            self.pool[known] = self.makes(self, kind, seed, deep + 1, seed)
        return self.pool[known]


def _walk(items: list[Any]) -> Any:
    """Answer a generator, which fails if it has more than one item.

    It does so at once: which of several errors nulls a place is told by who comes first.
    """
    if len(items) > 1:
        raise Trouble("a generator failed")
    yield from items


class Once:
    """Items that can be walked through once, as a generator's; who does it twice is noted."""

    def __init__(self, world: World, items: list[Any]) -> None:
        self._world = world
        self._left = iter(items)
        self._begun = False

    def __iter__(self) -> Any:
        self._world.read_twice += self._begun
        self._begun = True
        return self._left


@dataclass
class Waited:
    """Something to be waited for, that may as well be forgotten."""

    value: Any

    def __await__(self) -> Any:
        yield
        return self.value


class Walk:
    """The same for items that come one by one."""

    def __init__(self, world: World, items: list[Any]) -> None:
        self._once = Once(world, items)

    async def __aiter__(self) -> Any:
        for each in self._once:
            yield each


def leaf(kind: str, key: int, asked: str, troubled: bool) -> Any:
    """Answer a value of a scalar or enum, or what is not quite one."""
    if troubled and key % 2 and kind != "Anything":
        return (Odd(), {"a": 1}, True, 2**40, float("nan"), Text("text"), 1.5)[key % 7]
    if kind == "Color":
        return (Color.RED, Color.GREEN, Color.BLUE)[key % 3]
    if kind == "Int":
        return (key % 1000, -5, True, 3.0, "12")[min(key % 40, 4) if key % 40 < 5 else 0]
    if kind == "Float":
        return (key % 1000 / 8, 2, Decimal("1.5"))[key % 3 if key % 5 == 0 else 0]
    if kind == "Boolean":
        return key % 2 == 0 if key % 11 else 1
    if kind == "Time":
        return _time(key)
    if kind == "Anything":
        return ({"k": [1, None]}, [1, 2], "any", 5)[key % 4]
    return (f"{kind} {key % 1000} {asked}", Text("t"), 5)[min(key % 30, 2) if key % 30 < 3 else 0]


def _time(key: int) -> datetime:
    """Answer a time: mostly in UTC, with parts of a second or without."""
    zone = (UTC, UTC, UTC, timezone(timedelta(hours=-3)), timezone(timedelta(0)))[key % 5]
    made = Moment if key % 11 == 0 else datetime
    return made(2026, 1 + key % 12, 1, key % 24, microsecond=key % 3 * 1_000, tzinfo=zone)


def edition_of(context: World) -> int | None:
    """Answer what fields of the way `steady` depend on; of some it cannot be told."""
    return None if context.seed == 3 else context.seed


def will_last(value: Any) -> bool:
    """Answer whether an object is met again; not all that would be are said to."""
    return chance(_seed(value)) % 5 != 0


def _seed(value: Any) -> Any:
    return value["seed"] if isinstance(value, dict) else getattr(value, "seed", None)


class Attributes:
    """An object whose attributes are made when they are first read, and stay."""

    def __init__(self, world: World, kind: str, seed: int, deep: int) -> None:
        self.__dict__.update(world=world, kind=kind, seed=seed, deep=deep)
        self.__dict__[f"_{type(self).__name__}__typename"] = kind

    def __getattr__(self, name: str) -> Any:
        made = read(self.world, self.kind, name, self.seed, self.deep)
        self.__dict__[name] = made
        return made


class Entries(Mapping[str, Any]):
    """The same as a mapping that is not a dict."""

    def __init__(self, world: World, kind: str, seed: int, deep: int) -> None:
        self.world, self.kind, self.seed, self.deep = world, kind, seed, deep
        self._made: dict[str, Any] = {"__typename": kind}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = read(self.world, self.kind, name, self.seed, self.deep)
        return self._made[name]

    def __iter__(self) -> Any:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


def read(world: World, kind: str, name: str, seed: int, deep: int) -> Any:
    """Answer an attribute; raises AttributeError where the type has none, KeyError likewise."""
    fields = {each.name: each for each in world.spec.types[kind].fields}
    spec = fields.get(name)
    if spec is None or ("attribute" not in spec.way and spec.way != "method"):
        raise AttributeError(name)
    if spec.way == "method":
        return lambda info, **given: world.value(kind, spec, seed, shown(given, info), deep)
    made = world.value(kind, spec, seed, "", deep)
    return Waited(made) if chance(seed, name) % 100 < world.spec.trouble // 4 else made


def shown(given: Mapping[str, Any], info: Any = None) -> str:
    """Answer arguments, and what a resolver is told beside, as a text that tells any difference."""
    asked = repr(sorted(given.items())) if given else ""
    if info is None:
        return asked
    nodes = len(info.field_nodes)
    return f"{asked} {info.path.as_list()} {info.parent_type}.{info.return_type} {nodes}"
