"""K14: a lost answer is asked for once more at most, and only where asking twice is harmless."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from gateway.connect.errors import Unreachable
from gateway.connect.testing.faults import Fault
from gateway.connect.testing.kit.acting import keys_named, name_of, put
from gateway.connect.testing.kit.reading import (
    WALKS,
    asked_for,
    by_name,
    names_of,
    some_place,
    views,
)
from gateway.connect.testing.kit.retail import a_retailer
from gateway.connect.testing.kit.rules import Violation, hold, rule
from gateway.connect.testing.kit.streams import StreamView, begun, followed, key_of
from gateway.connect.testing.kit.subject import Subject
from gateway.connect.testing.kit.world import World, world

Call = Callable[[], Awaitable[Any]]
_ALWAYS = 10_000
_TURNS = 500
_TURN_SECONDS = 0.01


@rule(
    "K14",
    "only idempotent calls are retried, once; what was lost comes again; a write has one effect",
    *WALKS,
)
async def lost_answers(subject: Subject) -> None:
    async with world(subject, a_retailer(7)) as made:
        for view in views(made):
            await _is_asked_once_more(made, f"the walk of {view.name}", partial(_walk, made, view))
            if view.name != "locations":
                read = await _batch(made, view)
                await _is_asked_once_more(made, f"a batch read of {view.name}", read)
            if view.changes is not None:
                await _comes_again(made, view)
                await _is_read_once(made, view)


async def _walk(made: World, view: StreamView) -> list[str]:
    page = await view.walk(None, made.soon)
    return [key_of(item) for item in page.items]


async def _batch(made: World, view: StreamView) -> Call:
    asked = asked_for(await names_of(made, view), 5)
    return partial(by_name, made, view.name, asked, await some_place(made))


async def _is_asked_once_more(made: World, what: str, call: Call) -> None:
    await call()
    made.sandbox.traffic.reset()
    wanted = await call()
    usual = Counter(made.sandbox.traffic.requests)
    made.sandbox.traffic.reset()
    made.fail(Fault("drop_answer", times=_ALWAYS))
    hold(not await _answers(call, what), f"{what}: it answers though every answer is lost")
    for name, sent in made.sandbox.traffic.requests.items():
        most = 2 * usual[name] or 2
        hold(sent <= most, f"{what}: {name} is sent {sent} times, at most {most} where it is lost")
    made.fail(Fault("drop_answer"))
    await _answers(call, what)
    made.fail()
    hold(await call() == wanted, f"{what}: after a lost answer it answers otherwise")


async def _answers(call: Call, what: str) -> bool:
    """Answer whether a call is answered; raises Violation where it fails but as Unreachable."""
    try:
        await call()
    except Unreachable:
        return False
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        raise Violation(f"{what}: {told} where Unreachable is due") from error
    return True


async def _comes_again(made: World, view: StreamView) -> None:
    """Lose the answer of a delta's read: what was in it is read later."""
    what = f"the changes of {view.name}"
    cursor = await begun(made.connector, view, lambda: made.soon)
    now = made.clock.now()
    for n in range(3):
        await put(made, view.name, n, now)
    wanted = await keys_named(made, view.name, {name_of(view.name, n) for n in range(3)})
    seen: set[str] = set()
    made.fail(*(Fault("drop_answer", name) for name in made.subject.reads_once or ("*",)))
    for _ in range(_TURNS):
        try:
            keys, cursor = await followed(made.connector, view, lambda: made.soon, cursor)
        except Unreachable:
            made.fail()
            continue
        seen.update(keys)
        if wanted <= seen:
            return
        await asyncio.sleep(_TURN_SECONDS)
    hold(False, f"{what}: {sorted(wanted - seen)} do not come again after a lost answer")


async def _is_read_once(made: World, view: StreamView) -> None:
    """Hold that a read with an effect at the vendor is not sent twice within one call."""
    streams = made.subject.definition.manifest.streams
    if view.changes is None or streams[view.name].change_filter != "queue":
        return
    named = made.subject.reads_once
    hold(named, f"{view.name} is a queue: Subject.reads_once does not name what reads it")
    cursor = await begun(made.connector, view, lambda: made.soon)
    what = f"the changes of {view.name}"
    for name in named:
        made.sandbox.traffic.reset()
        made.fail(Fault("drop_answer", name))
        told = f"{what}: it answers though the answer of {name} is lost"
        hold(not await _answers(partial(view.changes, cursor, made.soon), what), told)
        sent = made.sandbox.traffic.requests[name]
        hold(sent == 1, f"{what}: {name} has an effect at the vendor and is sent {sent} times")
        made.fail()
