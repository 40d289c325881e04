"""A failing source is left alone, and its health is told once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from gateway.connect.errors import (
    AuthenticationFailed,
    MalformedPayload,
    NotFound,
    SourceError,
    Throttled,
    Unreachable,
)
from gateway.federation.breaker import Breaker, HealthState, SourceHealth
from gateway.federation.errors import CircuitOpen


class HandClock:
    def __init__(self) -> None:
        self.ticks = 0.0

    def now(self) -> datetime:
        return datetime(2026, 11, 20, tzinfo=UTC) + timedelta(seconds=self.ticks)

    def monotonic(self) -> float:
        return self.ticks

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("a breaker does not wait")


class Source:
    def __init__(self) -> None:
        self.clock = HandClock()
        self.told: list[tuple[HealthState, HealthState]] = []
        self.breaker = Breaker(self.clock, self._tell)
        self.failure: SourceError | None = None
        self.calls = 0

    def _tell(self, before: SourceHealth, after: SourceHealth) -> None:
        self.told.append((before.state, after.state))

    async def ask(self) -> str:
        return await self.breaker.run(self._answer)

    async def _answer(self) -> str:
        self.calls += 1
        if self.failure is not None:
            raise self.failure
        return "well"

    async def fails(self, times: int) -> None:
        for _ in range(times):
            with pytest.raises(SourceError):
                await self.ask()


async def test_it_opens_after_five_failures_and_closes_after_one_answer() -> None:
    source = Source()
    source.failure = Unreachable("no connection")
    await source.fails(5)
    assert source.breaker.health.state is HealthState.DOWN
    with pytest.raises(CircuitOpen) as refused:
        await source.ask()
    assert (refused.value.cause_code, refused.value.retry_after) == ("UNREACHABLE", 10.0)
    assert source.calls == 5
    source.failure, source.clock.ticks = None, 10.0
    assert await source.ask() == "well"
    assert source.told == [
        (HealthState.UP, HealthState.DEGRADED), (HealthState.DEGRADED, HealthState.DOWN),
        (HealthState.DOWN, HealthState.UP),
    ]  # fmt: skip


async def test_each_failed_probe_doubles_the_time_up_to_five_minutes() -> None:
    source = Source()
    source.failure = Unreachable("no connection")
    await source.fails(5)
    waits = []
    for _ in range(7):
        with pytest.raises(CircuitOpen) as refused:
            await source.ask()
        waits.append(refused.value.retry_after)
        source.clock.ticks += waits[-1]
        await source.fails(1)
    assert waits == [10, 20, 40, 80, 160, 300, 300]


async def test_one_probe_at_a_time_and_a_cancelled_one_frees_its_place() -> None:
    source = Source()
    source.failure = Unreachable("no connection")
    await source.fails(5)
    source.clock.ticks = 10.0
    gate = asyncio.Event()

    async def hang() -> None:
        await gate.wait()

    probe = asyncio.create_task(source.breaker.run(hang))
    await asyncio.sleep(0)
    with pytest.raises(CircuitOpen):
        await source.ask()
    probe.cancel()
    await asyncio.gather(probe, return_exceptions=True)
    source.failure = None
    assert await source.ask() == "well"


async def test_a_throttle_opens_it_for_exactly_its_time() -> None:
    source = Source()
    source.failure = Throttled("slow down", 17.0)
    await source.fails(1)
    assert source.breaker.health.state is HealthState.DEGRADED
    source.failure, source.clock.ticks = None, 16.9
    with pytest.raises(CircuitOpen):
        await source.ask()
    source.clock.ticks = 17.0
    assert await source.ask() == "well"


async def test_refused_credentials_pause_it_until_they_are_accepted() -> None:
    source = Source()
    source.failure = AuthenticationFailed("who are you")
    await source.fails(1)
    assert source.breaker.health.state is HealthState.PAUSED
    assert source.breaker.health.reason == "AUTHENTICATION_FAILED: who are you"
    source.failure, source.clock.ticks = None, 60.0
    assert await source.ask() == "well"


@pytest.mark.parametrize("error", [NotFound("not here"), MalformedPayload("odd", "a.b")])
async def test_what_is_wrong_with_one_record_does_not_count(error: SourceError) -> None:
    source = Source()
    source.failure = error
    await source.fails(20)
    assert (source.calls, source.breaker.health.state, source.told) == (20, HealthState.UP, [])
