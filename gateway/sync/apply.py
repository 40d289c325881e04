"""Applies what was read: what is new, what was only told again, and what is there no more."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from gateway.connect.records import Mapped
from gateway.federation.sources import ConnectedSource, Sources
from gateway.model.stock import PositionRef
from gateway.model.time import Clock
from gateway.projection.customers.linking import link_changed
from gateway.projection.database import transaction
from gateway.projection.drift import Drift, DriftKind
from gateway.projection.gone import mark_gone
from gateway.projection.items import link_items
from gateway.projection.locations import close_unlisted, load_location_ids
from gateway.projection.quarantine import resolve_quarantined, resolve_unseen
from gateway.projection.stock import clear_gone, clear_unlisted
from gateway.sync.chunks import Applied, Chunks, How, Item
from gateway.sync.confirming import Expected, expect, table_of, told_again
from gateway.sync.dating import Datings, ToldAgain
from gateway.sync.mapping import name_of, stock_key
from gateway.sync.reconciling import keep_found

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
        self._clock = clock
        self._chunks = Chunks(pool, sources, clock)
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
            applied = await self._chunks.write(source, stream, chunk, how)
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
        if len(told) == len(items):
            return []
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
            await keep_found(connection, source.id, stream, reconcile, found, now)


def _chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
