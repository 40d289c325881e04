"""Puts together how changes come in: who reads the sources, and who writes what they say."""

import os
import socket
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

from gateway.bootstrap.foundation import Foundation
from gateway.bootstrap.observing import counting_records, counting_told
from gateway.bootstrap.preparing import groups_of, read_coordinates
from gateway.federation.refreshing import Refresher, WriteThrough
from gateway.federation.sources import ConnectedSource
from gateway.federation.stock import StockFederation
from gateway.model.stock import PositionRef
from gateway.projection.orders.confirming import Confirmed
from gateway.settings import Settings
from gateway.sync.apply import Applier
from gateway.sync.chunks import Item
from gateway.sync.confirming import Expected
from gateway.sync.publishing import ChannelPublisher
from gateway.sync.reading import OnProgress
from gateway.sync.reread import told_of
from gateway.sync.worker import SyncWorker, WorkerOptions


def open_applier(stack: AsyncExitStack, under: Foundation, nudge: Callable[[], None]) -> Applier:
    """Answer who writes what sources say, and nudges whoever wakes the log's readers."""
    applier = Applier(
        under.pool, under.sources, under.clock,
        chunk_rows=under.settings.sync.chunk_rows, on_applied=counting_records(under.meters),
        on_committed=nudge,
    )  # fmt: skip
    stack.push_async_callback(applier.close)
    return applier


def open_refresher(stack: AsyncExitStack, under: Foundation, applier: Applier) -> Refresher:
    """Answer who asks sources anew, and has what they say written."""
    refresher = Refresher(
        under.pool, under.sources, write_through(applier), under.clock,
        seconds=under.settings.freshness.deadline_seconds * 4,
    )  # fmt: skip
    stack.push_async_callback(refresher.close)
    return refresher


def worker_of(
    under: Foundation, applier: Applier, stock: StockFederation, on_progress: OnProgress
) -> SyncWorker:
    """Answer who reads the sources, and tells channels what they may sell."""
    pool, clock, told = under.pool, under.clock, counting_told(under.meters)
    publishers = [ChannelPublisher(pool, each, stock, clock, told) for each in under.channels]
    options = _worker_options(under.settings)
    return SyncWorker(pool, under.sources, applier, clock, options, on_progress, publishers)


def write_through(applier: Applier) -> WriteThrough:
    """Answer how what was read for a caller is written."""

    async def stock(
        source: ConnectedSource,
        asked: Sequence[PositionRef],
        found: Sequence[Item | None],
        observed_at: Any,
    ) -> None:
        items, gone = told_of(asked, found)
        await applier.apply(source, "stock", items)
        if gone:
            await applier.clear(source, gone, observed_at)

    async def records(
        source: ConnectedSource, stream: str, items: Sequence[Item], expected: Expected
    ) -> Confirmed:
        return (await applier.apply(source, stream, items, expected=expected)).confirmed

    return WriteThrough(stock, applier.expect, records, applier.settled)


def _worker_options(settings: Settings) -> WorkerOptions:
    return WorkerOptions(
        owner=f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}",
        lease_seconds=settings.sync.lease_seconds,
        groups=groups_of(settings),
        coordinates=read_coordinates(settings.locations.coordinates_file),
    )
