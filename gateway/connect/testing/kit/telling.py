"""Tells a vendor what a channel may sell, and has the vendor say what it was told.

The sandbox's act `show_stock {sku, location}` answers `{"quantity", "effects"}`: what stands at
the position, and how often the vendor's records of it have changed; and `"as_of"` (ISO 8601) where
the vendor keeps the age of what it is told.
"""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from gateway.connect.deadline import Deadline
from gateway.connect.errors import SourceError
from gateway.connect.manifest import Capability, Sink
from gateway.connect.records import StockLevel
from gateway.connect.testing.kit.reading import some_place
from gateway.connect.testing.kit.rules import Violation, hold
from gateway.connect.testing.kit.subject import Subject
from gateway.connect.testing.kit.world import World
from gateway.model.stock import PositionRef

AGE = timedelta(seconds=90)
STOCK = "stock"
_ACT = "show_stock"


class Shown(msgspec.Struct, frozen=True):
    """What the vendor has of a position."""

    quantity: int
    effects: int
    as_of: datetime | None = None


def is_told(subject: Subject) -> bool:
    """Answer whether the vendor is told stock."""
    return Capability.STOCK_SINK in subject.definition.manifest.capabilities


def sink_of(subject: Subject) -> Sink:
    """Answer what the manifest says of telling stock."""
    return subject.definition.manifest.sinks[STOCK]


@dataclass(frozen=True)
class Telling:
    """Levels at the place where the kit's retailer has its stock, and their telling."""

    made: World
    place: str

    def level(self, sku: str, quantity: int) -> StockLevel:
        """Answer a level that is some time old."""
        at = self.made.clock.now().replace(microsecond=0) - AGE
        return StockLevel(PositionRef(sku, self.place), quantity, at)

    def levels(self, count: int, first: int) -> list[StockLevel]:
        """Answer levels of so many SKUs in no order of their own: `first`, `first + 1`..."""
        chosen = sorted(range(count), key=lambda n: (n * 7919) % 101)
        return [self.level(f"SKU-{n:05d}", first + at) for at, n in enumerate(chosen)]

    async def outcomes(
        self, levels: Sequence[StockLevel], connector: Any = None, deadline: Deadline | None = None
    ) -> "list[SourceError | None]":
        """Tell the levels and answer why each was not set; raises where none could be told."""
        sink: Any = connector or self.made.connector
        by = deadline or self.made.soon
        told: list[SourceError | None] = await sink.publish_stock(levels, deadline=by)
        hold(len(told) == len(levels), f"{len(told)} answers to {len(levels)} levels")
        return told

    async def tell(
        self, levels: Sequence[StockLevel], connector: Any = None, deadline: Deadline | None = None
    ) -> None:
        """Tell the levels; raises the first reason why one was not set."""
        for error in await self.outcomes(levels, connector, deadline):
            if error is not None:
                raise error

    async def shown(self, sku: str) -> Shown:
        """Answer what the vendor has of a SKU, which the retailer keeps at its first location."""
        hold(_ACT in self.made.sandbox.acts, f"the sandbox has no act {_ACT}")
        answer = self.made.sandbox.acts[_ACT]({"sku": sku, "location": "dc-1"})
        return msgspec.convert(await answer if isinstance(answer, Awaitable) else answer, Shown)

    async def holds_told(self, levels: Sequence[StockLevel]) -> None:
        """Hold that the vendor has what it was told."""
        for each in levels:
            shown = await self.shown(each.position.item)
            where = f"{each.position.item}: told {each.quantity}, the vendor has {shown.quantity}"
            hold(shown.quantity == each.quantity, where)


async def telling(made: World) -> Telling:
    """Answer how the vendor of a world is told stock."""
    if not is_told(made.subject):
        raise Violation("the connector tells no stock")
    return Telling(made, await some_place(made))
