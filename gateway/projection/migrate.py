"""Which steps a database lacks to have the tables of this version, and how it comes to them."""

from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from gateway.projection.database import Executor

STEPS = Path(__file__).parent / "migrations" / "versions"


class MigrationRefused(Exception):
    """The database's user may not do what a step needs; a person acts."""


async def migrate(dsn: str) -> str:
    """Apply every missing step, under an advisory lock; answer the revision then reached.

    raises: MigrationRefused, and nothing has changed.
    """
    # Alembic and SQLAlchemy are loaded by nobody else: they take as long as a fifth of a start.
    from gateway.projection.upgrading import upgrade

    return await upgrade(dsn)


async def missing_revisions(dsn: str) -> list[str]:
    """Answer the steps that the database lacks, oldest first."""
    connection = await asyncpg.connect(dsn)
    try:
        return await load_missing(connection)
    finally:
        await connection.close()


async def load_missing(executor: "Executor") -> list[str]:
    """Answer the same; a database of a later version lacks nothing."""
    reached = ""
    if await executor.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL"):
        reached = await executor.fetchval("SELECT version_num FROM alembic_version") or ""
    return [each for each in known_revisions() if each > reached]


def known_revisions() -> list[str]:
    """Answer the steps of this version, oldest first: their files are called after them."""
    return sorted(each.stem.partition("_")[0] for each in STEPS.glob("[0-9]*.py"))
