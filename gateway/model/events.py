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
    """Which events are asked for; what is empty does not matter."""

    orders: frozenset[UUID] = frozenset()
    channels: frozenset[str] = frozenset()
    types: frozenset[OrderEventType] = frozenset()


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom an entry is for, in our own ids: as it was when the entry was written."""

    channel: str | None
    locations: frozenset[UUID]
    buyer: UUID | None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Audience":
        """Read what the log has; raises ValueError."""
        buyer = told.get("buyer")
        return cls(
            told.get("channel"),
            frozenset(map(UUID, told.get("locations", ()))),
            None if buyer is None else UUID(buyer),
        )


def event_id(position: int) -> GlobalId:
    """Answer an entry's id, the same in whichever way it is read."""
    return GlobalId("OrderEvent", str(position))
