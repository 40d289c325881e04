"""Asks for what objects of columns need before their JSON is made: one stands for all its equals.

What is answered is kept in the run (`known`): objects that have to be made after all are given the
same, and nobody is asked twice.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, make_dataclass
from functools import cache, partial
from itertools import chain, islice
from typing import Any

from gateway.engine.access import Arguments, Batch
from gateway.engine.calling import Later, call, given_to
from gateway.engine.columns import Columns
from gateway.engine.known import Known
from gateway.engine.plan import Stage
from gateway.engine.run import Run
from gateway.engine.together import all_settled


@dataclass(frozen=True, slots=True)
class _Asked:
    """A stage that was called, with one parent for each of the keys."""

    stage: Stage
    keys: Collection[Any]
    state: Hashable | None
    answer: list[Any] | Later

    def note(self, run: Run, values: list[Any]) -> None:
        """Have the values known in the run; JSON is kept if it is steady and all are there."""
        keep = None
        if self.state is not None and all(each is not None for each in values):
            keep = partial(run.plan.setting.texts.keep, (self.stage.step, self.state))
        _note(run, self.stage, Known(dict(zip(self.keys, values, strict=True)), keep=keep))


def _note(run: Run, stage: Stage, known: Known) -> None:
    run.known = {**run.known, stage.number: known}


def called(
    run: Run,
    stage: Stage,
    parents: list[Any],
    arguments: Arguments | Exception,
    *,
    is_alone: bool,
) -> list[Any] | Later:
    """Answer what `call` does, and know what the columns among it need."""
    if stage.number in run.known:
        known = _known_of(run.known[stage.number].values, stage, parents)
        if known is not None:
            return known
    answer = call(run, stage, parents, arguments, is_alone=is_alone)
    if not stage.keyed:
        return answer
    if isinstance(answer, Later):
        return Later([_when_answered(run, stage, answer)], lambda results: _only(results, parents))
    return _looked_up(run, stage, answer, is_alone=is_alone)


def _known_of(found: Mapping[Any, Any], stage: Stage, parents: Sequence[Any]) -> list[Any] | None:
    """Answer the values of parents, if all were looked up."""
    assert isinstance(stage.access, Batch)
    assert stage.access.by is not None
    try:
        return [found[getattr(parent, stage.access.by)] for parent in parents]
    except Exception:  # noqa: BLE001
        return None


def _only(results: list[Any], parents: Sequence[Any]) -> list[Any]:
    (values,) = results
    return [values] * len(parents) if isinstance(values, Exception) else list(values)


async def _when_answered(run: Run, stage: Stage, answer: Later) -> list[Any]:
    values = answer.values(await all_settled(answer.awaited))
    looked_up = _looked_up(run, stage, values, is_alone=True)
    if isinstance(looked_up, Later):
        return looked_up.values(await all_settled(looked_up.awaited))
    return looked_up


def _looked_up(run: Run, stage: Stage, values: list[Any], *, is_alone: bool) -> list[Any] | Later:
    """Answer values once it is known what the columns among them need."""
    told = [each for each in values if isinstance(each, Columns)]
    if not told:
        return values
    is_alone = is_alone and len(stage.keyed) == 1
    waiting: list[tuple[_Asked, Later]] = []
    for each in stage.keyed:
        asked = _ask(run, each, told, is_alone=is_alone)
        if asked is None:
            continue
        if isinstance(asked.answer, Later):
            waiting.append((asked, asked.answer))
        else:
            asked.note(run, asked.answer)
    if not waiting:
        return values

    def noted(results: list[Any]) -> list[Any]:
        found = iter(results)
        for one, later in waiting:
            one.note(run, later.values([*islice(found, len(later.awaited))]))
        return values

    return Later([*chain.from_iterable(each.awaited for _, each in waiting)], noted)


def _ask(run: Run, stage: Stage, told: Sequence[Columns[Any]], *, is_alone: bool) -> _Asked | None:
    """Call a stage with one parent of each key, if its JSON is not kept.

    Nothing is asked that may not be: who has it made after all is told why.
    """
    access = stage.access
    assert isinstance(access, Batch)
    assert access.by is not None
    arguments = given_to(run, stage)
    if isinstance(arguments, Exception):
        return None
    try:
        keys = _keys(told, access.by)
        state = access.steady(run.context) if access.steady and not arguments else None
    except Exception:  # noqa: BLE001
        return None
    texts = run.plan.setting.texts
    kept = None if state is None else texts.find((stage.step, state), keys)
    if kept is not None:
        _note(run, stage, Known({}, kept))
        return None
    parents = [*map(_kind_with(access.by), keys)]
    return _Asked(stage, keys, state, call(run, stage, parents, arguments, is_alone=is_alone))


def _keys(told: Sequence[Columns[Any]], by: str) -> Collection[Any]:
    """Answer the values that a column has, each once."""
    keys: dict[Any, None] = {}
    table, last = None, None
    for each in told:
        if each.table is not table:
            table = each.table
            column = table.column(by)
        part = column[each.start : each.stop]
        if part != last:
            keys.update(dict.fromkeys(part))
            last = part
    return keys.keys()


@cache
def _kind_with(name: str) -> Callable[[Any], Any]:
    """Answer a class of objects that have one attribute."""
    return make_dataclass("Parent", [name], slots=True)
