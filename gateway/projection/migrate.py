"""Brings a database to the tables of this version, one process at a time."""

from collections.abc import Callable
from typing import TypeVar

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

T = TypeVar("T")
LOCK = 7_221_903_511


async def migrate(dsn: str) -> str:
    """Apply every missing step, under an advisory lock; answer the revision then reached."""
    return await _on_connection(dsn, _upgrade)


async def missing_revisions(dsn: str) -> list[str]:
    """Answer the steps that the database lacks, oldest first."""
    return await _on_connection(dsn, _missing)


def migration_config() -> Config:
    """Answer Alembic's configuration: the steps are part of this package."""
    config = Config()
    config.set_main_option("script_location", "gateway.projection:migrations")
    config.set_main_option("path_separator", "os")
    return config


async def _on_connection(dsn: str, work: Callable[[Connection], T]) -> T:
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn), poolclass=NullPool
    )
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


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


def _missing(connection: Connection) -> list[str]:
    current = MigrationContext.configure(connection).get_current_revision()
    script = ScriptDirectory.from_config(migration_config())
    steps = list(script.iterate_revisions("head", current or "base"))
    return [step.revision for step in reversed(steps)]
