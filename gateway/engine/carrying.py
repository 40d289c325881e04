"""Carries a run out level by level: siblings at once, equal calls together, nothing left behind.

What answers without waiting is carried out at once, by plain calls. As long as one stage stands by
itself its coroutine is begun in place; only where something waits is there anything to await.
"""

import asyncio
from collections.abc import Awaitable, Coroutine, Iterator, Sequence
from typing import Any, TypeAlias

from gateway.engine.calling import Later, given_to, lots_of
from gateway.engine.careful import mend
from gateway.engine.looking_up import called
from gateway.engine.meeting import Meeting
from gateway.engine.plan import Stage
from gateway.engine.run import Run
from gateway.engine.together import all_settled, together

# What is left to be awaited, by the task that it was begun in.
Rest: TypeAlias = Coroutine[Any, Any, Any]


def carry_out(run: Run) -> Rest | None:
    """Fill the response as far as nothing waits, and answer the rest.

    Field errors are kept in the run, nothing but cancellation is raised.
    """
    variant = run.variant
    rest = _in_turn(run) if variant.is_serial else _advance(run, variant.roots)
    if rest is None and not run.tracked:
        return None
    return _to_the_end(run, rest)


def read_out(run: Run) -> bool:
    """Fill what is read from root values alone; answer whether all of it was as expected."""
    failed: list[tuple[Any, Any]] = []
    for stage in run.variant.roots:
        filling = stage.fill(run.parents[stage.number], run.outs[stage.number], run, failed)
        for _ in filling:
            continue
    return not failed


async def _to_the_end(run: Run, rest: Rest | None) -> None:
    if rest is not None:
        await rest
    if run.tracked:
        await all_settled(run.tracked)
    if run.is_large and run.made:
        await run.keep_in_slices()


async def _in_turn(run: Run) -> None:
    for stage in run.variant.roots:
        if run.data is not None:
            await _advanced(run, [stage])


async def _advanced(run: Run, stages: Sequence[Stage]) -> None:
    rest = _advance(run, stages)
    if rest is not None:
        await rest


def _advance(run: Run, stages: Sequence[Stage]) -> Rest | None:
    """Carry stages out and what they lead to, one after the other while each is by itself."""
    while len(stages) == 1:
        (stage,) = stages
        parents = run.parents[stage.number]
        answer = called(run, stage, parents, given_to(run, stage), is_alone=True)
        if isinstance(answer, Later):
            return _waiting(run, stages, answer)
        after = _settle(run, stage, answer, run.outs[stage.number])
        if not isinstance(after, list):
            return after
        stages = after
    return _abreast(run, stages) if stages else None


def _abreast(run: Run, stages: Sequence[Stage]) -> Rest | None:
    """Carry out stages that stand side by side: equal calls are one, and all wait at once."""
    waiting: list[Rest] = []
    behind: list[Any] = []
    while stages:
        ready: list[Stage] = []
        lots = lots_of(run, stages)
        is_alone = len(lots) == 1 and not waiting
        for lot in lots:
            answer = called(run, lot.stages[0], lot.parents, lot.arguments, is_alone=is_alone)
            if isinstance(answer, Later):
                waiting.append(_waiting(run, lot.stages, answer))
                behind += answer.awaited
            else:
                ready += _settle_all(run, lot.stages, answer, waiting)
        stages = ready
    return together(waiting, behind) if waiting else None


def _waiting(run: Run, stages: Sequence[Stage], answer: Later) -> Rest:
    run.awaited += 1
    return _later(run, stages, answer)


async def _later(run: Run, stages: Sequence[Stage], answer: Later) -> None:
    results = await all_settled(answer.awaited)
    run.awaited -= 1
    waiting: list[Awaitable[None]] = []
    ready = _settle_all(run, stages, answer.values(results), waiting)
    if waiting:
        await together([*waiting, _go_on(run, ready)])
    else:
        await _go_on(run, ready)


async def _go_on(run: Run, ready: list[Stage]) -> None:
    """Advance together with what else becomes ready in this turn of the loop.

    So aliases of one field, answered at once, go on as one level.
    """
    if run.meeting is not None:
        await run.meeting.join(ready)
    elif run.awaited and ready:
        await _lead(run, ready)
    else:
        await _advanced(run, ready)


async def _lead(run: Run, ready: list[Stage]) -> None:
    meeting = run.meeting = Meeting(ready)
    try:
        await asyncio.sleep(0)
        run.meeting = None
        stages = meeting.stages
        if run.is_disturbed:
            stages = [each for each in stages if run.still_standing(each.step)]
        await _advanced(run, stages)
    finally:
        run.meeting = None if run.meeting is meeting else run.meeting
        meeting.end()


def _settle_all(
    run: Run, stages: Sequence[Stage], values: list[Any], waiting: list[Any]
) -> list[Stage]:
    """Put the values of stages that one call answered into the response, each its own."""
    ready: list[Stage] = []
    start = 0
    for stage in stages:
        outs = run.outs[stage.number]
        after = _settle(run, stage, values[start : start + len(outs)], outs)
        start += len(outs)
        if isinstance(after, list):
            ready += after
        else:
            waiting.append(after)
    return ready


def _settle(
    run: Run, stage: Stage, values: list[Any], outs: list[dict[str, Any]]
) -> list[Stage] | Rest:
    """Put values into the response; answer what can be carried out next, or has to be awaited."""
    failed: list[tuple[Any, Any]] = []
    filling = stage.fill(values, outs, run, failed)
    if next(filling, None) is not None:
        return _fill_on(run, stage, filling, failed)
    if failed:
        run.is_disturbed = True
        return _mend(run, stage, failed)
    return _next(run, stage)


async def _fill_on(
    run: Run, stage: Stage, filling: Iterator[int], failed: list[tuple[Any, Any]]
) -> None:
    """Put many values into the response, letting others have their turn, and go on from there."""
    run.is_large = True
    await run.pace.pass_on()
    for _ in filling:
        await run.pace.pass_on()
    if failed:
        run.is_disturbed = True
        await _mend(run, stage, failed)
    else:
        await _advanced(run, _next(run, stage))


async def _mend(run: Run, stage: Stage, failed: list[tuple[Any, Any]]) -> None:
    await mend(run, stage.step, failed)
    await _advanced(run, _next(run, stage))


def _next(run: Run, stage: Stage) -> list[Stage]:
    if not stage.children:
        return []
    if run.is_disturbed:
        return [each for each in stage.children if run.still_standing(each.step)]
    return [each for each in stage.children if run.parents[each.number]]
