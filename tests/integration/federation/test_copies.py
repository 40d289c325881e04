"""What the process keeps of stock is as true as the log's tail, and never dated too late."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from gateway.connect.deadline import Deadline
from gateway.federation.freshness import FreshnessAsk, OnStale, ServedFrom
from gateway.federation.locations import LocationFederation
from gateway.projection.database import open_pool, transaction
from gateway.projection.locations import GroupSpec, apply_groups
from tests.integration.events.transactions import hand_driven

from .clock import NOW, until
from .stage import Stage, staged


@pytest.fixture
async def stage(database: str) -> AsyncIterator[Stage]:
    """Seven units at one location, read by a walk and covered by a delta; nothing is kept yet."""
    async with staged(database) as stage:
        await stage.put(7)
        await stage.walk()
        await stage.cover(since=NOW, watermark=NOW)
        await stage.round()
        yield stage


def at(seconds: float) -> Any:
    return NOW + timedelta(seconds=seconds)


async def _told(stage: Stage, sku: str = "SKU-1") -> tuple[int | None, Any]:
    """Answer how many may be sold, and as of when."""
    (answer,) = await stage.ask(sku)
    return answer.available_to_sell, answer.dated.as_of


async def test_what_is_kept_is_answered_without_reading_and_is_the_same_object(
    stage: Stage,
) -> None:
    (first,) = await stage.ask()
    again = await stage.ask("SKU-1", "SKU-1")
    assert [each is first for each in again] == [True, True]
    assert (first.available_to_sell, first.dated.served_from) == (7, ServedFrom.PROJECTION)
    assert stage.copying.reads.of == [["SKU-1"]]
    copies = stage.copying.copies
    assert (copies.hits, copies.misses, copies.aside, len(copies.cache)) == (2, 1, 0, 1)


async def test_of_no_sku_nothing_is_told_also_while_the_copies_step_aside(stage: Stage) -> None:
    for _ in range(2):
        ask = FreshnessAsk(None, None)
        soon = Deadline.after(1, stage.clock)
        told = await stage.stock.availability(
            [], None, ask, kind="availability", floor=timedelta(0), now=NOW, deadline=soon
        )
        assert told == []
        stage.clock.advance(60)


async def test_only_what_is_not_kept_is_read(database: str) -> None:
    async with staged(database, skus=("A", "B", "C")) as stage:
        await stage.walk()
        await stage.round()
        await stage.ask("B")
        answers = await stage.ask("C", "B", "nothing", "A")
        assert [each.sku for each in answers] == ["C", "B", "nothing", "A"]
        assert stage.copying.reads.of == [["B"], ["A", "C", "nothing"]]


async def test_a_sku_that_nobody_knows_is_not_kept_so_it_is_known_at_once(stage: Stage) -> None:
    (answer,) = await stage.ask("new")
    assert answer.status_reason == "SKU_NOT_FOUND"
    await stage.pool.execute("INSERT INTO item (sku) VALUES ('new')")
    assert (await stage.ask("new"))[0].available_to_sell == 0


async def test_a_change_is_told_once_the_tail_has_passed_it_on(stage: Stage) -> None:
    assert await _told(stage) == (7, NOW)
    stage.clock.advance(1)
    await stage.put(5)
    await stage.cover(since=NOW, watermark=at(1))
    assert await _told(stage) == (7, NOW)
    await stage.round()
    assert await _told(stage) == (5, at(1))


async def test_a_watermark_dates_what_is_kept_without_reading_it_again(stage: Stage) -> None:
    await stage.ask()
    for seconds in (1, 2):
        stage.clock.advance(1)
        await stage.cover(since=NOW, watermark=at(seconds))
        assert await _told(stage) == (7, at(seconds - 1))
        await stage.round()
        assert await _told(stage) == (7, at(seconds))
    assert len(stage.copying.reads.of) == 1


async def test_what_could_not_be_read_is_dated_by_no_watermark_any_more(stage: Stage) -> None:
    await stage.ask()
    stage.clock.advance(1)
    await stage.misread()
    await stage.cover(since=NOW, watermark=at(1))
    await stage.round()
    assert await _told(stage) == (7, NOW)
    stage.clock.advance(1)
    await stage.put(7)
    await stage.cover(since=NOW, watermark=at(3))
    await stage.round()
    assert await _told(stage) == (7, at(3))


async def test_a_walk_dates_where_nothing_lies_without_reading_it_again(database: str) -> None:
    async with staged(database) as stage:
        await stage.round()
        assert (await stage.ask())[0].status_reason == "NEVER_READ"
        await stage.walk()
        await stage.round()
        assert await _told(stage) == (0, NOW)


@pytest.mark.parametrize("on_stale", [OnStale.REFRESH_OR_FAIL, OnStale.SERVE])
async def test_what_a_refresh_finds_unchanged_is_not_refreshed_again(
    stage: Stage, on_stale: OnStale
) -> None:
    """Nothing is passed on: no fact has changed."""
    stage.warehouse.levels["SKU-1", "dc-1"] = 7
    await stage.ask()
    stage.clock.advance(61)
    await stage.round()
    await stage.ask(on_stale=on_stale)

    async def is_written() -> bool:
        return bool(await stage.pool.fetchval("SELECT observed_at FROM position") == at(61))

    await until("the refresh is written", is_written)
    before = len(stage.copying.reads.of)
    answers = [(await stage.ask(on_stale=on_stale))[0] for _ in range(3)]
    assert {(each.dated.as_of, each.dated.is_stale) for each in answers} == {(at(61), False)}
    assert answers[1] is answers[2]
    assert len(stage.warehouse.asked) == 1
    assert len(stage.copying.reads.of) - before == (on_stale is OnStale.SERVE)


async def test_what_was_read_before_a_change_is_not_kept_after_it(stage: Stage) -> None:
    """The read is under way while the change is committed, passed on, and dated."""
    reads = stage.copying.reads
    reads.hold()
    early = asyncio.create_task(_told(stage))
    await reads.until_held()
    stage.clock.advance(1)
    await stage.put(5)
    await stage.cover(since=NOW, watermark=at(1))
    await stage.round()
    reads.hold()
    late = asyncio.create_task(_told(stage))
    await reads.until_held()
    reads.let_go()
    assert await early == (7, NOW)
    assert await late == (5, at(1))
    assert await _told(stage) == (5, at(1))
    assert len(reads.of) == 2


async def test_a_change_that_has_changed_again_before_it_is_passed_on_is_not_overlooked(
    database: str, stage: Stage
) -> None:
    """By the time that the first one is final, its number is no more in the database."""
    await stage.ask()
    await stage.put(6)
    await stage.cover(since=NOW, watermark=at(1))
    async with hand_driven(database, 1) as (other,):
        await other.fetchval("SELECT pg_current_xact_id()")
        await stage.copying.step()
        assert stage.copying.is_waiting
        assert await _told(stage) == (7, NOW), "the watermark is read, and not in force yet"
        stage.clock.advance(2)
        await stage.put(5)
        await other.execute("COMMIT")
        await stage.copying.step()
    assert not stage.copying.is_waiting
    assert await _told(stage) == (5, at(2))


async def test_many_that_ask_for_the_same_share_one_read_and_who_leaves_cancels_nobody(
    stage: Stage,
) -> None:
    reads = stage.copying.reads
    reads.hold()
    asks = [asyncio.create_task(stage.ask()) for _ in range(32)]
    await reads.until_held()
    asks[0].cancel()
    await asyncio.wait([asks[0]])
    assert asks[0].cancelled()
    reads.let_go()
    answers = [answer for (answer,) in await asyncio.gather(*asks[1:])]
    assert all(each is answers[0] for each in answers)
    assert (answers[0].available_to_sell, reads.of) == (7, [["SKU-1"]])


async def test_a_read_that_fails_fails_its_askers_only(stage: Stage) -> None:
    await stage.pool.execute("ALTER TABLE position RENAME TO away")
    with pytest.raises(Exception, match='relation "position" does not exist'):
        await stage.ask()
    await stage.pool.execute("ALTER TABLE away RENAME TO position")
    assert await _told(stage) == (7, NOW)


async def test_a_refresh_is_answered_by_what_it_has_written_though_an_older_read_arrives_later(
    stage: Stage,
) -> None:
    stage.warehouse.levels["SKU-1", "dc-1"] = 9
    reads = stage.copying.reads
    reads.hold()
    early = asyncio.create_task(_told(stage))
    await reads.until_held()
    stage.clock.advance(1)
    view = {"max_age": 0.5, "on_stale": OnStale.REFRESH_OR_FAIL}
    refreshed: Any = asyncio.create_task(stage.ask(**view))
    await until("both wait for the first read", _is_true(lambda: stage.copying.copies.misses == 2))
    stage.clock.advance(1)
    reads.let_go()
    await early
    (answer,) = await refreshed
    assert (answer.available_to_sell, answer.dated.served_from) == (9, ServedFrom.SOURCE)
    assert await _told(stage) == (9, at(2))


def _is_true(condition: Any) -> Any:
    async def ask() -> bool:
        return bool(condition())

    return ask


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE location_group SET threshold = 2", 5),
        ("DELETE FROM location_group_member", None),
        ("UPDATE location SET stock_source_id = NULL", 7),
    ],
)
async def test_a_group_that_sells_otherwise_is_read_again(
    stage: Stage, statement: str, expected: int | None
) -> None:
    (first,) = await stage.ask()
    assert (first.available_to_sell, first.is_complete) == (7, True)
    await stage.pool.execute(statement)
    await stage.round()
    (answer,) = await stage.ask()
    assert answer.available_to_sell == expected
    assert answer.is_complete is (expected == 5)
    assert len(stage.copying.reads.of) == 2


async def test_what_is_read_of_a_group_that_has_changed_meanwhile_is_not_kept(
    stage: Stage,
) -> None:
    await stage.pool.execute("UPDATE location_group SET threshold = 2")
    assert (await stage.ask())[0].available_to_sell == 5
    assert len(stage.copying.copies.cache) == 0
    await stage.round()
    await stage.ask()
    assert len(stage.copying.copies.cache) == 1


async def test_another_group_is_kept_for_itself_and_is_gone_with_it(stage: Stage) -> None:
    everywhere = GroupSpec("default", "All", 0, None, is_default=True)
    async with transaction(stage.pool) as connection:
        few = GroupSpec("few", "Few", 6, ("dc-1",), is_default=False)
        await apply_groups(connection, [everywhere, few], NOW)
    group = await stage.pool.fetchval("SELECT id FROM location_group WHERE code = 'few'")
    assert (await stage.ask(group=group))[0].available_to_sell == 1
    await stage.round()
    await stage.ask()
    assert (await stage.ask(group=group))[0].available_to_sell == 1
    assert len(stage.copying.copies.cache) == 2
    async with transaction(stage.pool) as connection:
        await apply_groups(connection, [everywhere], NOW)
    await stage.round()
    assert len(stage.copying.copies.cache) == 1
    with pytest.raises(LookupError):
        await stage.ask(group=group)


async def test_while_the_log_waits_for_too_long_postgres_answers(
    database: str, stage: Stage
) -> None:
    """Somebody's transaction is open: nothing that was drawn since is known to be final."""
    await stage.ask()
    async with hand_driven(database, 1) as (other,):
        await other.fetchval("SELECT pg_current_xact_id()")
        await stage.put(5)
        await stage.copying.step()
        stage.clock.advance(2)
        assert await _told(stage) == (7, NOW)
        stage.clock.advance(0.1)
        assert await _told(stage) == (5, NOW)
        assert stage.copying.copies.aside == 1
        await other.execute("COMMIT")
    await stage.copying.step()
    assert await _told(stage) == (5, NOW)
    assert stage.copying.copies.aside == 2, "that round began too long ago"
    await stage.round()
    assert await _told(stage) == (5, NOW)
    assert (stage.copying.copies.aside, stage.copying.copies.misses) == (2, 2)


