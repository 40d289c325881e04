"""Keeps what a reconcile finds: what differed from its source, by name, and was mended."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from gateway.projection.drift import (
    Drift,
    drift_between,
    forget_versions,
    keep_drift,
    take_snapshot,
)

log = structlog.get_logger("trama.sync")


@asynccontextmanager
async def watched(
    connection: Any, source_id: str, stream: str, refs: Sequence[str], run: UUID, now: datetime
) -> AsyncIterator[None]:
    """Keep, by name, what is written of records within the block; their versions do not count."""
    before = await take_snapshot(connection, source_id, stream, refs)
    await forget_versions(connection, source_id, stream, refs)
    yield
    after = await take_snapshot(connection, source_id, stream, refs)
    await keep_found(connection, source_id, stream, run, drift_between(before, after), now)


async def keep_found(
    connection: Any, source_id: str, stream: str, run: UUID, found: Sequence[Drift], now: datetime
) -> None:
    """Keep what differed, and say so."""
    await keep_drift(connection, run, found, now)
    for each in found:
        log.warning(
            "drift.repaired", source=source_id, stream=stream, ref=each.ref, kind=each.kind.value,
            fields=list(each.fields),
        )  # fmt: skip
