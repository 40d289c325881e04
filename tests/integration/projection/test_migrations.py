"""The steps lead to exactly the declared tables, once, whoever starts them at the same time."""

import asyncio

import asyncpg
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from gateway.projection.migrate import migrate, missing_revisions
from gateway.projection.tables import METADATA
from gateway.projection.tables.columns import TransactionId


def _differences(connection: Connection) -> list[object]:
    ischema_names.setdefault("xid8", TransactionId)
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return list(compare_metadata(context, METADATA))


async def test_the_steps_lead_to_the_declared_tables(database: str) -> None:
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(database), poolclass=NullPool
    )
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(_differences) == []
    finally:
        await engine.dispose()


async def test_an_empty_database_says_what_it_lacks_and_gets_it_once(empty_database: str) -> None:
    assert await missing_revisions(empty_database) == ["0001", "0002", "0003", "0004"]
    reached = await asyncio.gather(*(migrate(empty_database) for _ in range(3)))
    assert reached == ["0004", "0004", "0004"]
    assert await missing_revisions(empty_database) == []
    connection = await asyncpg.connect(empty_database)
    try:
        assert await connection.fetchval("SELECT count(*) FROM log") == 1
    finally:
        await connection.close()
