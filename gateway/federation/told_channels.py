"""Answers what channels were told of their stock, and what they could not be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.federation.answers import Row
from gateway.projection.channel_stock import ShelfCounts, count_shelves, load_failures
from gateway.projection.streams import StreamState, load_streams


@dataclass(frozen=True, slots=True)
class ToldShelf:
    """A channel's own location at its source; `stream` is under which its telling is noted."""

    channel: str
    source_id: str
    location: str
    stream: str


@dataclass(frozen=True, slots=True)
class ToldChannelAnswer:
    """A channel that is told what it may sell, how its items stand, and how its telling fares."""

    shelf: ToldShelf
    counts: ShelfCounts
    state: StreamState | None


class ToldChannels:
    """Every channel that is told what it may sell."""

    def __init__(self, pool: Any, shelves: Sequence[ToldShelf]) -> None:
        self._pool = pool
        self._shelves = tuple(shelves)

    async def of_sources(self, source_ids: Sequence[str]) -> list[list[ToldChannelAnswer]]:
        """Answer, per source, the channels that are told by it."""
        if not self._shelves:
            return [[] for _ in source_ids]
        counts = {(each.source_id, each.location): each for each in await count_shelves(self._pool)}
        states = {(each.source_id, each.stream): each for each in await load_streams(self._pool)}
        return [
            [_answer(each, counts, states) for each in self._shelves if each.source_id == source_id]
            for source_id in source_ids
        ]

    async def failures(self, shelves: Sequence[ToldShelf], limit: int) -> list[list[Row]]:
        """Answer, per channel, the items that it could not be told of, the latest first."""
        asked = [(each.source_id, each.location) for each in shelves]
        found = await load_failures(self._pool, asked, limit)
        return [list(found[each]) for each in asked]


def _answer(
    shelf: ToldShelf,
    counts: Mapping[tuple[str, str], ShelfCounts],
    states: Mapping[tuple[str, str], StreamState],
) -> ToldChannelAnswer:
    place = (shelf.source_id, shelf.location)
    nothing = ShelfCounts(*place, 0, 0, 0, 0, None)
    state = states.get((shelf.source_id, shelf.stream))
    return ToldChannelAnswer(shelf, counts.get(place, nothing), state)
