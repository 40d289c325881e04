"""K06, K09, K10, K14, K24 of what a vendor is told: each level once, as it is, or said why not."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from gateway.connect.errors import Conflict, SourceError, Terminal, Unreachable
from gateway.connect.manifest import Capability
from gateway.connect.records import StockLevel
from gateway.connect.testing.faults import Fault
from gateway.connect.testing.kit.retail import STRANGE_SKUS, a_retailer, a_strange_retailer
from gateway.connect.testing.kit.rules import Violation, also, hold, rule
from gateway.connect.testing.kit.subject import Subject
from gateway.connect.testing.kit.telling import Shown, Telling, sink_of, telling
from gateway.connect.testing.kit.world import World, world
from gateway.model.stock import PositionRef

SINK = Capability.STOCK_SINK
_ALWAYS = 10_000


@also("K06", SINK)
async def batches_told(subject: Subject) -> None:
    told, most_at_once = sink_of(subject), subject.definition.manifest.limits.concurrency
    count = min(2 * told.batch_size + 3, 55)
    async with world(subject, a_retailer(60)) as made:
        at = await telling(made)
        await at.tell(at.levels(count, first=100))
        made.sandbox.traffic.reset()
        first, *others = at.levels(count, first=200)
        nothing = [at.level(f"absent-{n}", 9) for n in (1, 2)]
        answers = await at.outcomes([first, nothing[0], *others, nothing[1]])
        wanted = [n in (1, count + 1) for n in range(count + 2)]
        failed = [isinstance(each, Terminal) for each in answers]
        hold(failed == wanted, f"of {count + 2} levels the 2nd and the last are none: {answers}")
        hold(answers.count(None) == count, f"others are refused, too: {answers}")
        await at.holds_told([first, *others])
        most = math.ceil((count + 2) / told.batch_size)
        if told.find_batch_size is not None:
            most += math.ceil((count + 2) / told.find_batch_size)
        sent = sum(made.sandbox.traffic.requests.values())
        hold(sent <= most, f"{sent} requests tell {count + 2} levels, at most {most}")
        peak = made.sandbox.traffic.peak_concurrency
        hold(peak <= most_at_once, f"telling: {peak} requests at once")


@also("K09", SINK)
async def ages_told(subject: Subject) -> None:
    async with world(subject, a_retailer(1)) as made:
        at = await telling(made)
        level = at.level("SKU-00000", 21)
        await at.tell([level])
        shown = await at.shown("SKU-00000")
        is_kept = shown.as_of is None or abs(shown.as_of - level.as_of).total_seconds() < 1
        hold(is_kept, f"told as of {level.as_of}, the vendor has {shown.as_of}")


@also("K10", SINK)
async def refs_told(subject: Subject) -> None:
    async with world(subject, a_strange_retailer()) as made:
        at = await telling(made)
        levels = [at.level(sku, 30 + n) for n, sku in enumerate(STRANGE_SKUS)]
        await at.tell(levels)
        await at.holds_told(levels)


@also("K14", SINK)
async def lost_writes(subject: Subject) -> None:
    async with world(subject, a_retailer(7)) as made:
        at = await telling(made)
        skus = [each.position.item for each in at.levels(3, first=0)]
        await _is_asked_once_more(made, at)
        before = await _effects(at, skus)
        levels = at.levels(3, first=60)
        for name in subject.writes:
            made.fail(Fault("drop_answer", name))
            await _is_told_or_unreachable(at, levels)
            made.fail()
        await at.tell(levels, made.another())
        await at.holds_told(levels)
        after = await _effects(at, skus)
        twice = {sku: after[sku].effects - before[sku].effects for sku in skus}
        told = f"the answer of a write is lost and it is told again: its effects are {twice}"
        hold(set(twice.values()) == {1}, told)


async def _is_asked_once_more(made: World, at: Telling) -> None:
    """Hold that what is lost for ever is sent twice at most, and told as what it is."""
    await at.tell(at.levels(3, first=20))
    made.sandbox.traffic.reset()
    await at.tell(at.levels(3, first=40))
    usual = Counter(made.sandbox.traffic.requests)
    made.sandbox.traffic.reset()
    made.fail(*(Fault("drop_answer", name, times=_ALWAYS) for name in made.subject.writes))
    is_told = await _is_told_or_unreachable(at, at.levels(3, first=50))
    made.fail()
    hold(not is_told, "it is told though every answer is lost")
    for name, sent in made.sandbox.traffic.requests.items():
        most = 2 * usual[name] or 2
        hold(sent <= most, f"telling: {name} is sent {sent} times, at most {most} where it is lost")


async def _effects(at: Telling, skus: Sequence[str]) -> dict[str, Shown]:
    return {sku: await at.shown(sku) for sku in skus}


async def _is_told_or_unreachable(at: Telling, levels: Sequence[StockLevel]) -> bool:
    try:
        await at.tell(levels)
    except Unreachable:
        return False
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        raise Violation(f"telling: {told} where Unreachable is due") from error
    return True


@rule("K24", "a write that cannot be is refused before any call; conflict -> Conflict", SINK)
async def refused_writes(subject: Subject) -> None:
    async with world(subject, a_retailer(7)) as made:
        at = await telling(made)
        await at.tell(at.levels(3, first=20))
        before = await at.shown("SKU-00000")
        made.sandbox.traffic.reset()
        refused = await _end_of(at, [at.level("SKU-00000", -1)])
        hold(
            isinstance(refused, Terminal), f"a quantity below 0: {refused!r} where Terminal is due"
        )
        sent = dict(made.sandbox.traffic.requests)
        hold(not sent, f"a quantity below 0 is sent before it is refused: {sent}")
        hold(await at.shown("SKU-00000") == before, "a quantity below 0 has an effect")
        await _stops_no_other(at)
        made.fail(Fault("status", subject.writes[0], status=409))
        met = await _end_of(at, [at.level("SKU-00000", 50)])
        hold(isinstance(met, Conflict), f"a conflict: {met!r} where Conflict is due")


async def _stops_no_other(at: Telling) -> None:
    """Hold that a place that the vendor does not have is refused, and nothing beside it."""
    good = [at.level("SKU-00001", 31), at.level("SKU-00002", 32)]
    nowhere = replace(good[0], position=PositionRef("SKU-00000", "no-such-place"))
    first, second, third = await at.outcomes([good[0], nowhere, good[1]])
    hold(isinstance(second, Terminal), f"an unknown place: {second!r} where Terminal is due")
    hold(first is None and third is None, f"beside an unknown place: {first!r}, {third!r}")
    await at.holds_told(good)


async def _end_of(at: Telling, levels: Sequence[StockLevel]) -> SourceError | None:
    try:
        await at.tell(levels)
    except SourceError as error:
        return error
    return None
