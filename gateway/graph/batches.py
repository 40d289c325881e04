"""Runs batch functions under graphql-core: one call per field, arguments and level.

A batch function takes all parents of a level and answers their values in the same order; a value
that is an exception fails its own parent only. It is declared beside its field by `batch_field`,
which is where an engine that executes level by level finds it too (`metadata["batch"]`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from inspect import Parameter, Signature, signature
from typing import Any, TypeAlias

import strawberry

BatchFunction: TypeAlias = "Callable[..., Awaitable[Sequence[Any]]]"
Key: TypeAlias = "tuple[BatchFunction, tuple[tuple[str, Any], ...]]"


@dataclass(slots=True)
class _Lot:
    """Parents that wait for one call."""

    parents: list[Any] = field(default_factory=list)
    futures: "list[asyncio.Future[Any]]" = field(default_factory=list)


class Batches:
    """The calls that one request has open; parents asked for in one turn of the loop share one."""

    def __init__(self) -> None:
        self._lots: dict[Key, _Lot] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def load(
        self, function: BatchFunction, parent: Any, context: Any, arguments: dict[str, Any]
    ) -> "asyncio.Future[Any]":
        """Answer one parent's value, to be awaited."""
        loop = asyncio.get_running_loop()
        key = (function, tuple(sorted((name, _frozen(v)) for name, v in arguments.items())))
        lot = self._lots.get(key)
        if lot is None:
            lot = self._lots[key] = _Lot()
            loop.call_soon(self._start, key, context, arguments)
        future: asyncio.Future[Any] = loop.create_future()
        lot.parents.append(parent)
        lot.futures.append(future)
        return future

    async def close(self) -> None:
        """Give up what is still running."""
        if not self._tasks:
            return
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, key: Key, context: Any, arguments: dict[str, Any]) -> None:
        lot = self._lots.pop(key)
        task = asyncio.ensure_future(_run(key[0], lot, context, arguments))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _run(function: BatchFunction, lot: _Lot, context: Any, arguments: dict[str, Any]) -> None:
    try:
        values = await function(lot.parents, context, **arguments)
        if len(values) != len(lot.parents):
            raise RuntimeError(f"{function.__name__} answered {len(values)} of {len(lot.parents)}")
    except Exception as error:  # noqa: BLE001
        values = [error] * len(lot.parents)
    for future, value in zip(lot.futures, values, strict=True):
        if future.done():
            continue
        if isinstance(value, Exception):
            future.set_exception(value)
        else:
            future.set_result(value)


def _frozen(value: Any) -> Any:
    """Answer an argument as a key: equal arguments are one call, 1 and true are not equal."""
    if isinstance(value, list):
        return tuple(_frozen(each) for each in value)
    if isinstance(value, dict) or hasattr(value, "__strawberry_definition__"):
        return repr(value)
    return type(value), value


def batch_field(function: BatchFunction, description: str, **told: Callable[..., Any] | str) -> Any:
    """Answer a Strawberry field whose values come from a batch function.

    The function's keyword-only parameters are the field's arguments. `told` is what the engine is
    told beside: `lasting` and `steady` (gateway/engine/keeping.py), `by` (gateway/engine/known.py).
    """

    def resolve(root: Any, info: Any, **arguments: Any) -> Any:
        return info.context.batches.load(function, root, info.context, arguments)

    parameters = [
        Parameter("root", Parameter.POSITIONAL_OR_KEYWORD),
        Parameter("info", Parameter.POSITIONAL_OR_KEYWORD, annotation=strawberry.Info),
        *(
            each
            for each in signature(function).parameters.values()
            if each.kind is Parameter.KEYWORD_ONLY
        ),
    ]
    resolve.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    resolve.__annotations__ = {
        each.name: each.annotation for each in parameters if each.annotation is not Parameter.empty
    }
    resolve.__name__ = function.__name__
    resolve.__module__ = function.__module__
    told["batch"] = function
    return strawberry.field(resolver=resolve, description=description, metadata=told)
