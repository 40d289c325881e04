"""Several calls at once; the session bounds how many are under way."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

from gateway.connect.errors import SourceError

T = TypeVar("T")
S = TypeVar("S")


async def concurrently(reads: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Answer all results in order; the first failure ends the others and is raised as it is."""
    every = list(reads)
    if len(every) == 1:
        return [await every[0]]
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(read) for read in every]
    except ExceptionGroup as failures:
        first = failures.exceptions[0]
    else:
        return [task.result() for task in tasks]
    raise first


async def beside(work: Coroutine[Any, Any, T], other: Coroutine[Any, Any, S]) -> tuple[T, S]:
    """Answer both; the first failure ends the other and is raised as it is.

    `work` is awaited in the caller's own task: what comes last goes on in the same turn.
    """
    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(other)
            answer = await work
    except ExceptionGroup as failures:
        first = failures.exceptions[0]
    else:
        return answer, task.result()
    raise first


async def outcomes(writes: Iterable[Coroutine[Any, Any, None]]) -> "list[SourceError | None]":
    """Answer why each write failed, in order; one that fails leaves the others alone."""
    return await concurrently(_outcome(write) for write in writes)


async def _outcome(write: Coroutine[Any, Any, None]) -> SourceError | None:
    try:
        await write
    except SourceError as error:
        return error
    return None
