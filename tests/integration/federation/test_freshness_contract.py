"""How old an answer may be, what is done when it is older, and that it always says so."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from gateway.connect.errors import DeadlineExceeded, Unreachable
from gateway.federation.errors import AnswerTooOld, CircuitOpen
from gateway.federation.freshness import OnStale, ServedFrom
from gateway.model.stock import AvailabilityStatus

from .clock import NOW, until
from .stage import Stage, staged


@pytest.fixture(params=["read each time", "kept"])
async def stage(database: str, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """One location with seven units, read now by a complete walk, nine at the warehouse.

    The contract is the same where the process has a copy from before.
    """
    keeps_up = request.param == "kept"
    async with staged(database, keeps_up=keeps_up) as stage:
        await stage.put(7)
        await stage.walk()
        await stage.ask()
        assert len(stage.copying.copies.cache) == keeps_up
        stage.warehouse.levels["SKU-1", "dc-1"] = 9
        yield stage


async def _refreshed(stage: Stage) -> None:
    """Wait until what is read behind has been written."""

    async def is_written() -> bool:
        return bool(await stage.pool.fetchval("SELECT on_hand FROM position") == 9)

    await until("the refresh is written", is_written)


async def _asked(stage: Stage, askers: int = 1) -> None:
    """Wait until the source is asked, and so many askers wait for it."""

    async def is_waiting() -> bool:
        return bool(stage.warehouse.asked) and stage.refresher.askers == askers

    await until("the source is asked", is_waiting)


async def test_what_is_fresh_is_served_without_asking(stage: Stage) -> None:
    stage.clock.advance(60)
    (answer,) = await stage.ask(on_stale=OnStale.REFRESH_OR_FAIL)
    assert (answer.available_to_sell, answer.is_complete) == (7, True)
    assert (answer.dated.as_of, answer.dated.is_stale) == (NOW, False)
    assert answer.dated.served_from is ServedFrom.PROJECTION
    assert stage.warehouse.asked == []


async def test_served_stale_it_is_marked_and_one_refresh_is_queued_for_everybody(
    stage: Stage,
) -> None:
    stage.clock.advance(61)
    stage.warehouse.gate = asyncio.Event()
    answers = await asyncio.gather(*(stage.ask(on_stale=OnStale.SERVE) for _ in range(20)))
    for (answer,) in answers:
        assert (answer.available_to_sell, answer.is_complete, answer.dated.is_stale) == (
            7, False, True,
        )  # fmt: skip
    stage.warehouse.gate.set()
    await _refreshed(stage)
    assert stage.warehouse.asked == [[("SKU-1", "dc-1")]]
    (fresh,) = await stage.ask()
    assert (fresh.available_to_sell, fresh.is_complete) == (9, True)
    assert fresh.dated.as_of == NOW + timedelta(seconds=61)


async def test_fifty_that_refresh_at_once_share_one_call(stage: Stage) -> None:
    stage.clock.advance(61)
    stage.warehouse.gate = asyncio.Event()
    asks = [asyncio.create_task(stage.ask(on_stale=OnStale.REFRESH_OR_FAIL)) for _ in range(50)]
    await _asked(stage, 50)
    stage.warehouse.gate.set()
    answers = await asyncio.gather(*asks)
    assert {(a.available_to_sell, a.is_complete) for (a,) in answers} == {(9, True)}
    assert {a.dated.served_from for (a,) in answers} == {ServedFrom.SOURCE}
    assert len(stage.warehouse.asked) == 1


async def test_a_cancelled_asker_cancels_nobody_else(stage: Stage) -> None:
    stage.clock.advance(61)
    stage.warehouse.gate = asyncio.Event()
    first = asyncio.create_task(stage.ask(on_stale=OnStale.REFRESH_OR_FAIL))
    await _asked(stage)
    second = asyncio.create_task(stage.ask(on_stale=OnStale.REFRESH_OR_FAIL))
    await _asked(stage, 2)
    first.cancel()
    stage.warehouse.gate.set()
    (answer,) = await second
    assert answer.available_to_sell == 9
    assert first.cancelled()
    assert len(stage.warehouse.asked) == 1


async def test_not_to_be_refreshed_it_is_refused_without_asking(stage: Stage) -> None:
    stage.clock.advance(61)
    (answer,) = await stage.ask(on_stale=OnStale.FAIL)
    assert isinstance(answer.failure, AnswerTooOld)
    assert answer.available_to_sell is None
    assert (answer.status, answer.status_reason) == (
        AvailabilityStatus.UNKNOWN, "SOURCE_UNAVAILABLE",
    )  # fmt: skip
    assert stage.warehouse.asked == []


@pytest.mark.parametrize("on_stale", [OnStale.REFRESH_OR_SERVE, OnStale.REFRESH_OR_FAIL])
async def test_a_failing_source_is_served_stale_or_refused_as_asked(
    stage: Stage, on_stale: OnStale
) -> None:
    stage.clock.advance(61)
    stage.warehouse.failure = Unreachable("no connection")
    (answer,) = await stage.ask(on_stale=on_stale)
    if on_stale is OnStale.REFRESH_OR_SERVE:
        assert (answer.available_to_sell, answer.is_complete) == (7, False)
        assert (answer.dated.is_stale, answer.failure) == (True, None)
    else:
        assert answer.available_to_sell is None
        assert answer.failure is stage.warehouse.failure


async def test_a_hanging_source_is_given_up_at_the_callers_deadline(stage: Stage) -> None:
    stage.clock.advance(61)
    stage.warehouse.gate = asyncio.Event()
    asking = asyncio.create_task(stage.ask(on_stale=OnStale.REFRESH_OR_FAIL, seconds=2.5))
    await _asked(stage)
    stage.clock.advance(2.5)
    (answer,) = await asking
    assert isinstance(answer.failure, DeadlineExceeded)
    stage.warehouse.gate.set()
    await _refreshed(stage)


async def test_a_source_that_has_failed_too_often_is_not_asked(stage: Stage) -> None:
    stage.clock.advance(61)
    stage.warehouse.failure = Unreachable("no connection")
    for _ in range(5):
        await stage.ask(on_stale=OnStale.REFRESH_OR_SERVE)
    assert len(stage.warehouse.asked) == 5
    (answer,) = await stage.ask(on_stale=OnStale.REFRESH_OR_FAIL)
    assert isinstance(answer.failure, CircuitOpen)
    assert answer.failure.cause_code == "UNREACHABLE"
    assert len(stage.warehouse.asked) == 5
    stage.warehouse.failure = None
    stage.clock.advance(10)
    (healed,) = await stage.ask(on_stale=OnStale.REFRESH_OR_FAIL)
    assert healed.available_to_sell == 9


async def test_a_floor_keeps_a_caller_from_burning_the_vendors_quota(stage: Stage) -> None:
    stage.clock.advance(30)
    (kept,) = await stage.ask(max_age=0, on_stale=OnStale.REFRESH_OR_FAIL, floor=30)
    assert (kept.available_to_sell, kept.dated.served_from) == (7, ServedFrom.PROJECTION)
    assert stage.warehouse.asked == []
    (read,) = await stage.ask(max_age=0, on_stale=OnStale.REFRESH_OR_FAIL, floor=29)
    assert (read.available_to_sell, read.dated.served_from) == (9, ServedFrom.SOURCE)


async def test_with_the_source_stopped_the_age_grows_as_the_clock_does(stage: Stage) -> None:
    await stage.cover(since=NOW - timedelta(seconds=1), watermark=NOW + timedelta(seconds=40))
    stage.clock.advance(100)
    (young,) = await stage.ask()
    assert (young.dated.as_of, young.dated.is_stale) == (NOW + timedelta(seconds=40), False)
    stage.clock.advance(1)
    (old,) = await stage.ask()
    assert (old.dated.as_of, old.dated.is_stale) == (NOW + timedelta(seconds=40), True)


async def test_a_watermark_dates_nothing_that_was_read_before_its_delta_began(
    stage: Stage,
) -> None:
    await stage.cover(since=NOW + timedelta(seconds=1), watermark=NOW + timedelta(seconds=40))
    stage.clock.advance(50)
    (answer,) = await stage.ask()
    assert answer.dated.as_of == NOW


async def test_what_a_refresh_reads_is_written_through(stage: Stage) -> None:
    stage.clock.advance(61)
    await stage.ask(on_stale=OnStale.REFRESH_OR_SERVE)
    row = await stage.pool.fetchrow("SELECT on_hand, observed_at FROM position")
    assert tuple(row) == (9, NOW + timedelta(seconds=61))


async def test_what_the_source_no_longer_has_is_nought_as_of_the_read(stage: Stage) -> None:
    stage.clock.advance(61)
    stage.warehouse.levels.clear()
    (answer,) = await stage.ask(on_stale=OnStale.REFRESH_OR_FAIL)
    assert (answer.available_to_sell, answer.status) == (0, AvailabilityStatus.OUT_OF_STOCK)
    assert answer.dated.as_of == NOW + timedelta(seconds=61)
