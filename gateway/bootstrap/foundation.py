"""What everything in a gateway stands on: its database and its sources."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any

from gateway.bootstrap.credentials import Credentials
from gateway.bootstrap.database import open_database, open_projection
from gateway.bootstrap.observing import counting_calls
from gateway.bootstrap.preparing import prepare
from gateway.bootstrap.publishing import published_channels
from gateway.bootstrap.sources import connect_sources
from gateway.federation.sources import Sources
from gateway.model.time import Clock
from gateway.projection.migrate import migrate
from gateway.settings import Settings
from gateway.sync.publishing import PublishedChannel
from gateway.telemetry.meters import Meters


@dataclass(frozen=True, slots=True)
class Foundation:
    """The database and the sources, and what counts and tells the time."""

    settings: Settings
    clock: Clock
    meters: Meters
    dsn: str
    pool: Any
    sources: Sources
    channels: Sequence[PublishedChannel]


async def open_foundation(
    stack: AsyncExitStack, settings: Settings, clock: Clock, dsn: str | None, *, migrates: bool
) -> Foundation:
    """Answer the foundation; a database that is given is prepared already. Raises StartFailed."""
    meters, credentials = Meters(), Credentials()
    sources = connect_sources(settings, clock, partial(counting_calls, meters), credentials)
    channels = published_channels(settings, sources)
    opened = await _opened(stack, settings, migrates=migrates) if dsn is None else dsn
    pool = await open_projection(settings, opened)
    stack.push_async_callback(pool.close)
    stack.push_async_callback(sources.close)
    credentials.open(pool)
    if dsn is None:
        await prepare(pool, settings, sources, channels, clock)
    return Foundation(settings, clock, meters, opened, pool, sources, channels)


async def _opened(stack: AsyncExitStack, settings: Settings, *, migrates: bool) -> str:
    dsn = await stack.enter_async_context(open_database(settings))
    if migrates or settings.database.embedded:
        await migrate(dsn)
    return dsn
