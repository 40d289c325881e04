"""Applies what was read: one transaction a chunk, and a record that cannot be kept is set aside."""

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
import structlog

from gateway.connect.records import Mapped, Unmappable
from gateway.federation.sources import ConnectedSource, Sources
from gateway.model.stock import PositionRef
from gateway.model.time import Clock
from gateway.projection.customers.linking import link_changed
from gateway.projection.database import transaction
from gateway.projection.drift import (
    Drift,
    DriftKind,
    drift_between,
    forget_versions,
    keep_drift,
    take_snapshot,
)
from gateway.projection.gone import mark_gone
from gateway.projection.items import link_items
from gateway.projection.locations import close_unlisted, load_location_ids
from gateway.projection.orders.confirming import Confirmed
from gateway.projection.quarantine import (
    QuarantineEntry,
    put_in_quarantine,
    resolve_quarantined,
    resolve_unseen,
    storable,
)
from gateway.projection.stock import clear_gone, clear_unlisted
from gateway.sync.confirming import Expected, expect, table_of, told_again
from gateway.sync.dating import UNFIT, Datings, ToldAgain
from gateway.sync.mapping import ask_for, name_of, stock_key, unmappable
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


OnApplied = Callable[[str, str, Applied], None]


OnCommitted = Callable[[], None]


def nobody_hears() -> None:
    """Tell nobody."""


def nobody_counts(source_id: str, stream: str, applied: Applied) -> None:
    """Tell nobody."""


