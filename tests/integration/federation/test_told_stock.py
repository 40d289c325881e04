"""Without copies Postgres is asked each time: by few statements, and believed each time."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from gateway.connect.records import Mapped
from gateway.federation.answers import AvailabilityAnswer
from gateway.federation.errors import UnknownGroup
from gateway.federation.locations import LocationFederation
from gateway.federation.stock import StockFederation
from gateway.federation.stock_lots import StockLots
from gateway.federation.told_stock import ToldStock
from gateway.model.ids import uuid7
from gateway.model.location import LocationKind, LocationRecord
from gateway.projection.availability import load_stock
from gateway.projection.database import transaction
from gateway.projection.locations import GroupSpec, apply_groups

from .clock import NOW
from .stage import MINUTE, Stage, staged

SKUS = ("A", "B", "C", "D", "E")


def without_copies(stage: Stage, told: ToldStock) -> Stage:
    """Answer the stage of a process that keeps no copies."""
    stock = StockFederation(
        stage.copying.reads, stage.refresher, {"availability": MINUTE}, low_at_most=5, told=told
    )
    return replace(stage, stock=stock)


@pytest.fixture
async def stage(database: str) -> AsyncIterator[Stage]:
    """Seven units of each SKU at each of two locations, read by a walk and covered by a delta."""
    async with staged(database, "dc-1", "dc-2", skus=SKUS) as stage:
        for sku in SKUS:
            for place in ("dc-1", "dc-2"):
                await stage.put(7, sku, place)
        await stage.walk()
        await stage.cover(since=NOW, watermark=NOW)
        told = ToldStock(stage.copying.reads)
        yield without_copies(stage, told)
        await told.close()


def told_of(stage: Stage) -> ToldStock:
    """Answer what remembers Postgres' words."""
    return stage.stock._told


async def _sellable(stage: Stage, *skus: str) -> list[int | None]:
    return [each.available_to_sell for each in await stage.ask(*skus)]


async def _turns(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def _one_under_way(stage: Stage) -> list["asyncio.Task[list[int | None]]"]:
    """Let a statement be under way whose rows do not come."""
    stage.copying.reads.hold()
    asking = [asyncio.create_task(_sellable(stage, "A"))]
    await stage.copying.reads.until_read(1)
    return asking


async def test_those_who_ask_while_a_statement_is_under_way_share_the_next(stage: Stage) -> None:
    asking = await _one_under_way(stage)
    asking += [asyncio.create_task(_sellable(stage, *skus)) for skus in
               (("C",), ("A", "D"), ("none", "C"), ("E",))]  # fmt: skip
    await _turns()
    stage.copying.reads.let_go()
    assert await asyncio.gather(*asking) == [[14], [14], [14, 14], [None, 14], [14]]
    assert stage.copying.reads.of == [["A"], ["C", "A", "D", "none", "E"]]


async def test_what_was_written_before_the_question_is_in_the_answer(stage: Stage) -> None:
    asking = await _one_under_way(stage)
    await stage.put(1, "A", "dc-1")
    asking.append(asyncio.create_task(_sellable(stage, "A")))
    await _turns()
    stage.copying.reads.let_go()
    assert await asyncio.gather(*asking) == [[14], [8]]


async def test_an_asker_that_gives_up_cancels_nobody(stage: Stage) -> None:
    asking = await _one_under_way(stage)
    waiting = [asyncio.create_task(_sellable(stage, sku)) for sku in ("B", "C")]
    await _turns()
    waiting[0].cancel()
    await _turns()
    stage.copying.reads.let_go()
    told = await asyncio.gather(*asking, *waiting, return_exceptions=True)
    assert (told[0], told[2]) == ([14], [14])
    assert isinstance(told[1], asyncio.CancelledError)
    assert stage.copying.reads.of == [["A"], ["B", "C"]]


async def test_what_nobody_waits_for_any_more_holds_nobody_up(stage: Stage) -> None:
    """A statement may hang, alone or of a lot; a lot may have lost its askers before it begins."""
    (first,) = await _one_under_way(stage)
    reads = stage.copying.reads

    def ask(sku: str) -> "asyncio.Task[list[int | None]]":
        return asyncio.create_task(_sellable(stage, sku))

    second = ask("B")
    await _turns()
    first.cancel()
    await reads.until_read(2)
    third = ask("C")
    await _turns()
    third.cancel()
    await _turns()
    fourth = ask("D")
    await _turns()
    second.cancel()
    await reads.until_read(3)
    reads.let_go()
    assert await fourth == [14]
    assert reads.of[:2] == [["A"], ["B"]]
    assert "D" in reads.of[2]
    assert await _sellable(stage, "E") == [14]


async def test_a_failure_is_told_to_each_who_waited_and_is_over_with_them(stage: Stage) -> None:
    asking = await _one_under_way(stage)
    waiting = [asyncio.create_task(stage.ask(sku, group=uuid7(NOW))) for sku in ("C",)]
    waiting += [asyncio.create_task(stage.ask(sku)) for sku in ("C", "D")]
    await _turns()
    await stage.pool.execute("ALTER TABLE position RENAME TO away")
    stage.copying.reads.let_go()
    failed = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(each) for each in failed} == {asyncpg.UndefinedTableError}
    assert await asyncio.gather(*asking) == [[14]]
    await stage.pool.execute("ALTER TABLE away RENAME TO position")
    assert await _sellable(stage, "C", "D") == [14, 14]
    with pytest.raises(UnknownGroup):
        await stage.ask("C", group=uuid7(NOW))