async def test_nothing_is_kept_of_a_sequence_that_has_gone_back(stage: Stage) -> None:
    await stage.put(6)
    await stage.round()
    await stage.ask()
    await stage.pool.execute("UPDATE position SET on_hand = 3, sequence = 1")
    await stage.pool.execute("SELECT setval('position_sequence', 1)")
    await stage.round()
    assert (await stage.ask())[0].available_to_sell == 3


async def test_nothing_is_kept_of_a_database_that_was_restored_and_has_gone_on_since(
    module_database: str, stage: Stage
) -> None:
    """Its sequence is as far as the lost one's, so only that it is another one tells."""
    copies, lost = stage.copying.copies, stage.pool
    await stage.ask()
    async with restored(lost, module_database) as pool:
        await pool.execute("UPDATE position SET on_hand = 3")
        stage.copying.reads.pool = pool
        stage.clock.advance(1)
        await stage.ask("SKU-1", max_age=0)
        assert len(copies.cache) == 1, "what was read of the other one is not kept"
        await stage.round()
        assert len(copies.cache) == 0
        assert await _told(stage) == (3, NOW)
        assert len(copies.cache) == 1
        stage.copying.reads.pool = lost


TABLES = (
    "source", "source_stream", "location", "location_ref", "location_group",
    "location_group_member", "item", "item_ref", "position",
)  # fmt: skip


