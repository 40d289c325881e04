"""Reads one stream of one source: its delta, and its walks, page by page and resumable."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gateway.connect.errors import CursorExpired
from gateway.connect.manifest import Manifest
from gateway.connect.protocols import AcknowledgedStream
from gateway.connect.records import Page, Unmappable
from gateway.federation.sources import ConnectedSource
from gateway.model.time import Clock
from gateway.projection.database import transaction
from gateway.projection.log import append_backfill_completed
from gateway.projection.quarantine import has_nameless
from gateway.projection.runs import begin_run, end_run, note_progress, resume_run
from gateway.projection.streams import (
    StreamState,
    complete_walk,
    forget_delta,
    load_stream,
    save_delta,
    save_walk,
)
from gateway.sync.apply import Applier
from gateway.sync.schedule import WALKS
from gateway.sync.streams import Reads, reads_of
from gateway.telemetry.spans import RECORDS, note

_DATED_BY = {
    "stock": {"on_hand", "committed"},
    "orders": {"state", "native_status", "lines"},
    "fulfillments": {"status", "shipments"},
    "customers": {"name"},
    "invoices": {"status"},
}


def dating_fields(manifest: Manifest, stream: str) -> set[str]:
    """Answer the fields whose changes a delta must show for its watermark to date rows.

    Where orders take from stock what they sell, the source commits nothing, so it tells of none.
    """
    needed = _DATED_BY.get(stream, set())
    is_uncommitted = manifest.stock_effect == "on_hand_on_import"
    return needed - {"committed"} if is_uncommitted else needed


def has_nameless_record(page: Page[Any]) -> bool:
    """Answer whether a page has a record whose id could not be read."""
    return any(isinstance(item, Unmappable) and item.ref is None for item in page.items)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a walk has come, in rows."""

    source_id: str
    stream: str
    rows: int
    expected: int | None
    is_over: bool


OnProgress = Callable[[Progress], None]


def no_progress(progress: Progress) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class _Run:
    """The note of a walk."""

    id: UUID
    kind: str

    @property
    def reconcile(self) -> UUID | None:
        """The run, if it compares."""
        return self.id if self.kind == "RECONCILE" else None


