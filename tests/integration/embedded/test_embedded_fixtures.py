"""The databases that every other test starts from."""

import asyncpg


async def test_an_empty_database_takes_a_connection_and_has_no_table(empty_database: str) -> None:
    connection = await asyncpg.connect(empty_database)
    try:
        tables = await connection.fetch("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")
    finally:
        await connection.close()
    assert tables == []
