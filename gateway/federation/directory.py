"""Answers what sources there are and how they fare."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

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


# How a source or a stream fares: its state, since when, and why.
Faring: TypeAlias = tuple[str, datetime | None, str | None]


@dataclass(frozen=True, slots=True)
class StreamAnswer:
    """A stream that is read, and how many records wait: in quarantine, and for another record."""

    state: StreamState
    quarantined: int
    waiting: int


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

    def all(self) -> list[ConnectedSource]:
        """Answer every source, in the order of the configuration."""
        return list(self._sources)

    def some(self, ids: Sequence[str]) -> list[ConnectedSource | None]:
        """Answer sources by id, in the asked order."""
        return [self._sources.get(each) for each in ids]

    async def health(self, sources: Sequence[ConnectedSource]) -> list[Faring]:
        """Answer how sources fare: the worst of their streams and of what this process sees."""
        states = await load_streams(self._pool)
        return [_worst(source, _read_of(source, states)) for source in sources]

    async def streams(self, sources: Sequence[ConnectedSource]) -> list[list[StreamAnswer]]:
        """Answer what is read of each source, and how far."""
        states, quarantined, waiting = await asyncio.gather(
            load_streams(self._pool), count_quarantined(self._pool), count_waiting(self._pool)
        )
        return [
            [
                StreamAnswer(
                    each,
                    quarantined.get((source.id, each.stream), 0),
                    waiting.get((source.id, each.stream), 0),
                )
                for each in _read_of(source, states)
            ]
            for source in sources
        ]

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


def _read_of(source: ConnectedSource, states: Sequence[StreamState]) -> list[StreamState]:
    return [s for s in states if s.source_id == source.id and s.stream in source.streams]


def _worst(source: ConnectedSource, streams: Sequence[StreamState]) -> Faring:
    seen = source.breaker.health
    every: list[Faring] = [(s.health, s.health_since, s.health_reason) for s in streams]
    every.append((seen.state.value, seen.since, seen.reason))
    return max(every, key=lambda each: SEVERITY.index(each[0]))
