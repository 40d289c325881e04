"""K11, K13, K15: each way of failing is told as what it is, in time, and leaves nothing behind."""

import asyncio
import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from gateway.connect.deadline import Deadline
from gateway.connect.errors import (
    ContractError,
    DeadlineExceeded,
    SourceError,
    Throttled,
    Unreachable,
    UpstreamFault,
)
from gateway.connect.testing.faults import Fault
from gateway.connect.testing.kit.calling import READING, TELLING, Way, way_names, way_of, ways
from gateway.connect.testing.kit.clock import KitClock
from gateway.connect.testing.kit.reading import views, walked
from gateway.connect.testing.kit.retail import a_retailer
from gateway.connect.testing.kit.rules import hold, rule
from gateway.connect.testing.kit.subject import Subject
from gateway.connect.testing.kit.telling import is_told, telling
from gateway.connect.testing.kit.world import World, world

SECONDS = 7.0


def _name(error: Exception | None) -> str:
    return "nothing" if error is None else f"{type(error).__name__}: {error}"


@rule("K11", "hanging vendor: DeadlineExceeded at the deadline, connection returned")
async def hanging(subject: Subject) -> None:
    clock = KitClock()
    async with world(subject, a_retailer(1, clock.now()), clock=clock) as made:
        for way in await ways(made):
            await _ends_in_time(made, way, clock)


async def _ends_in_time(made: World, way: Way, clock: KitClock) -> None:
    what, connector = way.name, made.connector
    await way.error(connector, made.soon)
    made.fail(way.aimed(Fault("hang")))
    asking = asyncio.ensure_future(way.error(connector, Deadline.after(SECONDS, clock)))
    await _entered(made, what, way.operation)
    clock.advance(SECONDS - 0.1)
    await asyncio.sleep(0.05)
    hold(not asking.done(), f"{what}: it gives up before the deadline: {_told(asking)}")
    clock.advance(0.2)
    done, _ = await asyncio.wait([asking], timeout=10)
    if not done:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    hold(done, f"{what}: it waits beyond the deadline")
    error = asking.result()
    told = f"{what}: {_name(error)} where DeadlineExceeded is due"
    hold(isinstance(error, DeadlineExceeded), told)
    made.fail()
    for _ in range(made.subject.definition.manifest.limits.concurrency + 1):
        error = await asyncio.wait_for(way.error(connector, made.soon), 10)
        hold(error is None, f"{what}: afterwards: {_name(error)}")


def _told(task: "asyncio.Future[Exception | None]") -> str:
    return _name(task.result()) if task.done() else "not yet"


async def _entered(made: World, what: str, operation: str) -> None:
    """Wait until the sandbox has the request that hangs."""
    before = made.sandbox.traffic.requests[operation]
    for _ in range(2000):
        is_there = operation == "*" or made.sandbox.traffic.requests[operation] > before
        if made.sandbox.traffic.open_now and is_there:
            return
        await asyncio.sleep(0.005)
    hold(False, f"{what}: no request arrives")


@rule("K13", "429 with seconds, a date, the vendor's own way -> Throttled; limits are kept")
async def throttled(subject: Subject) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    for fault, low, high in (
        (Fault("status", status=429, headers={"Retry-After": "17"}), 17.0, 17.0),
        (Fault("status", status=429, headers={"Retry-After": date}), 80.0, 91.0),
        (subject.throttled, subject.throttled_seconds, subject.throttled_seconds),
    ):
        for name in way_names(subject):
            async with world(subject, a_retailer(1)) as made:
                await _is_throttled(made, await way_of(made, name), fault, low, high)
    await _keeps_limits(subject)


async def _is_throttled(made: World, way: Way, fault: Fault, low: float, high: float) -> None:
    what, connector = way.name, made.connector
    made.fail(way.aimed(fault))
    error = await way.error(connector, made.soon)
    hold(isinstance(error, Throttled), f"{what}: {_name(error)} where Throttled is due")
    told = getattr(error, "retry_after", -1.0)
    hold(low <= told <= high, f"{what}: Throttled({told}) where {low:g} s are due")
    made.fail()
    again = await way.error(connector, Deadline.after(1, made.clock))
    hold(isinstance(again, Throttled), f"{what}: it asks on: {_name(again)}")


async def _keeps_limits(subject: Subject) -> None:
    limits = subject.definition.manifest.limits
    many = min(40, max(4, math.ceil(2 * limits.requests_per_second)))
    async with world(subject, a_retailer(many), speed=1) as made:
        for view in views(made):
            await walked(made, view)
        _is_within_limits(made, READING)
        if is_told(subject):
            at = await telling(made)
            made.sandbox.traffic.reset()
            await at.tell(at.levels(many, first=20))
            _is_within_limits(made, TELLING)


def _is_within_limits(made: World, what: str) -> None:
    limits, traffic = made.subject.definition.manifest.limits, made.sandbox.traffic
    told: Any = traffic.report()
    most, peak = limits.requests_per_second + limits.burst, told["peak_per_second"]
    hold(peak <= most, f"{what}: {peak} in a second")
    peak = traffic.peak_concurrency
    hold(peak <= limits.concurrency, f"{what}: {peak} at once, {limits.concurrency} allowed")


@rule("K15", "5xx, HTML, cut JSON, 200-with-error, oversize, broken connection -> the right class")
async def faults(subject: Subject) -> None:
    kinds: list[tuple[Fault, tuple[type[SourceError], ...]]] = [
        (Fault("status", status=500), (UpstreamFault,)),
        (Fault("status", status=503), (UpstreamFault,)),
        (Fault("html", status=200), (UpstreamFault,)),
        (Fault("html", status=502), (UpstreamFault,)),
        (Fault("cut_json"), (UpstreamFault, ContractError)),
        (Fault("oversize"), (UpstreamFault,)),
        (Fault("refuse", times=20), (Unreachable,)),
    ]
    if subject.failed_with_200 is not None:
        kinds.append((subject.failed_with_200, (SourceError,)))
    for fault, due in kinds:
        for name in way_names(subject):
            async with world(subject, a_retailer(1)) as made:
                way = await way_of(made, name)
                made.fail(way.aimed(fault))
                error = await way.error(made.connector, made.soon)
                names = " or ".join(kind.__name__ for kind in due)
                where = f"{name}: {fault.kind} {fault.status}"
                hold(isinstance(error, due), f"{where}: {_name(error)} where {names} is due")
