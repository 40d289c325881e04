"""Stock that could not be read: what that makes unknown, and undated, as long as it waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, LiteralString
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from gateway.projection.database import Executor
    from gateway.projection.position_columns import Position


@dataclass(frozen=True, slots=True)
class UnreadStock:
    """What a source said of a SKU that could not be read: at a location, or at any of the source's.

    It was said at `unread_at` or before. Nothing that was read before dates what is known by more
    than its own read; where nothing is known, what lies there is not.
    """

    source_id: str
    location_id: UUID | None
    unread_at: datetime

    def concerns(self, at: "Position") -> bool:
        """Answer whether it may be of a position, as it was read last."""
        is_there = self.location_id is None or self.location_id == at.location_id
        return is_there and self.source_id == at.source_id and at.observed_at <= self.unread_at


# All that waits of the SKUs $1: there is hardly ever anything, and it is to cost nothing then.
UNREAD: LiteralString = """
SELECT jsonb_agg(jsonb_build_array(q.sku, q.source_id, q.ask ->> 'location', q.last_seen_at))
FROM quarantine q WHERE q.sku = ANY($1::text[]) AND q.resolved_at IS NULL
"""
_PLACES = """
SELECT r.source_id, r.external_id, r.location_id
FROM unnest($2::text[], $3::text[]) AS t(source_id, external_id)
JOIN location_ref r ON r.source_id = t.source_id COLLATE "C"
    AND r.external_id = t.external_id COLLATE "C"
JOIN location l ON l.id = r.location_id AND l.stock_source_id = r.source_id
JOIN location_group_member m ON m.location_id = l.id AND m.group_id = $1
"""


async def load_unread(
    executor: "Executor", group_id: UUID, told: Sequence[Any]
) -> dict[str, tuple[UnreadStock, ...]]:
    """Answer what waits of a group's SKUs, as `UNREAD` tells it.

    What is of a location that does not sell there, or is not its source's, is left out.
    """
    found: dict[str, list[UnreadStock]] = {}
    places = await _load_places(executor, group_id, told)
    for sku, source_id, place, unread_at in told:
        location = None if place is None else places.get((source_id, place))
        if place is None or location is not None:
            one = UnreadStock(
                source_id, location, datetime.fromisoformat(unread_at).astimezone(UTC)
            )
            found.setdefault(sku, []).append(one)
    return {sku: tuple(some) for sku, some in found.items()}


def undated(at: "Position", unread: Sequence[UnreadStock]) -> "Position":
    """Answer a position as of its own read, where its latest record could not be read: pure."""
    if not any(each.concerns(at) for each in unread):
        return at
    return msgspec.structs.replace(at, is_quarantined=True, as_of=at.observed_at)


async def _load_places(
    executor: "Executor", group_id: UUID, told: Sequence[Sequence[str]]
) -> Mapping[tuple[str, str], UUID]:
    named = sorted({(source_id, place) for _, source_id, place, _ in told if place is not None})
    if not named:
        return {}
    rows = await executor.fetch(
        _PLACES, group_id, [source for source, _ in named], [place for _, place in named]
    )
    return {(row["source_id"], row["external_id"]): row["location_id"] for row in rows}