class Applier:
    """The one way by which what a source says reaches the projection."""

    def __init__(
        self,
        pool: Any,
        sources: Sources,
        clock: Clock,
        *,
        chunk_rows: int = 500,
        on_applied: OnApplied = nobody_counts,
        on_committed: OnCommitted = nobody_hears,
    ) -> None:
        self._pool = pool
        self._sources = sources
        self._clock = clock
        self._chunk_rows = chunk_rows
        self._on_applied = on_applied
        self._on_committed = on_committed
        self._datings = Datings(pool, self.apply, self._count_dated)

    async def apply(
        self,
        source: ConnectedSource,
        stream: str,
        items: Sequence[Item],
        *,
        appends_events: bool = True,
        reconcile: UUID | None = None,
        expected: Expected | None = None,
    ) -> Applied:
        """Write records durably, in chunks; what cannot be written is in quarantine.

        `reconcile` is the run that compares: what it adds or changes is kept by name, and the
        source's versions count for nothing. `expected` is what was known before they were read:
        what they only say again is not written, but dated anew soon after.
        """
        total = Applied()
        how = How(appends_events, reconcile)
        if expected is not None:
            items = await self._set_apart(source, stream, items, expected, total)
        for chunk in _chunks(items, self._chunk_rows):
            applied = await self._apply_chunk(source, stream, chunk, how)
            self._on_applied(source.id, stream, applied)
            self._on_committed()
            total.add(applied)
        if stream in ("orders", "customers") and (items or expected is None):
            await link_changed(self._pool, self._clock.now())
        return total

    async def expect(self, source: ConnectedSource, stream: str, keys: Sequence[str]) -> Expected:
        """Answer what is known of records, to be read while their source is asked for them."""
        asked = frozenset(keys)

        def concerns(told: ToldAgain) -> bool:
            return (told.source.id, told.stream) == (source.id, stream) and told.key in asked

        await self._datings.settled(concerns)
        return await expect(self._pool, source, stream, keys)

    async def settled(self, ids: Collection[UUID]) -> None:
        """Wait until those of these rows that were only told again are dated."""
        await self._datings.settled(lambda told: told.confirmation.id in ids)

    async def close(self) -> None:
        """Date what waits to be dated."""
        await self._datings.close()

    async def _set_apart(
        self,
        source: ConnectedSource,
        stream: str,
        items: Sequence[Item],
        expected: Expected,
        total: Applied,
    ) -> Sequence[Item]:
        """Let what is only told again be dated; answer what is to be written."""
        mapped = {item.record.ref: item for item in items if isinstance(item, Mapped)}
        told = told_again(source, stream, list(mapped.values()), expected)
        if not told:
            return items
        table = table_of(source, stream)
        await self._datings.add(
            ToldAgain(source, stream, table, each, mapped[ref]) for ref, each in told.items()
        )
        total.add(Applied(written=len(told), confirmed=told))
        return [item for item in items if name_of(item) not in told]

    def _count_dated(self, source_id: str, stream: str, count: int) -> None:
        self._on_applied(source_id, stream, Applied(written=count))

    async def clear(
        self, source: ConnectedSource, gone: Sequence[PositionRef], observed_at: Any
    ) -> None:
        """Set positions to 0 that the source was asked for and does not have."""
        async with transaction(self._pool) as connection:
            asked = [each.item for each in gone]
            links = await link_items(connection, source.id, asked, creates=False)
            places = await load_location_ids(connection, source.id, [p.location for p in gone])
            known = [
                (links[each.item].sku, places[each.location])
                for each in gone
                if each.item in links and each.location in places
            ]
            await clear_gone(connection, source.id, known, observed_at)
            keys = {stock_key(each.item, each.location) for each in gone} | set(asked)
            await resolve_quarantined(
                connection, source.id, "stock", sorted(keys), self._clock.now(),
                read_at=observed_at,
            )  # fmt: skip
        self._on_committed()

    async def _apply_chunk(
        self, source: ConnectedSource, stream: str, items: Sequence[Item], how: How
    ) -> Applied:
        try:
            return await self._apply_once(source, stream, items, how)
        except asyncpg.DeadlockDetectedError:
            return await self._apply_once(source, stream, items, how)
        except UNFIT as error:
            if len(items) > 1:
                return await self._apply_apart(source, stream, items, how)
            return await self._set_aside(source, stream, items[0], error)

    async def _apply_apart(
        self, source: ConnectedSource, stream: str, items: Sequence[Item], how: How
    ) -> Applied:
        """Write by halves, so that one record that Postgres refuses spoils no other."""
        total, middle = Applied(), len(items) // 2
        for half in (items[:middle], items[middle:]):
            total.add(await self._apply_chunk(source, stream, half, how))
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

    async def _apply_once(
        self, source: ConnectedSource, stream: str, items: Sequence[Item], how: How
    ) -> Applied:
        mapped = [item for item in items if isinstance(item, Mapped)]
        broken = [item for item in items if isinstance(item, Unmappable)]
        now = self._clock.now()
        async with transaction(self._pool) as connection:
            async with self._watched(connection, source, stream, mapped, how):
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
        for entry in refused:
            log.warning(
                "record.quarantined", source=source.id, stream=stream, ref=entry.ref,
                code=entry.code, path=entry.path,
            )  # fmt: skip
        return Applied(len(mapped) - len(kept.refused), len(refused))

    @asynccontextmanager
    async def _watched(
        self,
        connection: Any,
        source: ConnectedSource,
        stream: str,
        mapped: Sequence[Mapped[Any]],
        how: How,
    ) -> AsyncIterator[None]:
        """Keep, by name, what is written within the block in a reconcile."""
        if how.reconcile is None:
            yield
            return
        refs = [ref for ref in map(name_of, mapped) if ref is not None]
        before = await take_snapshot(connection, source.id, stream, refs)
        await forget_versions(connection, source.id, stream, refs)
        yield
        after = await take_snapshot(connection, source.id, stream, refs)
        found = drift_between(before, after)
        await keep_drift(connection, how.reconcile, found, self._clock.now())
        _tell_drift(source.id, stream, found)

    async def mark_gone(
        self, source: ConnectedSource, stream: str, refs: Sequence[str]
    ) -> list[str]:
        """Mark records that the source was asked for, or told of, and does not have."""
        async with transaction(self._pool) as connection:
            gone = await mark_gone(connection, source.id, stream, now=self._clock.now(), refs=refs)
        self._on_committed()
        if stream == "customers" and gone:
            await link_changed(self._pool, self._clock.now())
        return gone

    def note_commit(self) -> None:
        """Say that what `complete` has written is committed."""
        self._on_committed()

    async def complete(
        self,
        connection: Any,
        source: ConnectedSource,
        stream: str,
        since: datetime,
        *,
        appends_events: bool,
        reconcile: UUID | None,
    ) -> None:
        """Write, in the transaction that completes a walk, what it did not list."""
        now = self._clock.now()
        if stream == "stock":
            await resolve_unseen(connection, source.id, stream, since, now)
            gone = await clear_unlisted(connection, source.id, since)
        elif source.stream(stream).deletes == "none":
            return
        elif stream == "locations":
            gone = await close_unlisted(connection, source.id, since)
        else:
            gone = await mark_gone(
                connection, source.id, stream, now=now, unseen_since=since,
                appends_events=appends_events,
            )  # fmt: skip
        if reconcile is not None:
            found = [Drift(ref, DriftKind.DELETED) for ref in gone]
            await keep_drift(connection, reconcile, found, now)
            _tell_drift(source.id, stream, found)


def _tell_drift(source_id: str, stream: str, found: Sequence[Drift]) -> None:
    for each in found:
        log.warning(
            "drift.repaired", source=source_id, stream=stream, ref=each.ref, kind=each.kind.value,
            fields=list(each.fields),
        )  # fmt: skip


def _chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _storable_ask(item: Item) -> dict[str, str]:
    """Answer by what a record is found again, as far as Postgres takes it."""
    ask = ask_for(item)
    if "item" in ask and storable(ask["location"]) != ask["location"]:
        ask = {"ref": ask["item"]}
    return ask if all(storable(each) == each for each in ask.values()) else {}
