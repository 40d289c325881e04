"""What a source said of a position and could not be read is unknown: never 0, never of later."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from gateway.connect.errors import MalformedPayload, Unreachable
from gateway.connect.records import Mapped, Unmappable
from gateway.federation.answers import AvailabilityAnswer
from gateway.federation.freshness import OnStale
from gateway.model.location import LocationKind, LocationRecord
from gateway.model.stock import AvailabilityStatus
from gateway.projection.database import transaction
from gateway.projection.items import ItemLink
from gateway.projection.relinking import relink_items
from gateway.sync.replay import Replayer

from .clock import NOW, until
from .stage import Stage, staged, unreadable

UNKNOWN = (AvailabilityStatus.UNKNOWN, "NEVER_READ", None, False)
NOTHING = (AvailabilityStatus.OUT_OF_STOCK, None, 0, True)
WHERE = pytest.mark.parametrize("place", ["dc-1", None], ids=["located", "anywhere"])


def at(seconds: float) -> Any:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
async def stage(database: str) -> AsyncIterator[Stage]:
    """One location, read whole when there was nothing; copies are kept up with what is written."""
    async with staged(database, keeps_up=True) as stage:
        await stage.read_changes()
        await stage.read_everything()
        stage.clock.advance(1)
        yield stage


def _words(answer: AvailabilityAnswer) -> tuple[Any, ...]:
    return answer.status, answer.status_reason, answer.available_to_sell, answer.is_complete


async def _told(stage: Stage, sku: str = "SKU-1") -> tuple[Any, ...]:
    """Answer what is said of a SKU from memory, which is what Postgres says.

    What is too old would be read behind, and mended: the source is away meanwhile.
    """
    stage.warehouse.failure = Unreachable("away")
    (kept,) = await stage.ask(sku, on_stale=OnStale.SERVE, max_age=1e9)
    (known,) = await stage.stock.as_known([sku], None, stage.clock.now())
    assert _words(kept) == _words(known)
    return _words(kept)


async def _known(stage: Stage) -> tuple[Any, ...]:
    """Answer what Postgres has of the SKU: how much, whether that is all, and as of when."""
    (answer,) = await stage.stock.as_known(["SKU-1"], None, stage.clock.now())
    return answer.available_to_sell, answer.is_complete, answer.dated.as_of


async def _link(stage: Stage, item: str, link: ItemLink) -> None:
    async with transaction(stage.pool) as connection:
        await relink_items(
            connection, "wms", {item: link}, origin="hand", now=stage.clock.now()
        )  # fmt: skip
    await stage.round()


async def _replay(stage: Stage) -> None:
    """Let what waits for a mapping be tried again, as is done after each read."""
    stage.clock.advance(1)
    await Replayer(stage.pool, stage.applier).replay(stage.source, mappable_only=True)
    await stage.round()


@WHERE
async def test_a_first_record_that_cannot_be_read_is_unknown_until_one_can(
    stage: Stage, place: str | None
) -> None:
    assert await _told(stage) == NOTHING
    await stage.read_changes(unreadable("SKU-1", place))
    assert await _told(stage) == UNKNOWN
    stage.clock.advance(1)
    await stage.read_changes(stage.level(0))
    assert await _told(stage) == NOTHING
    assert (
        await stage.pool.fetchval("SELECT count(*) FROM quarantine WHERE resolved_at IS NULL") == 0
    )


@WHERE
async def test_a_walk_that_meets_it_again_leaves_it_unknown_and_one_that_does_not_makes_it_0(
    stage: Stage, place: str | None
) -> None:
    await stage.read_changes(unreadable("SKU-1", place))
    for _ in range(2):
        stage.clock.advance(1)
        await stage.read_everything([unreadable("SKU-1", place)])
        assert await _told(stage) == UNKNOWN
    stage.clock.advance(1)
    await stage.read_everything([])
    assert await _told(stage) == NOTHING
    assert (
        await stage.pool.fetchval("SELECT count(*) FROM quarantine WHERE resolved_at IS NULL") == 0
    )


@WHERE
async def test_a_first_walk_that_meets_it_leaves_it_unknown(
    database: str, place: str | None
) -> None:
    async with staged(database, keeps_up=True) as stage:
        await stage.read_everything([unreadable("SKU-1", place)])
        assert await _told(stage) == UNKNOWN


async def test_of_a_located_record_only_that_location_is_unknown(database: str) -> None:
    async with staged(database, "dc-1", "store-1", keeps_up=True) as stage:
        await stage.read_changes()
        await stage.read_everything()
        stage.clock.advance(1)
        await stage.read_changes(unreadable("SKU-1", "store-1"), stage.level(4))
        lower_bound = (AvailabilityStatus.IN_STOCK, None, 4, False)
        assert await _told(stage) == lower_bound
        stage.clock.advance(1)
        await stage.read_changes(stage.level(5))
        assert (await _told(stage))[2:] == (5, False)
        stage.clock.advance(1)
        await stage.read_changes(stage.level(1, place="store-1"))
        assert (await _told(stage))[2:] == (6, True)


async def test_beside_a_located_record_the_others_are_0_and_the_sum_is_no_number(
    database: str,
) -> None:
    async with staged(database, "dc-1", "store-1", "store-2", keeps_up=True) as stage:
        await stage.read_everything([unreadable("SKU-1", "store-1")])
        assert await _told(stage) == (AvailabilityStatus.UNKNOWN, "INCOMPLETE", 0, False)


async def test_of_a_record_without_a_location_all_is_unknown_until_each_was_read(
    database: str,
) -> None:
    async with staged(database, "dc-1", "store-1", keeps_up=True) as stage:
        await stage.read_everything([unreadable("SKU-1")])
        assert await _told(stage) == UNKNOWN
        for place, expected in (("dc-1", (4, False)), ("store-1", (8, True))):
            stage.clock.advance(1)
            await stage.read_changes(stage.level(4, place=place))
            assert (await _told(stage))[2:] == expected
        left = "SELECT count(*) FROM quarantine WHERE resolved_at IS NULL"
        assert await stage.pool.fetchval(left) == 0


async def test_what_is_asked_to_be_fresh_is_read_one_by_one(database: str) -> None:
    async with staged(database, "dc-1", "store-1", keeps_up=True) as stage:
        await stage.read_everything([unreadable("SKU-1")])
        stage.clock.advance(1)
        stage.warehouse.levels["SKU-1", "store-1"] = 3
        stage.warehouse.broken.add(("SKU-1", "dc-1"))
        (answer,) = await stage.ask(on_stale=OnStale.REFRESH_OR_FAIL)
        assert answer.failure is not None
        assert (await _known(stage))[:2] == (3, False)
        stage.warehouse.broken.clear()
        stage.clock.advance(1)
        (answer,) = await stage.ask(on_stale=OnStale.REFRESH_OR_FAIL)
        assert (answer.available_to_sell, answer.is_complete) == (3, True)
        assert await stage.pool.fetchval("SELECT bool_and(resolved_at IS NOT NULL) FROM quarantine")


@pytest.mark.parametrize("units", [None, 7], ids=["first", "known"])
async def test_a_refresh_that_began_before_and_is_written_after_heals_nothing(
    stage: Stage, units: int | None
) -> None:
    if units is not None:
        await stage.put(units)
        stage.clock.advance(61)
    stage.warehouse.levels["SKU-1", "dc-1"] = 7
    stage.warehouse.gate = gate = asyncio.Event()
    asking = asyncio.create_task(stage.ask(on_stale=OnStale.REFRESH_OR_SERVE, max_age=0))

    async def is_asked() -> bool:
        return bool(stage.warehouse.asked)

    await until("the source is asked", is_asked)
    began = stage.clock.now()
    stage.clock.advance(1)
    await stage.read_changes(unreadable("SKU-1", "dc-1"))
    gate.set()
    await asking
    stage.clock.advance(1)
    await stage.read_changes()
    (answer,) = await stage.ask(on_stale=OnStale.SERVE, max_age=1e9)
    assert (answer.available_to_sell, answer.dated.as_of) == (7, began)
    left = await stage.pool.fetchval("SELECT count(*) FROM quarantine WHERE resolved_at IS NULL")
    assert left == 1
    await stage.read_changes(stage.level(5))
    (answer,) = await stage.ask(on_stale=OnStale.SERVE, max_age=1e9)
    assert (answer.available_to_sell, answer.dated.as_of) == (5, stage.clock.now())


async def test_a_walk_that_began_before_and_is_written_after_heals_nothing(stage: Stage) -> None:
    stage.warehouse.pages = [[], [stage.level(7, "SKU-1")], []]
    assert await stage.read_page()
    stage.clock.advance(1)
    await stage.read_changes(unreadable("SKU-1", "dc-1"))
    stage.clock.advance(1)
    while await stage.read_page():
        stage.clock.advance(1)
    await stage.read_changes()
    assert await _known(stage) == (7, True, at(1))


async def test_a_walk_does_not_make_0_of_what_a_delta_could_not_read_meanwhile(
    stage: Stage,
) -> None:
    await stage.put(7)
    stage.clock.advance(1)
    stage.warehouse.pages = [[], []]
    assert await stage.read_page()
    stage.clock.advance(1)
    await stage.read_changes(unreadable("SKU-1", "dc-1"))
    stage.clock.advance(1)
    assert not await stage.read_page()
    assert await _known(stage) == (7, True, at(1))


async def test_what_a_walk_does_not_list_any_more_is_0_though_it_could_not_be_read_once(
    stage: Stage,
) -> None:
    await stage.put(7)
    stage.clock.advance(1)
    await stage.read_changes(unreadable("SKU-1", "dc-1"))
    stage.clock.advance(1)
    await stage.read_everything([])
    assert await _told(stage) == NOTHING


async def test_a_walk_that_is_interrupted_changes_nothing_of_what_is_unknown(
    stage: Stage,
) -> None:
    await stage.read_changes(unreadable("SKU-1", "dc-1"))
    stage.clock.advance(1)
    stage.warehouse.pages = [[], [], []]
    for _ in range(2):
        assert await stage.read_page()
    assert await _told(stage) == UNKNOWN
    await stage.reader.fail_run("the process ends")
    assert await _told(stage) == UNKNOWN
    assert not await stage.read_page()
    assert await _told(stage) == NOTHING


async def test_it_is_the_same_in_whatever_chunks_a_page_is_written(database: str) -> None:
    async with staged(database, "dc-1", "store-1", keeps_up=True) as stage:
        await stage.read_everything()
        told: list[Mapped[Any] | Unmappable] = [stage.level(4), unreadable("SKU-1", "store-1")]
        for page in (told, told[::-1]):
            stage.clock.advance(1)
            for each in page:
                await stage.applier.apply(stage.source, "stock", [each])
            await stage.round()
            assert (await _told(stage))[2:] == (4, False)


async def test_a_change_without_a_name_may_be_of_any_and_no_watermark_dates_what_was_read(
    database: str,
) -> None:
    async with staged(database, "dc-1", "store-1", keeps_up=True) as stage:
        await stage.read_changes()
        await stage.read_everything([stage.level(7)])
        stage.clock.advance(1)
        nameless = Unmappable(None, b"{}", MalformedPayload("no SKU", "sku"))
        await stage.read_changes(nameless)
        stage.clock.advance(1)
        await stage.read_changes()
        assert await _known(stage) == (7, True, NOW)
        stage.clock.advance(1)
        await stage.read_everything([stage.level(7)])
        await stage.read_changes()
        assert await _known(stage) == (7, True, stage.clock.now())


async def test_a_record_of_an_item_that_becomes_a_sku_later_is_of_that_sku(database: str) -> None:
    async with staged(database, keeps_up=True) as stage:
        await stage.pool.execute("DELETE FROM item_ref")
        await stage.read_everything([unreadable("NEW", "dc-1"), unreadable("W-9", "dc-1")])
        assert (await _told(stage, "NEW"))[1] == "SKU_NOT_FOUND"
        await stage.pool.execute("INSERT INTO item (sku) VALUES ('NEW')")
        assert await _told(stage, "NEW") == UNKNOWN
        assert await _told(stage) == NOTHING
        await _link(stage, "W-9", ItemLink("SKU-1", 1))
        assert await _told(stage) == UNKNOWN


async def test_a_record_of_a_location_that_is_known_later_is_of_that_location(
    database: str,
) -> None:
    async with staged(database, keeps_up=True) as stage:
        await stage.read_everything([stage.level(4), stage.level(9, place="store-9")])
        assert (await _told(stage))[2:] == (4, True)
        record = LocationRecord("store-9", "store-9", "Nine", LocationKind.STORE, NOW)
        await stage.applier.apply(stage.source, "locations", [Mapped(record, b"{}")])
        await stage.pool.execute(
            """INSERT INTO location_group_member (group_id, location_id)
               SELECT g.id, l.id FROM location_group g, location l ON CONFLICT DO NOTHING"""
        )
        await stage.round()
        assert (await _told(stage))[2:] == (4, False)
        stage.clock.advance(1)
        await stage.read_changes(stage.level(9, place="store-9"))
        assert (await _told(stage))[2:] == (13, True)


async def test_replay_reads_it_at_every_location_where_none_was_told(database: str) -> None:
    async with staged(database, "dc-1", "store-1", keeps_up=True) as stage:
        await stage.read_everything([unreadable("SKU-1")])
        stage.warehouse.levels["SKU-1", "store-1"] = 3
        stage.clock.advance(1)
        replayed = await Replayer(stage.pool, stage.applier).replay(stage.source)
        assert (replayed.tried, replayed.resolved) == (1, 1)
        await stage.round()
        assert (await _told(stage))[2:] == (3, True)


async def test_an_item_that_turns_out_to_be_another_sku_is_read_again_as_that(
    database: str,
) -> None:
    async with staged(database, "dc-1", "store-1", skus=("SKU-1", "SKU-2"), keeps_up=True) as stage:
        await _link(stage, "X", ItemLink("SKU-1", 1))
        await stage.pool.execute("DELETE FROM item_ref WHERE external_id <> 'X'")
        await stage.read_everything([stage.level(7, "X")])
        assert [(await _told(stage, sku))[2:] for sku in ("SKU-1", "SKU-2")] == [
            (7, True), (0, True),
        ]  # fmt: skip
        await _link(stage, "X", ItemLink("SKU-2", 1))
        assert [(await _told(stage, sku))[1:] for sku in ("SKU-1", "SKU-2")] == [
            (None, 0, True), ("INCOMPLETE", 0, False),
        ]  # fmt: skip
        stage.warehouse.failure = None
        stage.warehouse.levels["X", "dc-1"] = 7
        await _replay(stage)
        assert [(await _told(stage, sku))[2:] for sku in ("SKU-1", "SKU-2")] == [
            (0, True), (7, True),
        ]  # fmt: skip


async def test_what_is_known_in_other_units_is_unknown_until_it_is_read_again(
    database: str,
) -> None:
    async with staged(database, keeps_up=True) as stage:
        await stage.read_everything([stage.level(7)])
        await _link(stage, "SKU-1", ItemLink("SKU-1", 1))
        assert (await _told(stage))[2:] == (7, True)
        await _link(stage, "SKU-1", ItemLink("SKU-1", 6))
        assert (await _told(stage))[2:] == (None, False)
        stage.warehouse.failure = None
        stage.warehouse.levels["SKU-1", "dc-1"] = 7
        await _replay(stage)
        assert (await _told(stage))[2:] == (42, True)


async def test_another_item_of_the_same_sku_is_read_again_too(database: str) -> None:
    async with staged(database, keeps_up=True) as stage:
        await _link(stage, "BOX", ItemLink("SKU-1", 6))
        await stage.read_everything([stage.level(7)])
        await _link(stage, "BOX", ItemLink("SKU-9", 6))
        assert (await _told(stage))[2:] == (None, False)
        stage.warehouse.levels["SKU-1", "dc-1"] = 7
        stage.warehouse.failure = None
        await _replay(stage)
        assert (await _told(stage))[2:] == (7, True)
        assert (await _told(stage, "SKU-9"))[2:] == (0, True)
