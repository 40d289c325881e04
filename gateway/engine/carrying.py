"""Carries a run out level by level: siblings at once, equal calls together, nothing left behind."""

import asyncio
from collections.abc import Awaitable, Iterator, Sequence
from typing import Any

from gateway.engine.calling import Later, Lot, call, lots_of
from gateway.engine.careful import mend
from gateway.engine.meeting import Meeting
from gateway.engine.plan import Stage
from gateway.engine.run import Run
from gateway.engine.together import all_settled, together


async def carry_out(run: Run) -> None:
    """Fill the response; field errors are kept in the run, nothing but cancellation is raised."""
    if run.operation.is_mutation:
        for stage in run.variant.roots:
            if run.data is not None:
                await _advance(run, [stage])
    else:
        await _advance(run, run.variant.roots)
    if run.tracked:
        await all_settled(run.tracked)


async def _advance(run: Run, stages: Sequence[Stage]) -> None:
    waiting: list[Awaitable[None]] = []
    behind: list[Any] = []
    while stages:
        ready: list[Stage] = []
        for lot in lots_of(run, stages):
            answer = call(run, lot)
            if isinstance(answer, list):
                ready += _settle(run, lot, answer, waiting)
            else:
                waiting.append(_later(run, lot, answer))
                behind += answer.awaited
                run.awaited += 1
        stages = ready
    if waiting:
        await together(waiting, behind)


async def _later(run: Run, lot: Lot, answer: Later) -> None:
    results = await all_settled(answer.awaited)
    run.awaited -= 1
    waiting: list[Awaitable[None]] = []
    ready = _settle(run, lot, answer.values(results), waiting)
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
        await _advance(run, ready)


async def _lead(run: Run, ready: list[Stage]) -> None:
    meeting = run.meeting = Meeting(ready)
    try:
        await asyncio.sleep(0)
        run.meeting = None
        stages = meeting.stages
        if run.is_disturbed:
            stages = [each for each in stages if run.still_standing(each.step)]
        await _advance(run, stages)
    finally:
        run.meeting = None if run.meeting is meeting else run.meeting
        meeting.end()


def _settle(run: Run, lot: Lot, values: list[Any], waiting: list[Awaitable[None]]) -> list[Stage]:
    """Put values into the response; answer what can be carried out next."""
    ready: list[Stage] = []
    start = 0
    for stage in lot.stages:
        outs = run.outs[stage.number]
        some = values if len(lot.stages) == 1 else values[start : start + len(outs)]
        start += len(outs)
        failed: list[tuple[Any, Any]] = []
        filling = stage.fill(some, outs, run, failed)
        if next(filling, None) is not None:
            waiting.append(_fill_on(run, stage, filling, failed))
        elif failed:
            run.is_disturbed = True
            waiting.append(_mend(run, stage, failed))
        else:
            ready += _next(run, stage)
    return ready


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
        await _advance(run, _next(run, stage))


async def _mend(run: Run, stage: Stage, failed: list[tuple[Any, Any]]) -> None:
    await mend(run, stage.step, failed)
    await _advance(run, _next(run, stage))


def _next(run: Run, stage: Stage) -> list[Stage]:
    if run.is_disturbed:
        return [each for each in stage.children if run.still_standing(each.step)]
    return [each for each in stage.children if run.parents[each.number]]
