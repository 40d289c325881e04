"""Calls a step's function: once with all parents of a level, or once for each of them."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from inspect import iscoroutine
from operator import attrgetter
from types import CoroutineType
from typing import Any

from graphql import default_field_resolver
from graphql.pyutils import is_awaitable

from gateway.engine.access import Arguments, Attribute, Batch, Each
from gateway.engine.arguments import arguments_of, raw_arguments
from gateway.engine.beginning import Unfinished, begin
from gateway.engine.columns import Columns
from gateway.engine.info import info_for
from gateway.engine.plan import Stage
from gateway.engine.run import Run
from gateway.engine.together import all_settled
from gateway.engine.tree import Field


class Lot:
    """Stages that are carried out by one call."""

    __slots__ = ("arguments", "parents", "stages")

    def __init__(self, stages: list[Stage], parents: list[Any], arguments: Any) -> None:
        self.stages = stages
        self.parents = parents
        self.arguments: Arguments | Exception = arguments


def lots_of(run: Run, stages: Sequence[Stage]) -> list[Lot]:
    """Answer the stages by call: one function with equal arguments is called once."""
    lots: list[Lot] = []
    by_function: dict[Callable[..., Any], list[Lot]] = {}
    for stage in stages:
        arguments = given_to(run, stage)
        access = stage.access
        alike = by_function.setdefault(access.function, []) if isinstance(access, Batch) else []
        known = next((lot for lot in alike if _is_same_call(lot, arguments)), None)
        parents = run.parents[stage.number]
        if known is None:
            lot = Lot([stage], parents, arguments)
            lots.append(lot)
            alike.append(lot)
        else:
            known.stages.append(stage)
            known.parents = known.parents + parents
    return lots


def _is_same_call(lot: Lot, arguments: Arguments | Exception) -> bool:
    if not arguments and not lot.arguments:
        return True
    return lot.arguments == arguments and repr(lot.arguments) == repr(arguments)


def given_to(run: Run, stage: Stage) -> Arguments | Exception:
    """Answer a stage's arguments, or why there are none: a guard that refuses, or bad ones."""
    try:
        for guard in stage.access.guards:
            guard(run.context)
    except Exception as refusal:  # noqa: BLE001
        return _told_before(run, stage, refusal)
    try:
        usual: Arguments = stage.arguments(run.coerced)
    except Exception:  # noqa: BLE001
        return _read_otherwise(run, stage)
    return usual


def _read_otherwise(run: Run, stage: Stage) -> Arguments | Exception:
    try:
        return arguments_of(stage.step.field, run.variables, run.hide_suggestions)
    except Exception as error:  # noqa: BLE001
        return error


def _told_before(run: Run, stage: Stage, refusal: Exception) -> Exception:
    """Answer what is told of a field that is refused: bad arguments are told of first."""
    try:
        raw_arguments(stage.step.field, run.variables, run.hide_suggestions)
    except Exception as error:  # noqa: BLE001
        return error
    return refusal


@dataclass(frozen=True, slots=True)
class Later:
    """An answer that has to be waited for; `values` answers one per parent from the results."""

    awaited: list[Awaitable[Any]]
    values: Callable[[list[Any]], list[Any]]


def call(
    run: Run,
    stage: Stage,
    parents: list[Any],
    arguments: Arguments | Exception,
    *,
    is_alone: bool,
) -> list[Any] | Later:
    """Answer a value or an exception per parent, at once or to be waited for.

    The call's coroutine is begun if the call is alone: whoever is answered `Later` then has to wait
    in this very task.
    """
    if isinstance(arguments, Exception):
        return [arguments] * len(parents)
    access = stage.access
    if isinstance(access, Attribute) and access.in_columns:
        lists = _lists(access, parents)
        if lists is not None:
            return lists
    if not isinstance(access, Batch):
        return _call_each(run, stage, access, arguments, is_alone=is_alone)
    try:
        # A list of its own: what the function does to it is no business of the run's.
        answer = access.function(list(parents), run.context, **arguments)
    except Exception as error:  # noqa: BLE001
        return [error] * len(parents)
    if is_alone and type(answer) is CoroutineType:
        answer = begin(answer)
        if type(answer) is not Unfinished:
            return _counted(access, parents, answer)
    if is_awaitable(answer):
        return Later([answer], lambda results: _counted(access, parents, results[0]))
    return _counted(access, parents, answer)