@asynccontextmanager
async def restored(lost: Any, dsn: str) -> AsyncIterator[Any]:
    """Answer a pool on another database, with everything that the lost one has by now."""
    pool = await open_pool(dsn)
    try:
        for table in TABLES:
            rows = await lost.fetchval(f"SELECT jsonb_agg(t) FROM {table} t")
            told = f"jsonb_populate_recordset(NULL::public.{table}, $1)"
            await pool.execute(f"INSERT INTO {table} SELECT * FROM {told}", rows)
        drawn = await lost.fetchval("SELECT last_value FROM position_sequence")
        await pool.execute("SELECT setval('position_sequence', $1)", drawn)
        yield pool
    finally:
        await pool.close()


async def test_nothing_is_kept_while_the_tail_cannot_read(stage: Stage) -> None:
    await stage.ask()
    running = asyncio.create_task(stage.copying.tail.run())
    await stage.pool.execute("ALTER TABLE location_group RENAME TO away")
    try:
        stage.copying.tail.wake()
        copies = stage.copying.copies
        await until("the copies are gone", _is_true(lambda: len(copies.cache) == 0))
        await stage.pool.execute("ALTER TABLE away RENAME TO location_group")
        stage.copying.tail.wake()
        await until("they are back", _is_true(lambda: copies.locations([]) == []))
        assert await _told(stage) == (7, NOW)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_who_tells_a_channel_reads_beyond_what_is_kept(stage: Stage) -> None:
    await stage.ask()
    await stage.put(5)
    group = await stage.pool.fetchval("SELECT id FROM location_group")
    (answer,) = await stage.stock.as_known(["SKU-1"], group, NOW)
    assert answer.available_to_sell == 5
    assert (await stage.ask())[0].available_to_sell == 7


