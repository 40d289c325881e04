"""Brings a database to the tables of this version, one process at a time."""

from collections.abc import Callable
from typing import TypeVar

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

T = TypeVar("T")
LOCK = 7_221_903_511
_NOT_ALLOWED = "42501"


class MigrationRefused(Exception):
    """The database's user may not do what a step needs; a person acts."""


async def migrate(dsn: str) -> str:
    """Apply every missing step, under an advisory lock; answer the revision then reached.

    raises: MigrationRefused, and nothing has changed.
    """
    try:
        return await _on_connection(dsn, _upgrade)
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _NOT_ALLOWED:
            raise
        raise MigrationRefused(
            "the database's user may not do what the migrations need: it has to own the database, "
            "and to create roles (CREATEROLE), or somebody who may runs first: "
            "CREATE ROLE trama_reader NOLOGIN; GRANT trama_reader TO <the user>"
        ) from error


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
