"""Positions: any order of observations ends alike, and what is not listed is nought."""

import asyncio
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.projection.availability import load_stock
from gateway.projection.database import transaction
from gateway.projection.stock import (
    PositionFacts,
    apply_stock,
    clear_gone,
    clear_unlisted,
)
from gateway.projection.streams import load_stream, save_delta, take_lease

from .rows import an_unread, later, misread, place, projection

SLOW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def facts(at: Any, on_hand: int | None, seconds: float, **changes: Any) -> PositionFacts:
    known = PositionFacts("SKU-1", at, on_hand, 0, None, [], None, later(seconds))
    return replace(known, **changes)


async def _apply(pool: Any, *observed: PositionFacts, source: str = "wms") -> None:
    async with transaction(pool) as connection:
        await apply_stock(connection, source, observed)


async def _row(pool: Any) -> tuple[Any, ...] | None:
    row = await pool.fetchrow("SELECT on_hand, observed_at, sequence FROM position")
    return None if row is None else tuple(row)


async def test_older_never_overwrites_newer_and_equal_times_do(database: str) -> None:
    async with projection(database) as pool:
        at = await place(pool)
        await _apply(pool, facts(at, 5, 10))
        await _apply(pool, facts(at, 9, 9))
        assert await _row(pool) == (5, later(10), 1)
        await _apply(pool, facts(at, 6, 10))
        assert await _row(pool) == (6, later(10), 2)


async def test_a_version_beats_the_time(database: str) -> None:
    async with projection(database) as pool:
        at = await place(pool)
        await _apply(pool, facts(at, 5, 10, version=2))
        await _apply(pool, facts(at, 9, 20, version=1))
        assert (await _row(pool) or ())[:2] == (5, later(10))
        await _apply(pool, facts(at, 7, 5, version=3))
        assert (await _row(pool) or ())[:2] == (7, later(5))


async def test_a_sequence_grows_only_when_a_fact_changes(database: str) -> None:
    async with projection(database) as pool:
        at = await place(pool)
        await _apply(pool, facts(at, 5, 1))
        first = (await _row(pool) or ())[2]
        await _apply(pool, facts(at, 5, 2))
        assert await _row(pool) == (5, later(2), first)
        await _apply(pool, facts(at, 4, 3))
        assert (await _row(pool) or ())[2] > first


async def test_only_the_locations_authority_is_believed(database: str) -> None:
    async with projection(database) as pool:
        await _apply(pool, facts(await place(pool), 5, 1), source="shop")
        assert await _row(pool) is None


@SLOW
@given(
    st.permutations([(0, 4), (1, 7), (1, 2), (2, 0), (3, 9)]),
    st.lists(st.integers(0, 4), max_size=4),
    st.integers(1, 5),
)
async def test_any_order_with_repeats_in_any_chunks_ends_alike(
    database: str, order: list[tuple[int, int]], repeats: list[int], chunk: int
) -> None:
    async with projection(database) as pool:
        await pool.execute("DELETE FROM position")
        at = await place(pool)
        told = [facts(at, on_hand, seconds) for seconds, on_hand in order if seconds != 1]
        told += [told[n % len(told)] for n in repeats]
        for start in range(0, len(told), chunk):
            await _apply(pool, *told[start : start + chunk])
        assert (await _row(pool) or ())[:2] == (9, later(3))


async def test_writers_at_the_same_time_lose_nothing(database: str) -> None:
    async with projection(database, ["a", "b", "c"]) as pool:
        places = [await place(pool, code) for code in "abc"]

        async def write(seconds: int) -> None:
            order = places if seconds % 2 else places[::-1]
            await _apply(pool, *(facts(at, seconds, seconds) for at in order))

        await asyncio.gather(*(write(seconds) for seconds in range(1, 25)))
        rows = await pool.fetch("SELECT on_hand, observed_at FROM position")
        assert [tuple(row) for row in rows] == [(24, later(24))] * 3


async def test_what_a_walk_did_not_list_is_nought_but_not_what_could_not_be_read(
    database: str,
) -> None:
    async with projection(database, ["old", "new", "broken"]) as pool:
        old, new, broken = [await place(pool, code) for code in ("old", "new", "broken")]
        await _apply(pool, facts(old, 5, 0), facts(new, 6, 20), facts(broken, 7, 0))
        await misread(pool, an_unread(location="w-3"), seconds=15)
        await misread(pool, an_unread(location="w-1"), seconds=5)
        async with transaction(pool) as connection:
            assert await clear_unlisted(connection, "wms", later(10)) == ["SKU-1@w-1"]
            assert await clear_unlisted(connection, "wms", later(10)) == []
        rows = await pool.fetch("SELECT location_id, on_hand, observed_at FROM position")
        assert {row[0]: tuple(row)[1:] for row in rows} == {
            old: (0, later(10)), new: (6, later(20)), broken: (7, later(0)),
        }  # fmt: skip


async def test_what_the_source_does_not_have_is_nought_as_of_the_read(database: str) -> None:
    async with projection(database, ["a", "b"]) as pool:
        known, unknown = await place(pool, "a"), await place(pool, "b")
        await _apply(pool, facts(known, 5, 30))
        async with transaction(pool) as connection:
            gone = [("SKU-1", known), ("SKU-1", unknown)]
            await clear_gone(connection, "wms", gone, later(20))
        rows = await pool.fetch("SELECT location_id, on_hand, observed_at FROM position")
        assert {row[0]: tuple(row)[1:] for row in rows} == {
            known: (5, later(30)), unknown: (0, later(20)),
        }  # fmt: skip


async def test_a_row_is_as_old_as_its_read_or_its_watermark(database: str) -> None:
    async with projection(database, ["early", "late"]) as pool:
        early, late = await place(pool, "early"), await place(pool, "late")
        await _apply(pool, facts(early, 1, 0), facts(late, 2, 20))
        state = await take_lease(pool, "wms", "stock", "me", 30)
        assert state is not None
        await save_delta(pool, state, cursor="1", covered_since=later(10), watermark=later(60))

        async def ages() -> dict[Any, Any]:
            read = await load_stock(pool, ["SKU-1"], None)
            assert read is not None
            return {each.location_id: each.as_of for each in read.skus["SKU-1"].positions}

        assert await ages() == {early: later(0), late: later(60)}
        async with transaction(pool) as connection:
            await misread(connection, seconds=30)
        assert await ages() == {early: later(0), late: later(20)}
        read = await load_stock(pool, ["SKU-1"], None)
        assert read is not None
        (coverage,) = read.group.coverage
        assert (coverage.locations, coverage.walked_as_of) == (2, None)
        assert (await load_stream(pool, "wms", "stock")).watermark == later(60)


@pytest.mark.parametrize("column", ["held", "allocated"])
async def test_promises_are_never_below_nought(database: str, column: str) -> None:
    async with projection(database) as pool:
        await _apply(pool, facts(await place(pool), 1, 0))
        with pytest.raises(asyncpg.CheckViolationError):
            await pool.execute(f"UPDATE position SET {column} = -1")
