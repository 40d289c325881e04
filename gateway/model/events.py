"""Events of orders: what may be asked of the log, and whom an entry is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from gateway.model.ids import GlobalId


class OrderEventType(StrEnum):
    """What became of an order; LEFT is a reader's last word of an order that it lost."""

    CREATED = "order.created"
    UPDATED = "order.updated"
    STATUS_REGRESSED = "order.status_regressed"
    LEFT = "order.left"


@dataclass(frozen=True, slots=True)
class EventWish:
    """Which events are asked for; what is empty does not matter.

    Types do not hold LEFT back: whoever was told of an order is told that it has lost it.
    """

    orders: frozenset[UUID] = frozenset()
    channels: frozenset[str] = frozenset()
    types: frozenset[OrderEventType] = frozenset()


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom an entry is for, in our own ids: as it was when the entry was written.

    `buyer` is the record of the customer as the order's channel has it.
    """

    channel: str | None = None
    locations: frozenset[UUID] = frozenset()
    buyer: UUID | None = None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Audience":
        """Read what the log has; raises ValueError."""
        buyer = told.get("buyer")
        return cls(
            told.get("channel"),
            frozenset(map(UUID, told.get("locations", ()))),
            None if buyer is None else UUID(buyer),
        )

    def told(self) -> dict[str, Any]:
        """Answer what the log keeps; nobody is an empty map."""
        told: dict[str, Any] = {}
        if self.channel is not None:
            told["channel"] = self.channel
        if self.locations:
            told["locations"] = sorted(map(str, self.locations))
        if self.buyer is not None:
            told["buyer"] = str(self.buyer)
        return told

    def lacks(self, before: "Audience") -> bool:
        """Answer whether somebody may have belonged to the earlier audience and not to this one."""
        return (
            before.channel not in (None, self.channel)
            or before.buyer not in (None, self.buyer)
            or not before.locations <= self.locations
        )

    def joined(self, since: "Audience") -> "Audience":
        """Answer this audience with whoever has come since and was told nothing of it yet."""
        return Audience(
            self.channel or since.channel,
            self.locations | since.locations,
            self.buyer or since.buyer,
        )


def event_id(position: int) -> GlobalId:
    """Answer an entry's id, the same in whichever way it is read."""
    return GlobalId("OrderEvent", str(position))
