"""What the benchmarks load by COPY is what the gateway would have written itself."""

from collections.abc import Sequence
from typing import Any

from benchmarks.loader import SOURCE, load_projection
from benchmarks.retail import LOCATIONS, Stock, location_of, on_hand_of, sku_of
from gateway.projection.availability import load_stock
from gateway.projection.database import open_pool, transaction
from gateway.projection.locations import load_location_ids
from gateway.projection.stock import PositionFacts, apply_stock
from gateway.projection.streams import load_stream

TINY = Stock(range(3), orders=2)


async def _rows(pool: Any) -> Sequence[Any]:
    rows: Sequence[Any] = await pool.fetch("SELECT * FROM position ORDER BY sku, location_id")
    return rows


async def test_the_gateways_own_way_finds_nothing_to_change(empty_database: str) -> None:
    loaded = await load_projection(empty_database, TINY)
    pool = await open_pool(empty_database)
    try:
        before = await _rows(pool)
        assert loaded.positions == len(before) == 3 * LOCATIONS
        ids = await load_location_ids(pool, SOURCE, [location_of(n) for n in range(LOCATIONS)])
        facts = [
            PositionFacts(
                sku_of(n), ids[location_of(k)], on_hand_of(n, k), 0, 0, [], 1,
                before[0]["observed_at"],
            )
            for n in range(3)
            for k in range(LOCATIONS)
        ]  # fmt: skip
        async with transaction(pool) as connection:
            await apply_stock(connection, SOURCE, facts)
        assert await _rows(pool) == before
    finally:
        await pool.close()


async def test_the_sequence_goes_on_and_the_stream_is_read_whole(empty_database: str) -> None:
    await load_projection(empty_database, TINY)
    pool = await open_pool(empty_database)
    try:
        rows = await _rows(pool)
        sequences = sorted(row["sequence"] for row in rows)
        assert sequences == list(range(sequences[0], sequences[0] + len(rows)))
        assert await pool.fetchval("SELECT nextval('position_sequence')") == sequences[-1] + 1
        state = await load_stream(pool, SOURCE, "stock")
        assert state.walked_at == rows[0]["observed_at"]
        assert state.backfilled_at is not None
        read = await load_stock(pool, [], None)
        assert read is not None
        (coverage,) = read.group.coverage
        assert (coverage.source_id, coverage.locations) == (SOURCE, LOCATIONS)
        assert coverage.walked_as_of == state.walked_at
    finally:
        await pool.close()