async def test_who_asks_for_much_goes_alone_and_lots_are_no_larger(stage: Stage) -> None:
    lots = StockLots(stage.copying.reads)
    lots.note(None, 1000)
    reads = stage.copying.reads
    reads.hold()
    asks = (["A"], ["A", "B", "C"], ["C"], ["D"], ["E"])
    asking = [asyncio.create_task(lots.told(each, None)) for each in asks]
    await reads.until_read(2)
    assert sorted(reads.of) == [["A"], ["A", "B", "C"]]
    reads.let_go()
    told = await asyncio.gather(*asking)
    assert reads.of[2:] == [["C", "D"], ["E"]]
    assert [each.told is not None and sorted(each.told.skus) for each in told] == [
        ["A"], ["A", "B", "C"], ["C", "D"], ["C", "D"], ["E"],
    ]  # fmt: skip
    await lots.close()


async def test_it_leaves_nothing_behind_when_it_is_closed(stage: Stage) -> None:
    asking = await _one_under_way(stage)
    waiting = asyncio.create_task(_sellable(stage, "C"))
    await _turns()
    await told_of(stage).close()
    with pytest.raises(RuntimeError):
        await waiting
    stage.copying.reads.let_go()
    assert await asyncio.gather(*asking) == [[14]]


async def test_what_is_told_alike_is_the_same_object_though_postgres_is_asked(
    stage: Stage,
) -> None:
    (once,) = await stage.ask("A")
    (first,) = await stage.ask("A")
    again = await stage.ask("A", "B", "A")
    assert (once == first, once is first) == (True, False)
    assert [each is first for each in again] == [True, False, True]
    assert stage.copying.reads.of == [["A"], ["A"], ["A", "B"]]
    assert told_of(stage).looks == {"AGAIN": 1, "ANEW": 3}
    stage.clock.advance(90)
    (stale,) = await stage.ask("A")
    assert (first.dated.is_stale, stale.dated.is_stale) == (False, True)


async def _threshold(stage: Stage, units: int) -> None:
    async with transaction(stage.pool) as connection:
        everywhere = GroupSpec("default", "All", units, None, is_default=True)
        await apply_groups(connection, [everywhere], NOW)


async def _locate(stage: Stage, place: str, name: str) -> None:
    record = LocationRecord(place, place, name, LocationKind.STORE, stage.clock.now())
    await stage.applier.apply(stage.source, "locations", [Mapped(record, b"{}")])


async def _join(stage: Stage, place: str) -> None:
    await _locate(stage, place, place)
    await _threshold(stage, 0)


