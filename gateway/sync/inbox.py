"""Pushes: durable before they are acknowledged, then read at the source and applied."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

import structlog

from gateway.connect.errors import ContractError, DeliveryRefused, SourceError
from gateway.connect.records import RawDelivery
from gateway.federation.sources import ConnectedSource
from gateway.model.stock import PositionRef
from gateway.model.time import Clock
from gateway.projection.database import transaction
from gateway.projection.inbox import (
    claim_deliveries,
    forget_applied,
    mark_applied,
    mark_failed,
    store_delivery,
)
from gateway.projection.quarantine import QuarantineEntry, put_in_quarantine
from gateway.sync.apply import Applier
from gateway.sync.reread import reread_positions, reread_refs
from gateway.telemetry.spans import RECORDS, SOURCE, span

log = structlog.get_logger("trama.sync")
LOT = 100
MOST_TRIES_FOR_ABSENT = 5
LONGEST_WAIT_SECONDS = 300.0
FORGET_SECONDS = 3600.0
KEPT = timedelta(days=30)
INBOX = "inbox"


class Receipt(StrEnum):
    """What became of a push; STORED and DUPLICATE mean that it is durable."""

    STORED = "STORED"
    DUPLICATE = "DUPLICATE"
    REFUSED = "REFUSED"


async def receive(pool: Any, source: ConnectedSource, delivery: RawDelivery) -> Receipt:
    """Verify a push on its raw bytes and keep it; believe nothing in it yet."""
    hooks = source.hooks
    if hooks is None:
        return Receipt.REFUSED
    try:
        delivery_id = hooks.verify(delivery)
    except DeliveryRefused as error:
        log.warning("push.refused", source=source.id, reason=str(error))
        return Receipt.REFUSED
    is_new = await store_delivery(
        pool, source_id=source.id, delivery_id=delivery_id, url=delivery.url,
        headers=delivery.headers, body=delivery.body, received_at=delivery.received_at,
    )  # fmt: skip
    return Receipt.STORED if is_new else Receipt.DUPLICATE


@dataclass(slots=True)
class _Wanted:
    """What a lot of pushes asks to be read, and which pushes ask for it."""

    refs: dict[str, dict[str, set[int]]] = field(default_factory=lambda: defaultdict(dict))
    positions: dict[PositionRef, set[int]] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)


class InboxDrain:
    """Acts on a source's pushes; one drain per source at a time, by its lease."""

    def __init__(self, pool: Any, applier: Applier, clock: Clock) -> None:
        self._pool = pool
        self._applier = applier
        self._clock = clock
        self._forgot_at: float | None = None

    async def drain(self, source: ConnectedSource) -> int:
        """Act on the pushes that are due, in lots; answer how many were. Raises SourceError."""
        total = 0
        while lot := await self._due(source):
            total += len(lot)
            with span("inbox", {SOURCE: source.id, RECORDS: len(lot)}):
                await self._act(source, lot)
        return total

    async def forget(self) -> None:
        """Remove what was acted on a month ago, at most once an hour."""
        now = self._clock.monotonic()
        if self._forgot_at is None or now - self._forgot_at >= FORGET_SECONDS:
            self._forgot_at = now
            await forget_applied(self._pool, self._clock.now() - KEPT)

    async def _due(self, source: ConnectedSource) -> list[Any]:
        async with transaction(self._pool) as connection:
            return await claim_deliveries(connection, source.id, LOT)

    async def _act(self, source: ConnectedSource, lot: Sequence[Any]) -> None:
        wanted = await self._read_notices(source, lot)
        tries = {row["id"]: row["attempts"] for row in lot}
        try:
            waiting = await self._read_records(source, wanted)
        except SourceError as error:
            pending = [row["id"] for row in lot if row["id"] not in wanted.done]
            wait = min(LONGEST_WAIT_SECONDS, 2.0 ** (1 + min(tries[i] for i in pending)))
            await mark_failed(self._pool, pending, f"{error.code}: {error}", wait)
            await mark_applied(self._pool, sorted(wanted.done))
            raise
        again = [i for i in waiting if tries[i] + 1 < MOST_TRIES_FOR_ABSENT]
        await mark_applied(self._pool, [row["id"] for row in lot if row["id"] not in again])
        for each in again:
            wait = 2.0 ** tries[each]
            await mark_failed(self._pool, [each], "the source does not have it yet", wait)

    async def _read_notices(self, source: ConnectedSource, lot: Sequence[Any]) -> _Wanted:
        hooks, wanted = source.hooks, _Wanted()
        if hooks is None:
            return wanted
        for row in lot:
            delivery = RawDelivery(row["headers"], row["body"], row["url"], row["received_at"])
            try:
                notices = hooks.notices(delivery)
            except ContractError as error:
                await self._set_aside(source, row, error)
                wanted.done.add(row["id"])
                continue
            for notice in notices:
                for ref in notice.refs:
                    wanted.refs[notice.stream].setdefault(ref, set()).add(row["id"])
                for position in notice.positions:
                    wanted.positions.setdefault(position, set()).add(row["id"])
        return wanted

    async def _read_records(self, source: ConnectedSource, wanted: _Wanted) -> set[int]:
        """Read and apply; answer the pushes whose record the source does not have yet."""
        waiting: set[int] = set()
        for stream, askers in wanted.refs.items():
            if stream not in source.streams:
                continue
            read = await reread_refs(source, stream, sorted(askers))
            await self._applier.apply(source, stream, read.items)
            waiting.update(*(askers[ref] for ref in read.absent))
        if wanted.positions and "stock" in source.streams:
            stock = await reread_positions(source, list(wanted.positions))
            await self._applier.apply(source, "stock", stock.items)
            await self._applier.clear(source, stock.gone, stock.observed_at)
        return waiting

    async def _set_aside(self, source: ConnectedSource, row: Any, error: ContractError) -> None:
        entry = QuarantineEntry(
            INBOX, row["delivery_id"], row["body"], error.code, error.path, str(error), {}
        )
        await put_in_quarantine(self._pool, source.id, [entry], self._clock.now())
