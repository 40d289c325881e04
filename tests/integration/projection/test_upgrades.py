"""A database with the data of an earlier version is brought to this one, and back."""

from collections.abc import Callable
from typing import Any

import asyncpg
from alembic import command
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from gateway.projection.database import open_pool
from gateway.projection.migrate import migrate
from gateway.projection.upgrading import migration_config

BEFORE = """
INSERT INTO source (id, connector, title, roles) VALUES ('wms', 'shiphero', 'Warehouse', '{}');
INSERT INTO location (id, code, kind, is_active, stock_source_id, observed_at)
    SELECT gen_random_uuid(), 'dc-' || n, 'STORE', true, 'wms', now() FROM generate_series(1, 2) n;
INSERT INTO location_ref (source_id, external_id, location_id)
    SELECT 'wms', 'w-' || right(code, 1), id FROM location;
INSERT INTO item (sku) VALUES ('SKU-1'), ('SKU-2'), ('SKU-3'), ('A@B');
INSERT INTO item_ref (source_id, external_id, sku, origin)
    SELECT 'wms', CASE sku WHEN 'SKU-2' THEN 'W-2' ELSE sku END, sku, 'hand' FROM item;
INSERT INTO position (sku, location_id, source_id, on_hand, observed_at, sequence, is_quarantined)
    SELECT sku, id, 'wms', 7, now() - interval '1 day', nextval('position_sequence'), true
    FROM item, location WHERE sku = 'SKU-1' OR (sku = 'SKU-3' AND code = 'dc-1');
INSERT INTO quarantine (id, source_id, stream, ref, raw, code, path, message, missing, ask,
        first_seen_at, last_seen_at, resolved_at)
    SELECT gen_random_uuid(), 'wms', stream, ref, '{}', code, '', '', missing, ask::jsonb, now(),
        now(), resolved_at::timestamptz
    FROM (VALUES
        ('stock', 'SKU-1', 'MALFORMED_PAYLOAD', NULL, '{"ref": "SKU-1"}', NULL),
        ('stock', 'W-2', 'MALFORMED_PAYLOAD', NULL, '{"ref": "W-2"}', NULL),
        ('stock', 'NEW@w-1', 'UNMAPPED_ITEM', 'NEW', '{"item": "NEW", "location": "w-1"}', NULL),
        ('stock', 'A@B@w-2', 'UNSTORABLE', NULL, '{"ref": "A@B@w-2"}', NULL),
        ('stock', 'SKU-2', 'MALFORMED_PAYLOAD', NULL, '{"ref": "SKU-2"}', '2026-01-01'),
        ('stock', 'sha256:00', 'MALFORMED_PAYLOAD', NULL, '{}', NULL),
        ('orders', '1-01', 'MALFORMED_PAYLOAD', NULL, '{"ref": "1-01"}', NULL)
    ) AS t(stream, ref, code, missing, ask, resolved_at);
"""


async def _at(dsn: str, move: Callable[[Any], None]) -> None:
    def work(connection: Connection) -> None:
        config = migration_config()
        config.attributes["connection"] = connection
        move(config)
        connection.commit()

    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn), poolclass=NullPool
    )
    try:
        async with engine.connect() as connection:
            await connection.run_sync(work)
    finally:
        await engine.dispose()


async def test_stock_in_quarantine_marks_its_sku_from_now_on_and_before(
    empty_database: str,
) -> None:
    await _at(empty_database, lambda config: command.upgrade(config, "0008"))
    connection = await asyncpg.connect(empty_database)
    await connection.execute(BEFORE)
    await connection.close()
    await migrate(empty_database)
    pool = await open_pool(empty_database, maximum=1)
    try:
        rows = await pool.fetch(
            "SELECT ref, sku, ask, sequence > 3 AS is_drawn FROM quarantine WHERE sku IS NOT NULL"
        )
        assert {row["ref"]: (row["sku"], row["ask"], row["is_drawn"]) for row in rows} == {
            "SKU-1": ("SKU-1", {"ref": "SKU-1"}, True),
            "W-2": ("SKU-2", {"ref": "W-2"}, True),
            "NEW@w-1": ("NEW", {"item": "NEW", "location": "w-1"}, True),
            "A@B@w-2": ("A@B", {"item": "A@B", "location": "w-2"}, True),
            "SKU-3@w-1": ("SKU-3", {"item": "SKU-3", "location": "w-1"}, True),
        }
        assert await pool.fetchval("SELECT count(*) FROM quarantine WHERE sequence IS NULL") == 3
        await pool.execute("UPDATE position SET is_quarantined = false")
    finally:
        await pool.close()
    await _at(empty_database, lambda config: command.downgrade(config, "0008"))
    connection = await asyncpg.connect(empty_database)
    try:
        assert await connection.fetchval("SELECT bool_and(is_quarantined) FROM position")
    finally:
        await connection.close()
