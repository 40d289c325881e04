"""Reads what the one tail of a process passes on: every entry that is final, each once.

Nothing here is within a reach: whoever follows the tail is told what `gateway.events.hearing` says.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.model.events import Audience
from gateway.projection.audiences import NamedAudience, name_audiences
from gateway.projection.events import COLUMNS, LoggedEvent
from gateway.projection.marks import CHANGED_STOCK

if TYPE_CHECKING:
    from gateway.projection.database import Executor


@dataclass(frozen=True, slots=True)
class TailEntry:
    """An entry, whom it is for, and whom the order's last entry was for where some have lost it."""

    event: LoggedEvent
    now: NamedAudience
    before: NamedAudience | None


async def load_tail(executor: "Executor", *, after: int, upto: int, limit: int) -> list[TailEntry]:
    """Answer at most `limit` entries of orders after one place and up to another, in order."""
    rows = await executor.fetch(
        f"""SELECT {COLUMNS} FROM event e WHERE e.id > $1 AND e.id <= $2 AND e.aggregate = 'order'
            ORDER BY e.id LIMIT {limit:d}""",
        after, upto,
    )  # fmt: skip
    events = [LoggedEvent.of(row) for row in rows]
    now = [Audience.of(each.audience) for each in events]
    before = [
        Audience.of(each.audience["before"]) if "before" in each.audience else None
        for each in events
    ]
    named = await name_audiences(executor, [*now, *(each for each in before if each is not None)])
    return [
        TailEntry(event, named[here], None if was is None else named[was])
        for event, here, was in zip(events, now, before, strict=True)
    ]


async def load_changed_positions(
    executor: "Executor", *, after: int, limit: int
) -> list[tuple[int, str]]:
    """Answer at most `limit` numbers of positions after a place, each with its SKU, in order.

    A position that has changed again since has a higher number by now, and is told by that.
    """
    rows = await executor.fetch(
        f"""SELECT sequence, sku FROM {CHANGED_STOCK} AS changed WHERE sequence > $1
            ORDER BY sequence LIMIT {limit:d}""",
        after,
    )
    return [(row["sequence"], row["sku"]) for row in rows]
