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
                if run.pace.is_much(answer):
                    waiting.append(_in_slices(run, lot, answer))
                else:
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
    values = answer.values(results)
    if run.pace.is_much(values):
        await _in_slices(run, lot, values)
        return
    waiting: list[Awaitable[None]] = []
    ready = _settle(run, lot, values, waiting)
    await _go_on(run, ready, waiting)


async def _go_on(run: Run, ready: list[Stage], waiting: list[Awaitable[None]]) -> None:
    if waiting:
        await together([*waiting, _meet(run, ready)])
    else:
        await _meet(run, ready)


async def _meet(run: Run, ready: list[Stage]) -> None:
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
    for stage, some in _by_stage(run, lot, values):
        failed = stage.fill(some, run.outs[stage.number], run)
        ready += _after(run, stage, failed, waiting)
    return ready


def _after(
    run: Run, stage: Stage, failed: list[tuple[Any, Any]], waiting: list[Awaitable[None]]
) -> list[Stage]:
    """Have mended what has failed; answer what can be carried out next."""
    if not failed:
        return _next(run, stage)
    run.is_disturbed = True
    waiting.append(_mend(run, stage, failed))
    return []


async def _in_slices(run: Run, lot: Lot, values: list[Any]) -> None:
    """Put many values into the response, letting others have their turn, and go on from there."""
    run.is_large = True
    filled = [
        (stage, await _fill_in_slices(run, stage, some))
        for stage, some in _by_stage(run, lot, values)
    ]
    waiting: list[Awaitable[None]] = []
    ready = [each for stage, failed in filled for each in _after(run, stage, failed, waiting)]
    await _go_on(run, ready, waiting)


async def _fill_in_slices(run: Run, stage: Stage, values: list[Any]) -> list[tuple[Any, Any]]:
    outs = run.outs[stage.number]
    failed: list[tuple[Any, Any]] = []
    for part in run.pace.slices(values):
        await run.pace.pass_on()
        failed += stage.fill(values[part], outs[part], run)
    return failed


def _by_stage(run: Run, lot: Lot, values: list[Any]) -> Iterator[tuple[Stage, list[Any]]]:
    """Answer the values of a call by the stages that it was made for."""
    start = 0
    for stage in lot.stages:
        count = len(run.outs[stage.number])
        yield stage, values if len(lot.stages) == 1 else values[start : start + count]
        start += count


async def _mend(run: Run, stage: Stage, failed: list[tuple[Any, Any]]) -> None:
    await mend(run, stage.step, failed)
    await _advance(run, _next(run, stage))


def _next(run: Run, stage: Stage) -> list[Stage]:
    if run.is_disturbed:
        return [each for each in stage.children if run.still_standing(each.step)]
    return [each for each in stage.children if run.parents[each.number]]
