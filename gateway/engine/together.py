"""Waiting for several things at once, leaving nothing behind."""

import asyncio
from collections.abc import Awaitable, Sequence
from inspect import iscoroutine
from typing import Any


async def together(works: Sequence[Awaitable[Any]], behind: Sequence[Any] = ()) -> list[Any]:
    """Answer all results in order; the first failure, or being cancelled, ends the others.

    `behind`: what the works wait for; those of it that were never begun are closed.
    """
    if len(works) == 1:
        return [await works[0]]
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        return list(await asyncio.gather(*tasks))
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for each in behind:
            if iscoroutine(each):
                each.close()
        raise


async def all_settled(works: Sequence[Awaitable[Any]]) -> list[Any]:
    """Answer for each its result, or the exception that it failed with."""
    if len(works) == 1:
        return [await _settled(works[0])]
    return await together([_settled(each) for each in works], works)


async def _settled(work: Awaitable[Any]) -> Any:
    try:
        return await work
    except Exception as error:  # noqa: BLE001
        return error
