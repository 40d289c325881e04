"""One operation executed twice, by graphql-core and by the engine, and what differs."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence, Set
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema, execute
from graphql.execution import Executor, execute_subscription_event

from gateway.engine.engine import COMPILED, Engine
from gateway.engine.response import Response

# graphql-core forgets coroutines where something fails; that the engine leaves none is held by
# tests/unit/engine/test_running.py. One that is found within a named tuple's own code cannot warn.
FORGETFUL = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
# How many responses needed nothing to be awaited, and how many did.
WAYS: Counter[str] = Counter()
Told = tuple[tuple[str | int, ...], str, str, str]


@dataclass(frozen=True)
class Case:
    """An operation with its variables, and a context for each execution of it."""

    document: DocumentNode
    variables: dict[str, Any]
    contexts: tuple[Any, Any]
    roots: tuple[Any, Any] = (None, None)
    executor_class: Any = None
    operation_name: str | None = None


async def by_core(schema: GraphQLSchema, case: Case) -> ExecutionResult:
    """Answer graphql-core's result."""
    result = execute(
        schema, case.document, case.roots[0], case.contexts[0], case.variables,
        case.operation_name, executor_class=case.executor_class,
    )  # fmt: skip
    answer = await result if isinstance(result, Awaitable) else result
    await _end_of_others()
    return answer


async def _end_of_others(standing: Set[asyncio.Task[Any]] = frozenset()) -> None:
    """graphql-core lets what it no longer needs end by itself."""
    while others := _others() - standing:
        await asyncio.gather(*others, return_exceptions=True)


def _others() -> set[asyncio.Task[Any]]:
    return {each for each in asyncio.all_tasks() if each is not asyncio.current_task()}


async def by_engine(engine: Engine, case: Case) -> Response:
    """Answer the engine's response."""
    planned = engine.plan(case.document, case.operation_name)
    begun = engine.begin(planned, case.variables, case.contexts[1], case.roots[1])
    WAYS["at once" if isinstance(begun, Response) else "waited for"] += 1
    return begun if isinstance(begun, Response) else await begun


async def difference(schema: GraphQLSchema, engine: Engine, case: Case) -> str | None:
    """Answer what differs between both, if anything does."""
    core = await by_core(schema, case)
    compiled = engine.counts[COMPILED]
    try:
        ours = await by_engine(engine, case)
        body = ours.body()
        pieces = await ours.pieces()
    except Exception as error:  # noqa: BLE001
        return f"the engine raised {error!r}"
    if b"".join(pieces) != body:
        return f"pieces: {pieces!r} of {body!r}"
    if _others() and engine.counts[COMPILED] > compiled:
        return f"the engine left {_others()}"
    await _end_of_others()
    return differs(core, ours, body)


async def difference_of_events(
    schema: GraphQLSchema, engine: Engine, case: Case, events: tuple[Sequence[Any], Sequence[Any]]
) -> str | None:
    """Answer what differs where both are told of the same events, if anything does.

    graphql-core executes them one by one, the engine all at once.
    """
    others = _others()
    executor = (case.executor_class or Executor).build(
        schema, case.document, None, case.contexts[0], case.variables, case.operation_name
    )
    if isinstance(executor, list):
        theirs = [ExecutionResult(None, executor) for _ in events[0]]
    else:
        theirs = [await _of_event(executor, each, others) for each in events[0]]
    planned = engine.plan(case.document, case.operation_name)
    begun = engine.begin_each(planned, case.variables, case.contexts[1], events[1])
    WAYS["at once" if isinstance(begun, list) else "waited for"] += 1
    ours = begun if isinstance(begun, list) else await begun
    await _end_of_others(others)
    for number, (core, own) in enumerate(zip(theirs, ours, strict=True)):
        found = differs(core, own, own.body())
        if found is not None:
            return f"event {number}: {found}"
    return None


async def _of_event(
    executor: Executor[Any], event: Any, others: set[asyncio.Task[Any]]
) -> ExecutionResult:
    result = execute_subscription_event(executor.build_per_event_executor(event))
    answer = await result if isinstance(result, Awaitable) else result
    await _end_of_others(others)
    return answer


def differs(core: ExecutionResult, ours: Response, body: bytes) -> str | None:
    """Answer what differs between two answers, if anything does; `body` is ours as it is sent."""
    was_executed = core.data is not None or any(each.path for each in core.errors or ())
    if was_executed != ours.is_executed:
        return f"executed: {was_executed} and {ours.is_executed}"
    expected = orjson.dumps({"data": core.data})[:-1] if was_executed else b""
    if not body.startswith(expected):
        return f"data: {_first(core.data, orjson.loads(body)['data'], ())}"
    theirs = told(core.errors or (), core.data, was_executed=was_executed)
    own = told(ours.errors, core.data, was_executed=was_executed)
    if theirs != own:
        return f"errors:\n{sorted(theirs, key=repr)}\n{sorted(own, key=repr)}"
    shown = orjson.loads(body).get("errors", [])
    if shown != orjson.loads(orjson.dumps([each.formatted for each in ours.errors])):
        return f"errors as shown: {shown}"
    return None


def _first(theirs: Any, ours: Any, path: tuple[str | int, ...]) -> str:
    """Answer where two responses differ first."""
    if isinstance(theirs, dict) and isinstance(ours, dict) and list(theirs) == list(ours):
        pairs = [(theirs[key], ours[key], key) for key in theirs]
    elif isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        pairs = [(theirs[index], ours[index], index) for index in range(len(ours))]
    else:
        return f"{path}: {theirs!r} and {ours!r}"
    found = [_first(a, b, (*path, key)) for a, b, key in pairs if repr(a) != repr(b)]
    return found[0] if found else f"{path}: the same but for its bytes"


def told(errors: Sequence[GraphQLError], data: Any, *, was_executed: bool) -> set[Told]:
    """Answer what errors tell; of those beneath a nulled ancestor, only which ancestor."""
    found: set[Told] = set()
    for each in errors:
        path = tuple(each.path or ())
        above = _nulled(path, data) if was_executed else None
        if above is None:
            extensions = repr(each.extensions or {})
            found.add((path, each.message, repr(each.locations), extensions))
        else:
            found.add((above, "beneath", "", ""))
    return found


def _nulled(path: tuple[str | int, ...], data: Any) -> tuple[str | int, ...] | None:
    """Answer the null above a path, or None where the path itself is null or is there."""
    for length, key in enumerate(path):
        if data is None:
            return path[:length]
        try:
            data = data[key]
        except (KeyError, IndexError, TypeError):
            return None
    return None
