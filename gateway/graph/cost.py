"""What an operation may cost: weights of what it may be answered, as a formula of its variables.

The formula is made once per operation (`pricing`); a request only puts its variables in.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from gateway.graph.weights import POINTS

HIGHEST = 2**53  # what JSON's readers hold exactly
MOST_TOLD = 5
Variables: TypeAlias = Mapping[str, Any]
# Points, or what answers them.
Amount: TypeAlias = "int | Callable[[Variables], int]"
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Size:
    """How long a list is by a variable: its number, or its own length where it is a list.

    What is no number and no list is for the execution to refuse; `told` is without the variable,
    `usual` for null.
    """

    variable: str
    told: int
    usual: int
    is_list: bool

    def __call__(self, variables: Variables) -> int:
        """Answer the length."""
        value = variables.get(self.variable, _ABSENT)
        if self.is_list and isinstance(value, list):
            return len(value)
        if value is _ABSENT:
            return self.told
        if value is None:
            return self.usual
        if self.is_list:
            return 1
        return int(min(max(0, value), HIGHEST)) if isinstance(value, int | float) else self.usual


@dataclass(frozen=True, slots=True)
class Condition:
    """A variable of `@include` or `@skip` that leaves a field out by being `without`."""

    variable: str
    without: bool
    usual: object = None

    def __call__(self, variables: Variables) -> bool:
        """Answer whether the field may be there."""
        return variables.get(self.variable, self.usual) is not self.without


@dataclass(frozen=True, slots=True)
class Given:
    """What it costs to give an argument by a variable."""

    variable: str
    weight: int
    usual: object = None

    def __call__(self, variables: Variables) -> int:
        """Answer its points."""
        return 0 if variables.get(self.variable, self.usual) is None else self.weight


@dataclass(frozen=True, slots=True)
class Priced:
    """A field: what each of its objects weighs, how many there are, and what is within each.

    It is there if all conditions of one of `ways` hold, or always if there are none. `once` is
    counted per call, whatever the size. `within` has what is selected of each type that
    the objects may be of, of which the dearest counts; `least` is counted where that is less: a
    page is read whatever is selected of it.
    """

    key: str
    name: str
    weight: int
    size: Amount
    once: tuple[Amount, ...]
    ways: tuple[tuple[Condition, ...], ...]
    within: "tuple[tuple[Priced, ...], ...]"
    least: Amount = 0

    @property
    def is_free(self) -> bool:
        """Whether nothing of it ever costs anything."""
        return not (self.weight or self.once or self.least or any(self.within))

    def is_there(self, variables: Variables) -> bool:
        """Answer whether it is selected with these variables."""
        return not self.ways or any(
            all(each(variables) for each in conditions) for conditions in self.ways
        )


@dataclass(frozen=True, slots=True)
class Part:
    """What one field adds to a price, without what is within it."""

    field: str
    times: int
    points: int

    @property
    def shown(self) -> dict[str, Any]:
        """The part as callers see it."""
        count = min(self.times, HIGHEST)
        return {"field": self.field, "times": count, "price": shown(self.points)}


class Formula:
    """The price of one operation, by its variables; `fields` are those at its root.

    `points(variables)` answers it in hundredths.
    """

    def __init__(self, fields: Sequence[Priced]) -> None:
        self.fields = tuple(fields)
        amount = _whole(self.fields)
        self.points: Callable[[Variables], int] = (
            (lambda _: amount) if isinstance(amount, int) else amount
        )

    def parts(self, variables: Variables) -> list[Part]:
        """Answer what the price is made of, the dearest first; parts that are free are left out."""
        found = [each for each in _parts(self.fields, variables, "", 1) if each.points]
        return sorted(found, key=lambda each: (-each.points, each.field))


def shown(points: int) -> int | float:
    """Answer a price as callers see it."""
    points = min(points, HIGHEST * POINTS)
    return points / POINTS if points % POINTS else points // POINTS


def _amount(priced: Priced) -> Amount:
    """Answer a field's points, as a number where no variable decides them."""
    inner = _most([priced.least, *map(_whole, priced.within)])
    called = _sum([times(priced.size, _sum([priced.weight, inner])), *priced.once])
    if not priced.ways or called == 0:
        return called
    return lambda variables: value_of(called, variables) if priced.is_there(variables) else 0


def _whole(fields: Sequence[Priced]) -> Amount:
    return _sum([_amount(each) for each in fields])


def _sum(amounts: Sequence[Amount]) -> Amount:
    constant = sum(each for each in amounts if isinstance(each, int))
    decided = tuple(each for each in amounts if not isinstance(each, int))
    if not decided:
        return constant
    if len(decided) == 1:
        (only,) = decided
        return (lambda variables: constant + only(variables)) if constant else only

    def total(variables: Variables) -> int:
        points = constant
        for each in decided:
            points += each(variables)
        return points

    return total


def times(size: Amount, inner: Amount) -> Amount:
    """Answer a product, as a number where no variable decides it."""
    if isinstance(size, int):
        return _scaled(size, inner)
    if isinstance(inner, int):
        return _scaled(inner, size)
    return lambda variables: size(variables) * inner(variables)


def _scaled(factor: int, amount: Amount) -> Amount:
    if isinstance(amount, int):
        return factor * amount
    if factor == 0:
        return 0
    return amount if factor == 1 else lambda variables: factor * amount(variables)


def _most(amounts: Sequence[Amount]) -> Amount:
    constant = max((each for each in amounts if isinstance(each, int)), default=0)
    decided = tuple(each for each in amounts if not isinstance(each, int))
    if not decided:
        return constant
    if len(decided) == 1 and constant == 0:
        return decided[0]
    return lambda variables: max(constant, *(each(variables) for each in decided))


def value_of(amount: Amount, variables: Variables) -> int:
    """Answer an amount with the variables put in."""
    return amount if isinstance(amount, int) else amount(variables)


def _parts(fields: Sequence[Priced], variables: Variables, path: str, times: int) -> Iterator[Part]:
    for each in fields:
        if not each.is_there(variables):
            continue
        here = f"{path}.{each.key}" if path else each.key
        count = times * value_of(each.size, variables)
        once = sum(value_of(told, variables) for told in each.once)
        inner, among = _dearest(each, variables)
        unread = max(0, value_of(each.least, variables) - inner)
        yield Part(here, count, count * (each.weight + unread) + times * once)
        yield from _parts(among, variables, here, count)


def _dearest(priced: Priced, variables: Variables) -> tuple[int, tuple[Priced, ...]]:
    """Answer what is selected of the dearest type, and its points."""
    priced_among = ((value_of(_whole(among), variables), among) for among in priced.within)
    return max(priced_among, key=lambda each: each[0], default=(0, ()))


FREE = Formula(())
