"""The database: somebody's, or our own one, of this version's tables."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from gateway.bootstrap.problems import StartFailed
from gateway.projection.database import AWAY, open_pool
from gateway.projection.embedded import EmbeddedPostgres, EmbeddedPostgresError
from gateway.projection.migrate import missing_revisions
from gateway.settings import Settings


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[str]:
    """Answer the DSN of the database, our own one started if the configuration says so."""
    told = settings.database
    if told.dsn is not None:
        yield told.dsn.get_secret_value()
        return
    server = EmbeddedPostgres(told.data_dir)
    try:
        await server.start()
    except EmbeddedPostgresError as error:
        raise StartFailed([f"database: {error}"]) from error
    try:
        yield server.dsn
    finally:
        await server.stop()


async def open_projection(settings: Settings, dsn: str) -> Any:
    """Answer connections to a database that has every migration; raises StartFailed."""
    told = settings.database
    try:
        missing = await missing_revisions(dsn)
        if missing:
            raise StartFailed(
                [f"database: {len(missing)} migrations are missing; run `trama migrate` first"]
            )
        return await open_pool(dsn, minimum=told.pool_min, maximum=told.pool_max)
    except AWAY as error:
        raise StartFailed([f"database: cannot be reached ({type(error).__name__})"]) from error