class StreamReader:
    """Reads one stream; every note of how far is fenced by the lease's token."""

    def __init__(
        self,
        pool: Any,
        source: ConnectedSource,
        stream: str,
        applier: Applier,
        clock: Clock,
        on_progress: OnProgress = no_progress,
    ) -> None:
        self._pool = pool
        self._source = source
        self._stream = stream
        self._applier = applier
        self._clock = clock
        self._on_progress = on_progress
        self._run: _Run | None = None

    @property
    def has_delta(self) -> bool:
        """Whether the source tells what has changed."""
        return self._source.stream(self._stream).change_filter != "none"

    async def state(self) -> StreamState:
        """Answer how far the stream has been read."""
        return await load_stream(self._pool, self._source.id, self._stream)

    async def read_delta(self, state: StreamState) -> int:
        """Read all that has changed, apply it, and only then move the cursor; answer the rows.

        An expired cursor begins anew and asks for a walk. A record without a name may be any, so
        what was read before it is dated by no watermark. Raises SourceError, LeaseLost.
        """
        cursor, covered_since, rows = state.cursor, state.covered_since, 0
        while True:
            try:
                page = await self._changes(cursor)
            except CursorExpired:
                await forget_delta(self._pool, state)
                return rows
            applied = await self._applier.apply(self._source, self._stream, page.items)
            rows += applied.written
            if page.gone:
                await self._applier.mark_gone(self._source, self._stream, page.gone)
            cursor = page.next_cursor if page.next_cursor is not None else cursor
            covered_since = covered_since or page.observed_at
            if has_nameless_record(page):
                covered_since = self._clock.now()
            await save_delta(
                self._pool, state, cursor=cursor, covered_since=covered_since,
                watermark=self._watermark(page),
            )  # fmt: skip
            await self._acknowledge(page)
            if page.is_last:
                return rows

    async def walk_page(self, state: StreamState, kind: str = "WALK") -> StreamState:
        """Read the next page of the walk under way, or begin one; answer the state afterwards.

        A `RECONCILE` compares as it walks. A walk that goes on is of the kind that it began as.
        raises: SourceError, LeaseLost; CursorExpired begins the walk anew.
        """
        run = await self._running(state, kind)
        try:
            page = await self._walk(state.walk_cursor)
        except CursorExpired:
            await save_walk(
                self._pool, state, cursor=None, started_at=self._clock.now(), rows=0, expected=None
            )
            return await self.state()
        note({RECORDS: len(page.items)})
        started_at = state.walk_started_at or page.observed_at
        is_backfill = state.backfilled_at is None
        await self._applier.apply(
            self._source, self._stream, page.items,
            appends_events=not is_backfill, reconcile=run.reconcile,
        )  # fmt: skip
        rows = state.walk_rows if state.walk_started_at is not None else 0
        rows += len(page.items)
        expected = page.expected if page.expected is not None else state.walk_expected
        if page.is_last:
            await self._complete(state, started_at, rows, run.reconcile)
        else:
            await save_walk(
                self._pool, state, cursor=page.next_cursor, started_at=started_at,
                rows=rows, expected=expected,
            )  # fmt: skip
        await self._tell(run, rows, expected, is_over=page.is_last)
        return await self.state()

    async def fail_run(self, error: str) -> None:
        """Note that the walk under way has stopped; it goes on from its last page."""
        if self._run is not None:
            await end_run(self._pool, self._run.id, self._clock.now(), error)
            self._run = None

    async def _running(self, state: StreamState, kind: str) -> _Run:
        """Answer the run of the walk: the one under way, or a new one."""
        if self._run is None:
            pool, of = self._pool, (self._source.id, self._stream)
            row = None
            if state.walk_started_at is not None:
                row = await resume_run(pool, *of, sorted(WALKS))
            if row is None:
                key = await begin_run(pool, *of, kind, self._clock.now())
                self._run = _Run(key, kind)
            else:
                self._run = _Run(row["id"], row["kind"])
        return self._run

    async def _complete(
        self, state: StreamState, started_at: datetime, rows: int, reconcile: UUID | None
    ) -> None:
        is_gapless = not await has_nameless(self._pool, self._source.id, self._stream, started_at)
        async with transaction(self._pool) as connection:
            await complete_walk(connection, state, started_at=started_at, is_gapless=is_gapless)
            if is_gapless:
                await self._applier.complete(
                    connection, self._source, self._stream, started_at,
                    appends_events=state.backfilled_at is not None, reconcile=reconcile,
                )  # fmt: skip
            if state.backfilled_at is None:
                await append_backfill_completed(
                    connection, self._source.id, self._stream, rows, self._clock.now()
                )
        self._applier.note_commit()

    async def _tell(self, run: _Run, rows: int, expected: int | None, *, is_over: bool) -> None:
        await note_progress(self._pool, run.id, rows, expected)
        if is_over:
            await end_run(self._pool, run.id, self._clock.now())
            self._run = None
        self._on_progress(Progress(self._source.id, self._stream, rows, expected, is_over))

    def _watermark(self, page: Page[Any]) -> datetime | None:
        told = self._source.stream(self._stream)
        needed = dating_fields(self._source.manifest, self._stream)
        if not page.is_last or not needed <= set(told.fields_covered):
            return None
        return page.observed_at - timedelta(seconds=told.lag_seconds + told.skew_seconds)

    async def _acknowledge(self, page: Page[Any]) -> None:
        queue = self._source.connector
        if page.receipts and isinstance(queue, AcknowledgedStream):
            await self._source.call(lambda d: queue.acknowledge(page.receipts, deadline=d))

    async def _changes(self, cursor: str | None) -> Page[Any]:
        read = self._reads().changes
        if read is None:
            raise LookupError(f"{self._source.id} tells no changes of {self._stream}")
        return await self._source.call(lambda deadline: read(cursor, deadline=deadline))

    async def _walk(self, cursor: str | None) -> Page[Any]:
        read = self._reads().walk
        return await self._source.call(lambda deadline: read(cursor, deadline=deadline))

    def _reads(self) -> Reads:
        found = reads_of(self._source, self._stream)
        if found is None:
            raise LookupError(f"{self._source.id} has no stream {self._stream}")
        return found
