"""A plain tail loses events, one below the oldest transaction breaks their order, ours neither.

Every transaction is driven by hand; those of other databases of the cluster count too.
"""

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

import asyncpg

from gateway.projection.database import open_pool
from gateway.projection.log import append_events
from gateway.projection.stock import apply_stock
from tests.integration.projection.rows import place, projection
from tests.integration.projection.test_stock_rows import facts

from .following import an_event
from .tails import BelowXminByIdTail, BelowXminTail, PlainTail, Told, our_tail
from .transactions import hand_driven

A, B, C = (UUID(int=n) for n in (1, 2, 3))


async def _read_until(tail: Any, count: int) -> None:
    """Read again: on a shared server, a transaction of another test may still be under way."""
    while len(tail.told) < count:
        await tail.read()


async def test_a_plain_tail_loses_what_is_committed_late_and_ours_waits_for_it(
    database: str,
) -> None:
    pool = await open_pool(database)
    plain, ours = PlainTail(pool), await our_tail(pool)
    async with hand_driven(database, 3) as (slow, quick, undone):
        await append_events(slow, [an_event(A, 1)])
        await append_events(undone, [an_event(C, 1)])
        await append_events(quick, [an_event(B, 1)])
        await quick.execute("COMMIT")
        await plain.read()
        await ours.read()
        assert (plain.told, ours.told) == ([(3, B, 1)], [])
        await undone.execute("ROLLBACK")
        await slow.execute("COMMIT")
        await plain.read()
        await ours.read_all()
    assert plain.told == [(3, B, 1)]
    assert ours.told == [(1, A, 1), (3, B, 1)]
    await pool.close()


async def test_a_tail_below_the_oldest_transaction_breaks_an_orders_order_and_ours_does_not(
    database: str,
) -> None:
    pool = await open_pool(database)
    below, ours = BelowXminTail(pool), await our_tail(pool)
    async with hand_driven(database, 2) as (early, late):
        await early.execute("SELECT pg_current_xact_id()")
        await append_events(late, [an_event(A, 1)])
        await late.execute("COMMIT")
        await append_events(early, [an_event(A, 2)])
        await ours.read()
        assert ours.told == []
        await early.execute("COMMIT")
        await _read_until(below, 2)
        await ours.read_all()
    assert below.told == [(2, A, 2), (1, A, 1)]
    assert ours.told == [(1, A, 1), (2, A, 2)]
    await pool.close()


async def test_a_tail_below_the_oldest_transaction_by_id_loses_events_and_ours_does_not(
    database: str,
) -> None:
    pool = await open_pool(database)
    below, ours = BelowXminByIdTail(pool), await our_tail(pool)
    async with hand_driven(database, 2) as (early, late):
        await early.execute("SELECT pg_current_xact_id()")
        await append_events(late, [an_event(A, 1)])
        await append_events(early, [an_event(B, 1)])
        await early.execute("COMMIT")
        await _read_until(below, 1)
        await ours.read()
        assert (below.told, ours.told) == ([(2, B, 1)], [])
        await late.execute("COMMIT")
        await below.read()
        await ours.read_all()
    assert below.told == [(2, B, 1)]
    assert ours.told == [(1, A, 1), (2, B, 1)]
    await pool.close()


async def test_a_transaction_of_another_database_is_waited_for_too(
    database: str, empty_database: str
) -> None:
    pool = await open_pool(database)
    ours = await our_tail(pool)
    elsewhere = await asyncpg.connect(empty_database)
    try:
        await elsewhere.execute("CREATE TABLE one (id int)")
        await elsewhere.execute("BEGIN; INSERT INTO one VALUES (1)")
        await append_events(pool, [an_event(A, 1)])
        await ours.read()
        assert ours.told == []
        await elsewhere.execute("COMMIT")
        await ours.read_all()
        assert ours.told == [(1, A, 1)]
        await elsewhere.execute("BEGIN; SELECT count(*) FROM one")
        await append_events(pool, [an_event(A, 2)])
        await ours.read_all()
        assert ours.told == [(1, A, 1), (2, A, 2)]
    finally:
        await elsewhere.close()
        await pool.close()