CHANGES: dict[str, Callable[[Stage], Awaitable[None]]] = {
    "a level": lambda stage: stage.put(8, "A"),
    "a read of the same level": lambda stage: stage.put(7, "A"),
    "a watermark": lambda stage: stage.cover(since=NOW, watermark=stage.clock.now()),
    "a watermark that is gone": lambda stage: stage.cover(
        since=stage.clock.now(), watermark=stage.clock.now()
    ),
    "a walk": lambda stage: stage.walk(),
    "a record that cannot be read": lambda stage: stage.misread("A"),
    "a threshold": lambda stage: _threshold(stage, 5),
    "a location's name": lambda stage: _locate(stage, "dc-1", "Another name"),
    "one more location": lambda stage: _join(stage, "dc-3"),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_whatever_changes_is_in_the_next_answer(stage: Stage, change: str) -> None:
    await stage.ask("A")
    (before,) = await stage.ask("A")
    assert (await stage.ask("A"))[0] is before
    stage.clock.advance(1)
    await CHANGES[change](stage)
    (after,) = await stage.ask("A")
    (fresh,) = await without_copies(stage, ToldStock(stage.pool)).ask("A")
    assert after == fresh
    assert after is not before
    (again,) = await stage.ask("A")
    assert (await stage.ask("A"))[0] is again


async def test_a_watermark_that_is_taken_back_dates_nothing_any_more(stage: Stage) -> None:
    await stage.cover(since=NOW, watermark=NOW + timedelta(seconds=5))
    assert (await stage.ask("A"))[0].dated.as_of == NOW + timedelta(seconds=5)
    await stage.pool.execute("UPDATE source_stream SET watermark = NULL WHERE stream = 'stock'")
    assert (await stage.ask("A"))[0].dated.as_of == NOW


async def test_locations_are_those_of_the_latest_statement(stage: Stage) -> None:
    places = LocationFederation(stage.pool, told=told_of(stage))

    async def named(answer: AvailabilityAnswer) -> list[str | None]:
        found = await places.of_positions([each.location_id for each in answer.positions])
        return [None if each is None else each["name"] for each in found]

    (answer,) = await stage.ask("A")
    assert await named(answer) == ["dc-1", "dc-2"]
    stage.clock.advance(1)
    await _locate(stage, "dc-1", "Another name")
    (after,) = await stage.ask("A")
    assert await named(after) == ["Another name", "dc-2"]


async def test_an_earlier_statement_that_comes_late_brings_no_old_location_back(
    stage: Stage,
) -> None:
    places = LocationFederation(stage.pool, told=told_of(stage))
    slow = stage.copying.reads
    await stage.ask("A")
    told_of(stage)._lots.note(None, 2000)
    slow.hold()
    late = asyncio.create_task(stage.ask("A", "B"))
    await slow.until_held()
    stage.clock.advance(1)
    await _locate(stage, "dc-1", "Another name")
    let_go = slow.let_others_go()
    (after,) = await stage.ask("A")
    ids = [each.location_id for each in after.positions]
    await places.of_positions(ids)
    let_go()
    await late
    found = await places.of_positions(ids)
    assert [each and each["name"] for each in found] == ["Another name", "dc-2"]


async def test_it_keeps_no_more_than_it_may(stage: Stage) -> None:
    told = ToldStock(stage.pool, max_entries=2)
    bounded = without_copies(stage, told)
    for kept in (0, 2):
        assert await _sellable(bounded, *SKUS) == [14] * 5
        assert len(told.cache) == kept
    assert told.cache.evictions == 3
    assert told.cache.bytes > 0
    none = ToldStock(stage.pool, max_bytes=1)
    for _ in range(3):
        assert await _sellable(without_copies(stage, none), *SKUS) == [14] * 5
    assert (len(none.cache), none.cache.bytes) == (0, 0)


async def test_a_sku_that_nobody_knows_is_not_kept(stage: Stage) -> None:
    (answer,) = await stage.ask("none")
    assert answer.status_reason == "SKU_NOT_FOUND"
    assert len(told_of(stage).cache) == 0
    read: Any = await load_stock(stage.pool, ["none"], None)
    assert read.skus == {}
