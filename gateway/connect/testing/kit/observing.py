"""K25: each call is seen once as what it was, and a loss and a recovery are told once."""

from datetime import timedelta
from typing import Any

from structlog.testing import capture_logs

from gateway.connect.deadline import Deadline
from gateway.connect.errors import (
    AuthenticationFailed,
    DeadlineExceeded,
    PermissionDenied,
    SourceError,
    Throttled,
    Unreachable,
    UpstreamFault,
)
from gateway.connect.http import Call
from gateway.connect.protocols import Connector
from gateway.connect.testing.faults import Fault
from gateway.connect.testing.kit.calling import TELLING, Way, ways
from gateway.connect.testing.kit.contract import CANARY, secret_names
from gateway.connect.testing.kit.reading import by_name, names_of, some_place, views, walked
from gateway.connect.testing.kit.retail import a_retailer
from gateway.connect.testing.kit.rules import hold, rule
from gateway.connect.testing.kit.subject import Subject
from gateway.connect.testing.kit.telling import is_told, telling
from gateway.connect.testing.kit.world import World, world

_ALWAYS = 10_000
_IMPATIENT_SECONDS = 0.3
_LOST, _BACK = "source.lost", "source.recovered"
_FAULTS: tuple[tuple[Fault, int | None, type[SourceError]], ...] = (
    (Fault("status", status=401, times=_ALWAYS), 401, AuthenticationFailed),
    (Fault("status", status=403, times=_ALWAYS), 403, PermissionDenied),
    (Fault("status", status=429, times=_ALWAYS), 429, Throttled),
    (Fault("status", status=503, times=_ALWAYS), 503, UpstreamFault),
    (Fault("drop_answer"), None, Unreachable),
    (Fault("refuse", times=_ALWAYS), None, Unreachable),
    (Fault("hang", times=_ALWAYS), None, DeadlineExceeded),
)


@rule("K25", "one span per vendor call; one log line on loss, one on recovery")
async def observed(subject: Subject) -> None:
    async with world(subject, a_retailer(7)) as made:
        await made.connector.check(deadline=made.soon)
        _is_all_seen(made, "check()")
        for view in views(made):
            await walked(made, view)
            _is_all_seen(made, f"the walk of {view.name}")
            if view.name == "locations":
                continue
            names = await names_of(made, view)
            await by_name(made, view.name, names, await some_place(made))
            _is_all_seen(made, f"a batch read of {view.name}", *names)
        if is_told(subject):
            at = await telling(made)
            _begin(made)
            levels = at.levels(7, first=20)
            await at.tell(levels)
            _is_all_seen(made, TELLING, *(each.position.item for each in levels))
        for way in await ways(made):
            for fault, status, kind in _FAULTS:
                await _is_seen_as(made, way, fault, status, kind)
            await _shows_no_secret(made, way)
            await _is_told_once(made, way)


def _is_all_seen(made: World, what: str, *refs: str) -> None:
    """Hold that what was called since the last time was seen, by names that hold no record's."""
    sent = sum(made.sandbox.traffic.requests.values())
    hold(len(made.calls) == sent, f"{what}: the observer sees {len(made.calls)} of {sent} calls")
    for call in made.calls:
        _is_whole(call, what)
        named = [ref for ref in refs if ref in call.operation]
        hold(not named, f"{what}: the operation {call.operation!r} names a record")
    _begin(made)


def _begin(made: World) -> None:
    made.calls.clear()
    made.sandbox.traffic.reset()


def _is_whole(call: Call, what: str) -> None:
    hold(call.operation.strip(), f"{what}: a call has no operation")
    hold(call.started_at.utcoffset() == timedelta(0), f"{what}: started_at is not in UTC")
    hold(call.seconds >= 0, f"{what}: {call.operation} took {call.seconds} s")
    is_well = call.status is not None and 200 <= call.status < 300
    told = f"{what}: {call.operation} ends with {call.status} and {call.error!r}"
    hold(is_well == (call.error is None), told)


async def _is_seen_as(
    made: World, way: Way, fault: Fault, status: int | None, kind: type[SourceError]
) -> None:
    what = f"{way.name}: {fault.kind} {status or ''}".strip()
    connector = made.another()
    made.fail(way.aimed(fault))
    _begin(made)
    await _end_of(made, way, connector, None if kind is DeadlineExceeded else made.soon)
    made.fail()
    seen = [(call.status, type(call.error)) for call in made.calls]
    words = f"{status} and {kind.__name__}"
    hold((status, kind) in seen, f"{what}: no call is seen with {words}: {made.calls[:2]}")
    _is_all_seen(made, what)


async def _end_of(made: World, way: Way, connector: Connector, deadline: Deadline | None) -> str:
    """Answer how the call ends; without a deadline it has little time."""
    by = deadline or Deadline.after(_IMPATIENT_SECONDS, made.clock)
    try:
        await way.call(connector, by)
    except SourceError as error:
        return type(error).__name__
    return "an answer"


async def _shows_no_secret(made: World, way: Way) -> None:
    names = secret_names(made.subject, made.settings())
    connector = made.another(dict.fromkeys(names, CANARY))
    _begin(made)
    await _end_of(made, way, connector, made.soon)
    hold(CANARY not in repr(made.calls), "a secret shows in what the observer sees")


async def _is_told_once(made: World, way: Way) -> None:
    connector = made.another()
    with capture_logs() as lines:
        made.fail(Fault("status", status=503, times=_ALWAYS))
        ends = [await _end_of(made, way, connector, made.soon) for _ in range(3)]
        made.fail()
        ends += [await _end_of(made, way, connector, made.soon) for _ in range(3)]
    told: list[dict[str, Any]] = [dict(line) for line in lines if line["event"] in (_LOST, _BACK)]
    events = [line["event"] for line in told]
    hold(events == [_LOST, _BACK], f"{ends} are logged as {events}, not as {[_LOST, _BACK]}")
    hold(all(line.get("source") == "kit" for line in told), f"the source is not named: {told}")
