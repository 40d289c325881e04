"""Many rows worked through with pauses, in which others have the loop."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from gateway.engine.pacing import pass_on

# Rows that are worked through without a pause: a few milliseconds' worth.
MOST_AT_ONCE = 256
Some = TypeVar("Some")


def in_parts(rows: Sequence[Some]) -> Iterator[Sequence[Some]]:
    """Answer rows in parts that are worked through without a pause."""
    return (rows[start : start + MOST_AT_ONCE] for start in range(0, len(rows), MOST_AT_ONCE))


def _one(some: object) -> int:
    return 1


async def pausing(found: Iterable[Some], rows: Callable[[Some], int] = _one) -> AsyncIterator[Some]:
    """Answer each, pausing whenever they came to many rows."""
    done = 0
    for some in found:
        yield some
        done += rows(some)
        if done >= MOST_AT_ONCE:
            done = 0
            await pass_on()


def in_lots(found: Iterable[Some], rows: Callable[[Some], int] = _one) -> Sequence[Sequence[Some]]:
    """Answer them in lots of many rows, to `pass_on` after each but the last: most are one lot."""
    lot: list[Some] = []
    lots, done = [lot], 0
    for some in found:
        if done >= MOST_AT_ONCE:
            lot, done = [], 0
            lots.append(lot)
        lot.append(some)
        done += rows(some)
    return lots
