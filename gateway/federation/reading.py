"""Reads several things of the projection within one reach."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from gateway.connect.concurrency import concurrently
from gateway.projection.orders.reach import Within


async def at_once(
    within: Within, reads: "Sequence[Callable[[], Coroutine[Any, Any, Any]]]"
) -> list[Any]:
    """Answer all reads in order: at once, or one by one where the reach binds one connection."""
    if within.is_shared:
        return await concurrently(read() for read in reads)
    return [await read() for read in reads]
