"""Applies migrations by Alembic, one process at a time."""

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from gateway.projection.migrate import MigrationRefused

LOCK = 7_221_903_511
_NOT_ALLOWED = "42501"


async def upgrade(dsn: str) -> str:
    """Apply every missing step, under an advisory lock; answer the revision then reached.

    raises: MigrationRefused, and nothing has changed.
    """
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn), poolclass=NullPool
    )
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_upgrade)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _NOT_ALLOWED:
            raise
        raise MigrationRefused(
            "the database's user may not do what the migrations need: it has to own the database, "
            "and to create roles (CREATEROLE), or somebody who may runs first: "
            "CREATE ROLE trama_reader NOLOGIN; GRANT trama_reader TO <the user>"
        ) from error
    finally:
        await engine.dispose()


def migration_config() -> Config:
    """Answer Alembic's configuration: the steps are part of this package."""
    config = Config()
    config.set_main_option("script_location", "gateway.projection:migrations")
    config.set_main_option("path_separator", "os")
    return config


def _upgrade(connection: Connection) -> str:
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
    connection.commit()
    try:
        config = migration_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
        return str(MigrationContext.configure(connection).get_current_revision())
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
        connection.commit()