async def test_a_change_of_stock_that_is_committed_late_is_not_lost(database: str) -> None:
    async with projection(database, ["a", "b"]) as pool:
        ours = await our_tail(pool, frozenset({"SKU-1", "007"}))
        at = [await place(pool, code) for code in "ab"]
        async with hand_driven(database, 2) as (slow, quick):
            await apply_stock(slow, "wms", [facts(at[0], 1, 1)])
            await apply_stock(quick, "wms", [facts(at[1], 1, 1, sku="007")])
            await quick.execute("COMMIT")
            await ours.read()
            ours.stock.fall_due()
            assert await ours.stock.take() == ()
            await slow.execute("COMMIT")
            await ours.read_all()
        assert await ours.stock.take() == ("007", "SKU-1")


class Story:
    """Many writers whose steps chance mixes: begin, append to orders that nobody holds, end."""

    def __init__(self, connections: Sequence[Any], chance: random.Random) -> None:
        self._idle = list(connections)
        self._chance = chance
        self._open: list[tuple[Any, dict[UUID, int]]] = []
        self._versions = {UUID(int=n): 0 for n in range(1, 7)}

    async def run(self, steps: int, tails: Sequence[Any]) -> None:
        for _ in range(steps):
            await self._chance.choice([self._begin, self._append, self._append, self._end])()
            for tail in tails:
                await tail.read()
        while self._open:
            await self._end()

    async def _begin(self) -> None:
        if self._idle:
            connection = self._idle.pop()
            await connection.execute("BEGIN")
            if self._chance.random() < 0.5:
                await connection.execute("SELECT pg_current_xact_id()")
            self._open.append((connection, {}))

    async def _append(self) -> None:
        if not self._open:
            return
        connection, written = self._chance.choice(self._open)
        others = {key for _, held in self._open if held is not written for key in held}
        free = sorted(set(self._versions) - others)
        if free:
            key = self._chance.choice(free)
            written[key] = written.get(key, self._versions[key]) + 1
            await append_events(connection, [an_event(key, written[key])])

    async def _end(self) -> None:
        if self._open:
            connection, written = self._open.pop(self._chance.randrange(len(self._open)))
            is_kept = self._chance.random() < 0.7
            await connection.execute("COMMIT" if is_kept else "ROLLBACK")
            self._versions.update(written if is_kept else {})
            self._idle.append(connection)


def _is_ordered(told: Sequence[Told]) -> bool:
    """Answer whether the versions of each order only grow."""
    by_order: dict[UUID, list[int]] = {}
    for _, key, version in told:
        by_order.setdefault(key, []).append(version)
    return all(first < second for each in by_order.values() for first, second in pairwise(each))


async def test_however_chance_mixes_the_writers_ours_tells_every_event_once_in_order(
    database: str,
) -> None:
    pool, lost, disordered = await open_pool(database), 0, 0
    writers = await open_pool(database, minimum=5, maximum=5)
    connections = [await writers.acquire() for _ in range(5)]
    try:
        for seed in range(8):
            await pool.execute("TRUNCATE event; ALTER SEQUENCE event_id RESTART")
            plain, below, ours = PlainTail(pool), BelowXminTail(pool), await our_tail(pool)
            story = Story(connections, random.Random(seed))
            await story.run(60, (plain, below, ours))
            await ours.read_all()
            every = PlainTail(pool)
            await every.read()
            assert ours.told == every.told, seed
            assert len(every.told) > 5
            await _read_until(below, len(every.told))
            await plain.read()
            lost += len(set(every.told) - set(plain.told))
            disordered += not _is_ordered(below.told)
        assert lost > 0
        assert disordered > 0
    finally:
        writers.terminate()
        await pool.close()
