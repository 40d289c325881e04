"""Keeps every stream of every source read, each by one process at a time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gateway.connect.errors import SourceError
from gateway.federation.sources import ConnectedSource, Sources
from gateway.model.time import Clock
from gateway.projection.database import transaction
from gateway.projection.locations import GroupSpec, apply_groups, place_locations
from gateway.projection.runs import begin_run, end_run, last_done, load_asked, note_progress
from gateway.projection.streams import LeaseLost, StreamState, load_streams
from gateway.sync.apply import Applier
from gateway.sync.inbox import INBOX, InboxDrain
from gateway.sync.keeping import StreamKeeper, reason_of
from gateway.sync.publishing import ChannelPublisher
from gateway.sync.reading import OnProgress, StreamReader, no_progress
from gateway.sync.replay import Replayer
from gateway.sync.schedule import Rhythm, is_reconcile_due, needs_walk, prerequisites
from gateway.telemetry.spans import RECORDS, SOURCE, STREAM, span

INBOX_SECONDS = 1.0
WAIT_FOR_OTHERS_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """`owner` names this process in leases; coordinates are by location code."""

    owner: str
    lease_seconds: float
    groups: Sequence[GroupSpec]
    coordinates: dict[str, tuple[float, float]]


class SyncWorker:
    """All of the reading that this process does, and all that it tells channels of their stock."""

    def __init__(
        self,
        pool: Any,
        sources: Sources,
        applier: Applier,
        clock: Clock,
        options: WorkerOptions,
        on_progress: OnProgress = no_progress,
        publishers: Sequence[ChannelPublisher] = (),
    ) -> None:
        self._publishers = publishers
        self._pool = pool
        self._sources = sources
        self._applier = applier
        self._clock = clock
        self._options = options
        self._on_progress = on_progress
        self._wakes = {source.id: asyncio.Event() for source in sources}
        self._keeper = StreamKeeper(pool, clock, owner=options.owner, seconds=options.lease_seconds)
        self._drain = InboxDrain(pool, applier, clock)
        self._replayer = Replayer(pool, applier)

    def wake(self, source_id: str) -> None:
        """A push of this source is in the inbox: act on it at once."""
        if source_id in self._wakes:
            self._wakes[source_id].set()

    async def run(self) -> None:
        """Read until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for source in self._sources:
                for stream in source.streams:
                    tasks.create_task(self._keep_stream(source, stream))
                if source.hooks is not None:
                    tasks.create_task(self._keep_inbox(source))
            for each in self._publishers:
                told = each.channel
                tasks.create_task(self._keeper.keep(told.source, told.stream, each.turn, None))

    async def _keep_stream(self, source: ConnectedSource, stream: str) -> None:
        reader = StreamReader(
            self._pool, source, stream, self._applier, self._clock, self._on_progress
        )

        async def turn(state: StreamState) -> float:
            return await self._turn(source, stream, reader, state)

        await self._keeper.keep(source, stream, turn, None)

    async def _keep_inbox(self, source: ConnectedSource) -> None:
        async def turn(state: StreamState) -> float:
            await self._drain.drain(source)
            await self._drain.forget()
            return INBOX_SECONDS

        await self._keeper.keep(source, INBOX, turn, self._wakes[source.id])

    async def _turn(
        self, source: ConnectedSource, stream: str, reader: StreamReader, leased: StreamState
    ) -> float:
        state = await reader.state()
        if state.lease_token != leased.lease_token:
            raise LeaseLost(f"{source.id}/{stream}")
        if await self._waits_for(source, stream, state):
            return WAIT_FOR_OTHERS_SECONDS
        with span(f"sync {stream}", {SOURCE: source.id, STREAM: stream}):
            await self._read(source, stream, reader, state)
        return source.rules.poll_seconds

    async def _read(
        self, source: ConnectedSource, stream: str, reader: StreamReader, state: StreamState
    ) -> None:
        if reader.has_delta:
            await self._read_delta(reader, state)
            await self._replayer.replay(source, stream, mappable_only=True)
        await self._replay_asked(source, stream)
        await self._walk(source, stream, reader)

    async def _read_delta(self, reader: StreamReader, state: StreamState) -> None:
        with span("delta", {SOURCE: state.source_id, STREAM: state.stream}) as made:
            made.set_attribute(RECORDS, await reader.read_delta(state))

    async def _walk_page(self, reader: StreamReader, state: StreamState, kind: str) -> StreamState:
        with span("walk page", {SOURCE: state.source_id, STREAM: state.stream}):
            return await reader.walk_page(state, kind)

    async def _replay_asked(self, source: ConnectedSource, stream: str) -> None:
        """Read everything in quarantine again where a person has asked for it."""
        while "REPLAY" in await load_asked(self._pool, source.id, stream):
            run = await begin_run(self._pool, source.id, stream, "REPLAY", self._clock.now())
            result = await self._replayer.replay(source, stream)
            await note_progress(self._pool, run, result.resolved, result.tried)
            await end_run(self._pool, run, self._clock.now(), result.failed)

    async def _walk(self, source: ConnectedSource, stream: str, reader: StreamReader) -> None:
        """Walk if one is due; a delta is read in between when its time has come."""
        rules = source.rules
        rhythm = Rhythm(reader.has_delta, rules.backfills, rules.poll_seconds, rules.walk_seconds)
        state = await reader.state()
        asked = await self._asked(source, stream, reader, state)
        kind = "RECONCILE" if "RECONCILE" in asked else "WALK"
        delta_at = self._clock.monotonic() + rules.poll_seconds
        walked = False
        while needs_walk(state, rhythm, self._clock.now(), asked):
            try:
                state = await self._walk_page(reader, state, kind)
            except SourceError as error:
                await reader.fail_run(reason_of(error))
                raise
            walked, asked = True, set()
            if state.walk_started_at is None:
                break
            if reader.has_delta and self._clock.monotonic() >= delta_at:
                await self._read_delta(reader, state)
                state = await reader.state()
                delta_at = self._clock.monotonic() + rules.poll_seconds
        if walked and stream == "locations":
            await self._settle_locations()
        if walked:
            await self._replayer.replay(source, stream, mappable_only=True)

    async def _asked(
        self, source: ConnectedSource, stream: str, reader: StreamReader, state: StreamState
    ) -> set[str]:
        """Answer the kinds of run that a person has asked for, or that are due."""
        asked = await load_asked(self._pool, source.id, stream)
        if reader.has_delta and source.rules.reconcile_seconds is not None:
            last = await last_done(self._pool, source.id, stream, "RECONCILE")
            seconds = source.rules.reconcile_seconds
            if is_reconcile_due(state, last, seconds, self._clock.now()):
                asked.add("RECONCILE")
        return asked

    async def _waits_for(self, source: ConnectedSource, stream: str, state: StreamState) -> bool:
        if state.backfilled_at is not None:
            return False
        every = {(each.id, name) for each in self._sources if each.rules.backfills
                 for name in each.streams}  # fmt: skip
        creators = [each.id for each in self._sources if each.rules.creates_items]
        needed = prerequisites(source.id, stream, every, creators)
        if not needed:
            return False
        states = await load_streams(self._pool)
        read = {(s.source_id, s.stream) for s in states if s.backfilled_at is not None}
        return any(each not in read for each in needed)

    async def _settle_locations(self) -> None:
        async with transaction(self._pool) as connection:
            await place_locations(connection, self._options.coordinates)
            await apply_groups(connection, self._options.groups, self._clock.now())
