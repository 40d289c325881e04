"""The steps lead to exactly the declared tables, once, whoever starts them at the same time."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from gateway.projection.migrate import MigrationRefused, migrate, missing_revisions
from gateway.projection.tables import METADATA
from gateway.projection.tables.columns import TransactionId


def _differences(connection: Connection) -> list[object]:
    ischema_names.setdefault("xid8", TransactionId)
    context = MigrationContext.configure(
        connection, opts={"compare_server_default": True, "include_object": _is_ours}
    )
    return list(compare_metadata(context, METADATA))


def _is_ours(_: object, name: str | None, *_more: object) -> bool:
    """The queue's tables are pgqueuer's to declare."""
    return not (name or "").startswith("pgqueuer")


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
    assert await missing_revisions(empty_database) == [
        "0001",
        "0002",
        "0003",
        "0004",
        "0005",
        "0006",
        "0007",
        "0008",
        "0009",
    ]
    reached = await asyncio.gather(*(migrate(empty_database) for _ in range(3)))
    assert reached == ["0009", "0009", "0009"]
    assert await missing_revisions(empty_database) == []
    connection = await asyncpg.connect(empty_database)
    try:
        assert await connection.fetchval("SELECT count(*) FROM log") == 1
    finally:
        await connection.close()


async def test_a_database_of_a_later_version_lacks_nothing(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("UPDATE alembic_version SET version_num = '9999'")
    finally:
        await connection.close()
    assert await missing_revisions(database) == []


async def test_a_user_that_may_not_is_told_what_it_lacks_and_nothing_has_changed(
    empty_database: str,
) -> None:
    name = f"plain_{uuid4().hex}"
    connection = await asyncpg.connect(empty_database)
    try:
        await connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'plain'")
        plain = as_user(empty_database, name)
        with pytest.raises(MigrationRefused, match="GRANT trama_reader TO"):
            await migrate(plain)
        assert await connection.fetchval("SELECT to_regclass('public.position')") is None
        await connection.execute(f"GRANT CREATE ON SCHEMA public TO {name}")
        await connection.execute(f"ALTER ROLE {name} CREATEROLE")
        await connection.execute("DO $$ BEGIN CREATE ROLE trama_reader NOLOGIN; "
                                 "EXCEPTION WHEN duplicate_object THEN NULL; END $$")  # fmt: skip
        await connection.execute(f"GRANT trama_reader TO {name}")
        assert await migrate(plain) == "0009"
    finally:
        await connection.execute(f"DROP OWNED BY {name}")
        await connection.execute(f"DROP ROLE {name}")
        await connection.close()


def as_user(dsn: str, name: str) -> str:
    """Answer the DSN of the same database for a user whose password is `plain`."""
    scheme, _, rest = dsn.partition("://")
    return f"{scheme}://{name}:plain@{rest.rpartition('@')[2]}"