def _lists(access: Attribute, parents: Sequence[Any]) -> list[Any] | None:
    """Answer an attribute of each parent, if these are lists or columns and nothing else."""
    if access.is_mapped:
        return None
    try:
        found = [*map(attrgetter(access.name), parents)]
    except Exception:  # noqa: BLE001
        return None
    kinds = set(map(type, found)) - _LISTS
    return found if all(issubclass(each, Columns) for each in kinds) else None


_LISTS = {list, tuple, type(None)}


def _counted(access: Batch, parents: Sequence[Any], answer: Any) -> list[Any]:
    """Answer a batch's values if there is one per parent."""
    count = len(parents)
    if type(answer) is list and len(answer) == count:
        return answer
    if isinstance(answer, Exception):
        return [answer] * count
    try:
        values = list(answer)
    except TypeError as error:
        return [error] * count
    if len(values) == count:
        return values
    name = getattr(access.function, "__name__", "a batch function")
    return [RuntimeError(f"{name} answered {len(values)} of {count}")] * count


def _call_each(
    run: Run, stage: Stage, access: Attribute | Each, arguments: Arguments, *, is_alone: bool
) -> list[Any] | Later:
    values: list[Any] = []
    pending: list[int] = []
    calls = _calls(run, stage, access, arguments, values, pending)
    if next(calls, None) is not None:
        return Later([_call_on(run, calls, values, pending)], lambda results: results[0])
    if is_alone and len(pending) == 1 and type(values[pending[0]]) is CoroutineType:
        begun = values[pending[0]] = begin(values[pending[0]])
        if type(begun) is not Unfinished:
            return values
    if not pending:
        return values
    return Later([values[index] for index in pending], lambda got: _merged(values, pending, got))


def _calls(
    run: Run,
    stage: Stage,
    access: Attribute | Each,
    arguments: Arguments,
    values: list[Any],
    pending: list[int],
) -> Iterator[int]:
    """Call for each parent; pause with how many objects were made whenever these are many.

    `values` are what was answered, `pending` the places of those that have to be waited for.
    """
    number, plain, made, most = stage.number, run.types.plain, 0, run.pace.most_at_once
    function = _attribute(stage.step.field) if isinstance(access, Attribute) else access.call
    takes_info = isinstance(access, Attribute) or access.takes_info
    info = run.info_of(stage.step.field) if takes_info else None
    for parent, out in zip(run.parents[number], run.outs[number], strict=True):
        try:
            value = function(parent, info_for(info, out=out) if takes_info else None, arguments)
        except Exception as error:  # noqa: BLE001
            value = error
        kind = type(value)
        if kind is CoroutineType or (
            kind not in plain and not plain.holds(value) and is_awaitable(value)
        ):
            pending.append(len(values))
        values.append(value)
        made += len(value) if type(value) is list else 1
        if made >= most:
            yield made
            made = 0


async def _call_on(
    run: Run, calls: Iterator[int], values: list[Any], pending: list[int]
) -> list[Any]:
    """Answer all values of calls that were paused."""
    try:
        await run.pace.pass_on()
        for _ in calls:
            await run.pace.pass_on()
        await run.pace.pass_on()
    except BaseException:
        for index in pending:
            if iscoroutine(values[index]):
                values[index].close()
        raise
    return _merged(values, pending, await all_settled([values[index] for index in pending]))


def _merged(values: list[Any], pending: list[int], results: list[Any]) -> list[Any]:
    for index, result in zip(pending, results, strict=True):
        values[index] = result
    return values


def _attribute(field: Field) -> Callable[[Any, Any, Arguments], Any]:
    resolve = field.resolve or default_field_resolver

    def function(parent: Any, info: Any, arguments: Arguments) -> Any:
        return resolve(parent, info, **arguments)

    return function
