"""Puts the log's readers together: the tail, the wake-ups between processes, what is forgotten."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from gateway.events.cursor import CursorSeal
from gateway.events.feed import Feed
from gateway.events.mirror import Mirror
from gateway.events.relay import Relay
from gateway.events.retention import Retention
from gateway.model.time import Clock
from gateway.projection.marks import load_identity
from gateway.settings import Settings


@asynccontextmanager
async def following(
    pool: Any, dsn: str, settings: Settings, clock: Clock, mirror: Mirror | None
) -> AsyncIterator[tuple[Feed, Relay]]:
    """Answer the process's one tail of the log, and whom to nudge once something was committed."""
    identity, told = await load_identity(pool), settings.events
    feed = Feed(
        pool, clock, CursorSeal(identity.id, identity.key),
        poll_seconds=told.poll_seconds, checkpoint_seconds=told.checkpoint_seconds,
        horizon_warning_seconds=told.horizon_warning_seconds, mirror=mirror,
    )  # fmt: skip
    relay = Relay(dsn, feed.wake, retry_seconds=told.poll_seconds)
    retention = Retention(pool, clock, feed.final_to, days=told.retention_days)
    running = [asyncio.create_task(each.run()) for each in (feed, relay, retention)]
    try:
        yield feed, relay
    finally:
        for each in running:
            each.cancel()
        await asyncio.gather(*running, return_exceptions=True)
