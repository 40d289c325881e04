"""Answers what sources there are and how they fare."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.federation.answers import Row
from gateway.federation.errors import UnknownStream
from gateway.federation.sources import ConnectedSource, Sources
from gateway.model.time import Clock
from gateway.projection.drift import count_drift, load_drift
from gateway.projection.orders.joining import count_waiting
from gateway.projection.quarantine import count_quarantined
from gateway.projection.runs import ask_run, load_runs
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


@dataclass(frozen=True, slots=True)
class RunAnswer:
    """A run, how many records of each kind of drift it found, and the first hundred of each."""

    row: Row
    counts: dict[str, int]
    drift: tuple[Row, ...]


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

    async def runs(self, source_ids: Sequence[str], limit: int) -> list[list[RunAnswer]]:
        """Answer the latest runs of each source, with what reconciles found."""
        found = await load_runs(self._pool, source_ids, limit)
        ids = [row["id"] for rows in found.values() for row in rows]
        counts, drift = await count_drift(self._pool, ids), await load_drift(self._pool, ids)
        return [
            [RunAnswer(row, counts[row["id"]], tuple(drift[row["id"]])) for row in found[each]]
            for each in source_ids
        ]

    async def ask_walk(
        self, source_id: str, stream: str, key: str, *, reconciles: bool = False
    ) -> Row:
        """Ask for a complete walk, or one that compares; the same key is the same run.

        raises: UnknownStream, KeyReused.
        """
        source = self._sources.get(source_id)
        if source is None or stream not in source.streams:
            raise UnknownStream(f"{source_id} has no stream {stream} that is read")
        kind = "RECONCILE" if reconciles else "WALK"
        return await ask_run(self._pool, source_id, stream, kind, key=key, now=self._clock.now())
