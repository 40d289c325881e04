"""Writes records chunk by chunk, each in one transaction; one that cannot be kept is set aside."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import structlog

from gateway.connect.records import Mapped, Unmappable
from gateway.federation.sources import ConnectedSource, Sources
from gateway.model.time import Clock
from gateway.projection.database import transaction
from gateway.projection.orders.confirming import Confirmed
from gateway.projection.quarantine import (
    QuarantineEntry,
    put_in_quarantine,
    resolve_quarantined,
    storable,
)
from gateway.sync.dating import UNFIT
from gateway.sync.mapping import ask_for, name_of, unmappable
from gateway.sync.reconciling import watched
from gateway.sync.writing import WRITERS, Writing, mark_quarantined

Item: TypeAlias = Mapped[Any] | Unmappable

log = structlog.get_logger("trama.sync")


@dataclass(slots=True)
class Applied:
    """How many records were written, and how many set aside; which were only told again."""

    written: int = 0
    quarantined: int = 0
    confirmed: Confirmed = field(default_factory=dict)

    def add(self, other: "Applied") -> None:
        """Count another chunk."""
        self.written += other.written
        self.quarantined += other.quarantined
        self.confirmed = {**self.confirmed, **other.confirmed}


@dataclass(frozen=True, slots=True)
class How:
    """How records are written: whether the log tells of it, and the run that compares, if one."""

    appends_events: bool
    reconcile: UUID | None


class Chunks:
    """Writes what one stream of a source says."""

    def __init__(self, pool: Any, sources: Sources, clock: Clock) -> None:
        self._pool = pool
        self._sources = sources
        self._clock = clock

    async def write(
        self, source: ConnectedSource, stream: str, items: Sequence[Item], how: How
    ) -> Applied:
        """Write a chunk; what Postgres refuses of it is in quarantine."""
        try:
            return await self._write_once(source, stream, items, how)
        except asyncpg.DeadlockDetectedError:
            return await self._write_once(source, stream, items, how)
        except UNFIT as error:
            if len(items) > 1:
                return await self._write_apart(source, stream, items, how)
            return await self._set_aside(source, stream, items[0], error)

    async def _write_apart(
        self, source: ConnectedSource, stream: str, items: Sequence[Item], how: How
    ) -> Applied:
        """Write by halves, so that one record that Postgres refuses spoils no other."""
        total, middle = Applied(), len(items) // 2
        for half in (items[:middle], items[middle:]):
            total.add(await self.write(source, stream, half, how))
        return total

    async def _set_aside(
        self, source: ConnectedSource, stream: str, item: Item, error: Exception
    ) -> Applied:
        entry = QuarantineEntry(
            stream, name_of(item), item.raw, "UNSTORABLE", "", f"cannot be stored: {error}",
            _storable_ask(item),
        )  # fmt: skip
        async with transaction(self._pool) as connection:
            named = [entry.key] if entry.ref == entry.key else []
            await mark_quarantined(connection, source.id, stream, named)
            await put_in_quarantine(connection, source.id, [entry], self._clock.now())
        return Applied(quarantined=1)

    async def _write_once(
        self, source: ConnectedSource, stream: str, items: Sequence[Item], how: How
    ) -> Applied:
        mapped = [item for item in items if isinstance(item, Mapped)]
        broken = [item for item in items if isinstance(item, Unmappable)]
        now = self._clock.now()
        async with transaction(self._pool) as connection:
            async with _compared(connection, source, stream, mapped, how, now):
                to = Writing(connection, source, now, how.appends_events, self._sources.authorities)
                kept = await WRITERS[stream](to, mapped)
            refused = kept.refused + unmappable(stream, broken)
            named = [entry.ref for entry in refused if entry.ref is not None]
            healed = sorted(set(kept.refs) - set(named))
            read_at = min((item.record.observed_at for item in mapped), default=now)
            met_since = await resolve_quarantined(
                connection, source.id, stream, healed, now, read_at=read_at
            )
            marked = [entry.ref for entry in refused if entry.ref == entry.key] + met_since
            await mark_quarantined(connection, source.id, stream, marked)
            await put_in_quarantine(connection, source.id, refused, now)
        _tell(source.id, stream, refused)
        return Applied(len(mapped) - len(kept.refused), len(refused))


def _compared(
    connection: Any,
    source: ConnectedSource,
    stream: str,
    mapped: Sequence[Mapped[Any]],
    how: How,
    now: datetime,
) -> AbstractAsyncContextManager[None]:
    if how.reconcile is None:
        return nullcontext()
    refs = [ref for ref in map(name_of, mapped) if ref is not None]
    return watched(connection, source.id, stream, refs, how.reconcile, now)


def _tell(source_id: str, stream: str, refused: Sequence[QuarantineEntry]) -> None:
    for entry in refused:
        log.warning(
            "record.quarantined", source=source_id, stream=stream, ref=entry.ref, code=entry.code,
            path=entry.path,
        )  # fmt: skip


def _storable_ask(item: Item) -> dict[str, str]:
    """Answer by what a record is found again, as far as Postgres takes it."""
    ask = ask_for(item)
    if "item" in ask and storable(ask["location"]) != ask["location"]:
        ask = {"ref": ask["item"]}
    return ask if all(storable(each) == each for each in ask.values()) else {}