async def test_locations_are_near_until_one_of_them_changes(stage: Stage) -> None:
    copying = stage.copying
    locations = LocationFederation(stage.pool, copying.copies)
    key = await stage.pool.fetchval("SELECT id FROM location")
    (first,) = await locations.by_id([key])
    assert first is not None
    assert (await locations.by_id([key]))[0] is first
    await stage.pool.execute("UPDATE location SET name = 'Depot'")
    assert (await locations.by_id([key]))[0] is first
    await stage.round()
    (renamed,) = await locations.by_id([key])
    assert renamed is not None
    assert (first["name"], renamed["name"]) == ("dc-1", "Depot")
    await stage.pool.execute(
        """INSERT INTO location (id, code, name, kind, is_active, observed_at)
           SELECT gen_random_uuid(), 'new', 'new', kind, true, observed_at FROM location"""
    )
    new = await stage.pool.fetchval("SELECT id FROM location WHERE code = 'new'")
    found = await locations.by_id([new, key])
    assert [each["code"] for each in found if each is not None] == ["new", "dc-1"]
    stage.clock.advance(2.1)
    await stage.pool.execute("UPDATE location SET name = 'Shop'")
    (told,) = await locations.by_id([key])
    assert told is not None
    assert told["name"] == "Shop"


async def test_locations_have_another_edition_once_one_of_them_changes(stage: Stage) -> None:
    locations = LocationFederation(stage.pool, stage.copying.copies)
    first = locations.edition
    assert first is not None
    await stage.round()
    assert locations.edition == first
    for name in ("Depot", "dc-1"):
        before = locations.edition
        await stage.pool.execute("UPDATE location SET name = $1", name)
        assert locations.edition == before
        await stage.round()
        assert locations.edition not in (None, before, first)
    stage.clock.advance(2.1)
    assert locations.edition is None
    assert LocationFederation(stage.pool).edition is None
