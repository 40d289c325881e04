"""What Postgres packs is read as it lies in the tables, whatever it is."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest

from gateway.model.ids import uuid7
from gateway.projection.availability import load_stock, load_told
from gateway.projection.position_columns import Position

from .rows import projection

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PLACES = [f"dc-{n}" for n in range(7)]
SOURCES = ("erp", "till", "wms")
SKUS = [f"S-{n}" for n in range(40)]
REFERENCE = """
SELECT p.sku, p.location_id, p.source_id, p.on_hand, p.committed, p.safety_stock, p.held,
    p.allocated, p.incoming, p.observed_at, q.unread_at,
    CASE WHEN p.observed_at >= s.covered_since
        THEN greatest(p.observed_at, s.watermark) ELSE p.observed_at END AS as_of
FROM position p
JOIN location_group_member m ON m.location_id = p.location_id
JOIN location_group g ON g.id = m.group_id AND g.id = $1
JOIN location l ON l.id = p.location_id
LEFT JOIN source_stream s ON s.source_id = p.source_id AND s.stream = 'stock'
LEFT JOIN LATERAL (
    SELECT max(q.last_seen_at) AS unread_at FROM quarantine q
    WHERE q.sku = p.sku AND q.source_id = p.source_id AND q.resolved_at IS NULL) q ON true
ORDER BY p.sku, l.code
"""


@pytest.fixture
async def pool(module_database: str) -> AsyncIterator[Any]:
    """Positions of three sources, of anything and at any time, by chance."""
    async with projection(module_database, PLACES) as pool:
        if not await pool.fetchval("SELECT EXISTS (SELECT FROM position)"):
            await _fill(pool, Random(11))
        await _group_some(pool)
        yield pool


async def _fill(pool: Any, chance: Random) -> None:
    await pool.execute(
        """INSERT INTO source (id, connector, title, roles)
           SELECT id, 'x', id, '{}' FROM unnest($1::text[]) AS id ON CONFLICT DO NOTHING""",
        list(SOURCES),
    )
    await pool.execute("DELETE FROM source_stream WHERE stream = 'stock'")
    await pool.execute(
        """INSERT INTO source_stream (source_id, stream, covered_since, watermark, walked_at)
           VALUES ('erp', 'stock', $1, $2, NULL), ('wms', 'stock', NULL, NULL, $2)""",
        _moment(chance, 20), START + timedelta(seconds=60),
    )  # fmt: skip
    await pool.execute("INSERT INTO item (sku) SELECT unnest($1::text[])", SKUS)
    places = [row["id"] for row in await pool.fetch("SELECT id FROM location ORDER BY code")]
    rows = [_row(chance, sku, place) for sku in SKUS[1:] for place in places]
    await pool.executemany(
        """INSERT INTO position (sku, location_id, source_id, on_hand, committed, safety_stock,
               held, allocated, incoming, observed_at, sequence)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)""",
        [row for row in rows if chance.random() < 0.7],
    )
    await pool.executemany(
        """INSERT INTO quarantine (id, source_id, stream, ref, raw, code, path, message, ask,
               first_seen_at, last_seen_at, sku, sequence)
           VALUES ($1, $2, 'stock', $3, '', 'X', '', '', '{}', $4, $4, $3, 1)""",
        [(uuid7(START), chance.choice(SOURCES), sku, _moment(chance, 120)) for sku in SKUS[::5]],
    )


async def _group_some(pool: Any) -> None:
    await pool.execute(
        """WITH made AS (INSERT INTO location_group (id, code, name, threshold, is_default)
               VALUES ($1, 'some', 'Some', 3, false) RETURNING id)
           INSERT INTO location_group_member (group_id, location_id)
           SELECT made.id, l.id FROM made, location l WHERE l.code = ANY($2::text[])""",
        uuid7(START), PLACES[1::2],
    )  # fmt: skip


def _moment(chance: Random, seconds: int) -> datetime:
    return START + timedelta(microseconds=chance.randrange(seconds * 10**6))


def _row(chance: Random, sku: str, place: Any) -> tuple[Any, ...]:
    def told(most: int) -> int | None:
        return chance.choice([None, 0, -3, chance.randint(0, most), 2**31 - 1, -(2**31) + 1])

    coming = [
        {"quantity": chance.randint(0, 4), "expected_on": chance.choice([None, "2026-12-01"])}
        for _ in range(chance.choice([0, 0, 1, 3]))
    ]
    return (
        sku, place, chance.choice(SOURCES), told(50), told(5), told(5), chance.randint(0, 4),
        chance.randint(0, 4), coming, chance.choice([START, _moment(chance, 60)]),
    )  # fmt: skip


def _expected(row: Any) -> Position:
    days = [each["expected_on"] for each in row["incoming"] if each["quantity"] > 0]
    known_days = [date.fromisoformat(day) for day in days if day is not None]
    unread = row["unread_at"] is not None and row["observed_at"] <= row["unread_at"]
    return Position(
        row["location_id"], row["source_id"], row["on_hand"], row["committed"],
        row["safety_stock"], row["held"], row["allocated"],
        sum(each["quantity"] for each in row["incoming"]), min(known_days, default=None),
        row["observed_at"], unread, row["observed_at"] if unread else row["as_of"],
    )  # fmt: skip


@pytest.mark.parametrize("code", ["default", "some"])
async def test_positions_are_read_as_they_lie_in_the_tables(pool: Any, code: str) -> None:
    group = await pool.fetchval("SELECT id FROM location_group WHERE code = $1", code)
    expected: dict[str, list[Position]] = {sku: [] for sku in SKUS}
    for row in await pool.fetch(REFERENCE, group):
        expected[row["sku"]].append(_expected(row))
    read = await load_stock(pool, [*SKUS, "none"], group)
    assert read is not None
    assert {sku: list(each.positions) for sku, each in read.skus.items()} == expected
    every = [position for some in expected.values() for position in some]
    assert {each.on_hand is None for each in every} == {True, False}
    assert {each.is_quarantined for each in every} == {True, False}
    assert {each.as_of > each.observed_at for each in every} == {True, False}
    assert {each.next_on is None for each in every} == {True, False}
    assert {each.incoming > 0 for each in every} == {True, False}
    assert {len(some) for some in expected.values()} >= {0, 2}


async def test_times_are_in_utc_whatever_the_sessions_zone(pool: Any) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL timezone = 'Asia/Kathmandu'")
        away = await load_stock(connection, SKUS, None)
    here = await load_stock(pool, SKUS, None)
    assert away is not None
    assert here is not None
    assert (away.skus, away.group.coverage) == (here.skus, here.group.coverage)
    walks = {each.walked_as_of for each in away.group.coverage if each.walked_as_of is not None}
    unread = {each.unread_at for sku in away.skus.values() for each in sku.unread}
    assert {each.tzinfo for each in walks | unread} == {UTC}


async def test_it_is_told_alike_as_long_as_it_is_alike(pool: Any) -> None:
    first, again = await load_told(pool, SKUS, None), await load_told(pool, SKUS[::-1], None)
    assert first == again
    await pool.execute("UPDATE position SET held = held + 1 WHERE sku = $1", SKUS[3])
    other = await load_told(pool, SKUS, None)
    assert first is not None
    assert other is not None
    assert {sku for sku in SKUS if other.skus[sku] != first.skus[sku]} == {SKUS[3]}
    assert other.group == first.group
    await pool.execute("UPDATE location SET name = 'Another' WHERE code = $1", PLACES[0])
    renamed = await load_told(pool, SKUS, None)
    assert renamed is not None
    assert (renamed.skus == other.skus, renamed.group == other.group) == (True, False)
