"""Answers what sources there are and how they fare."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.federation.answers import Row
from gateway.federation.errors import UnknownStream
from gateway.federation.sources import ConnectedSource, Sources
from gateway.model.time import Clock
from gateway.projection.orders.joining import count_waiting
from gateway.projection.quarantine import count_quarantined
from gateway.projection.runs import ask_run
from gateway.projection.streams import StreamState, load_streams

SEVERITY = ("UP", "DEGRADED", "DOWN", "PAUSED")


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """A source, its streams, and what waits per stream: in quarantine, and for another record."""

    source: ConnectedSource
    streams: tuple[StreamState, ...]
    quarantined: dict[str, int]
    waiting: dict[str, int]

    @property
    def health(self) -> tuple[str, datetime | None, str | None]:
        """The worst of its streams and of what this process sees: state, since, reason."""
        seen = self.source.breaker.health
        every = [(s.health, s.health_since, s.health_reason) for s in self.streams]
        every.append((seen.state.value, seen.since, seen.reason))
        return max(every, key=lambda each: SEVERITY.index(each[0]))


class SourceDirectory:
    """Every configured source."""

    def __init__(self, pool: Any, sources: Sources, clock: Clock) -> None:
        self._pool = pool
        self._sources = sources
        self._clock = clock

    async def all(self) -> list[SourceAnswer]:
        """Answer every source, in the order of the configuration."""
        states = await load_streams(self._pool)
        quarantined = await count_quarantined(self._pool)
        waiting = await count_waiting(self._pool)
        return [
            SourceAnswer(
                source,
                tuple(s for s in states if s.source_id == source.id and s.stream in source.streams),
                {stream: n for (owner, stream), n in quarantined.items() if owner == source.id},
                {stream: n for (owner, stream), n in waiting.items() if owner == source.id},
            )
            for source in self._sources
        ]

    async def some(self, ids: list[str]) -> list[SourceAnswer | None]:
        """Answer sources by id, in the asked order."""
        found = {answer.source.id: answer for answer in await self.all()}
        return [found.get(each) for each in ids]

    async def ask_walk(self, source_id: str, stream: str, key: str) -> Row:
        """Ask for a complete walk; the same key is the same run.

        raises: UnknownStream, KeyReused.
        """
        source = self._sources.get(source_id)
        if source is None or stream not in source.streams:
            raise UnknownStream(f"{source_id} has no stream {stream} that is read")
        return await ask_run(self._pool, source_id, stream, "WALK", key=key, now=self._clock.now())
