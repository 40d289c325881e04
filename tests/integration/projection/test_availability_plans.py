"""What availability is read by uses the keys, is planned once, and takes one round trip."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.projection.availability import LOAD_STOCK, load_stock
from gateway.projection.database import open_pool
from gateway.projection.ground import LOAD_GROUND, load_ground

from .rows import EVERYWHERE, place, projection

FILL = """
INSERT INTO item (sku) SELECT 'S-' || n FROM generate_series(1, 4000) n;
INSERT INTO position (sku, location_id, source_id, on_hand, observed_at, sequence)
    SELECT 'S-' || n, l.id, 'wms', n, now(), n FROM generate_series(1, 4000) n, location l;
INSERT INTO quarantine (id, source_id, stream, ref, raw, code, path, message, ask, first_seen_at,
        last_seen_at, resolved_at, sku)
    SELECT gen_random_uuid(), 'wms', 'stock', 'S-' || n, '', 'X', '', '', '{}', now(), now(),
        CASE WHEN n < 3000 THEN now() END, 'S-' || n FROM generate_series(1, 4000) n;
"""
PLACES = [f"dc-{n}" for n in range(10)]


@pytest.fixture
async def pool(module_database: str) -> AsyncIterator[Any]:
    """Forty thousand positions at ten locations, and a quarantine that was full once."""
    async with projection(module_database, PLACES) as pool:
        if not await pool.fetchval("SELECT EXISTS (SELECT FROM position)"):
            await pool.execute(FILL)
            await pool.execute("ANALYZE")
        yield pool


def _nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(node for child in plan.get("Plans", ()) for node in _nodes(child))]


BIG = {"position", "item", "quarantine"}


async def _used(pool: Any, query: str, mode: str, arguments: str) -> set[str]:
    """Answer which big tables are read from end to end, and which of their indexes are used."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(f"SET LOCAL plan_cache_mode = {mode}")
        await connection.execute(f"PREPARE asked AS {query}")
        told = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE asked {arguments}")
        await connection.execute("DEALLOCATE asked")
        rows = await connection.fetch(
            "SELECT indexrelid::regclass::text AS name FROM pg_index "
            "WHERE indrelid = ANY($1::text[]::regclass[])", sorted(BIG),
        )  # fmt: skip
    nodes = _nodes(json.loads(told)[0]["Plan"])
    scanned = {n["Relation Name"] for n in nodes if n["Node Type"] == "Seq Scan"}
    used = {n["Index Name"] for n in nodes if "Index Name" in n}
    return scanned & BIG | used & {row["name"] for row in rows}


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
@pytest.mark.parametrize("count", [1, 20, 100])
async def test_positions_of_any_number_of_skus_are_found_by_their_key(
    pool: Any, count: int, mode: str
) -> None:
    skus = ",".join(f"S-{n}" for n in range(count))
    key = await pool.fetchval("SELECT id FROM location_group")
    for group in ("NULL", f"'{key}'"):
        used = await _used(pool, LOAD_STOCK, mode, f"('{{{skus}}}', {group})")
        assert used == {"position_pkey", "item_pkey", "quarantine_of_sku"}


async def test_the_ground_is_told_without_looking_at_a_position(pool: Any) -> None:
    assert await _used(pool, LOAD_GROUND, "auto", "") == set()


async def test_it_is_prepared_once_and_planned_for_any_number_of_skus(
    module_database: str, pool: Any
) -> None:
    """Postgres plans anew five times, then keeps the plan, as it costs no more."""
    one = await open_pool(module_database, maximum=1)
    try:
        for n in range(20):
            read = await load_stock(one, [f"S-{each}" for each in range(1, 2 + n % 2 * 99)], None)
            assert read is not None
        rows = await one.fetch(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1",
            LOAD_STOCK,
        )
        assert [tuple(row) for row in rows] == [(15, 5)]
    finally:
        await one.close()


async def test_a_batch_and_the_ground_take_one_round_trip_each(pool: Any) -> None:
    sent: Counter[str] = Counter()
    async with pool.acquire() as connection:
        await load_stock(connection, ["S-1"], None), await load_ground(connection)
        connection.add_query_logger(lambda record: sent.update([record.query]))
        read = await load_stock(connection, ["S-1", "none", "S-2", "S-1"], None)
        ground = await load_ground(connection)
    assert sent == {LOAD_STOCK: 1, LOAD_GROUND: 1}
    assert read is not None
    assert {sku: [each.on_hand for each in at.positions] for sku, at in read.skus.items()} == {
        "S-1": [1] * 10, "S-2": [2] * 10,
    }  # fmt: skip
    assert list(ground.groups.values()) == [read.group]
    assert (read.group.id, read.group.threshold) == (ground.default, EVERYWHERE.threshold)


async def test_positions_are_in_the_order_of_the_locations_codes(pool: Any) -> None:
    read = await load_stock(pool, ["S-7"], None)
    assert read is not None
    codes = [await place(pool, code) for code in PLACES]
    assert [each.location_id for each in read.skus["S-7"].positions] == codes
