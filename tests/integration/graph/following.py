"""What the tests of subscriptions share."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from gateway.events.cursor import Log
from gateway.web.parts import ExecutionOutcome

from .stage import Stage, Told


async def take(told: AsyncIterator[Told], count: int) -> list[Told]:
    """Answer the next answers of a subscription."""
    async with asyncio.timeout(60):
        return [await anext(told) for _ in range(count)]


async def refusal(stage: Stage, query: str, variables: Any = None, **how: Any) -> tuple[str, Any]:
    """Answer the code and the path of a subscription's refusal, of which nothing was executed."""
    outcome = await stage.open_live(query, variables, **how)
    assert isinstance(outcome, ExecutionOutcome)
    assert (outcome.has_data, outcome.operation_kind) == (False, "subscription")
    assert isinstance(outcome.body, dict)
    assert "data" not in outcome.body
    (error,) = outcome.body["errors"]
    return error["extensions"]["code"], error.get("path")


async def forget_to(stage: Stage, cursor: str | None) -> None:
    """Let the log have forgotten what it has up to an operator's cursor."""
    assert cursor is not None
    place = stage.gateway.feed.seal.open(Log.ORDERS, cursor, "key:people")
    await stage.gateway.pool.execute("DELETE FROM event WHERE id <= $1", place)
    await stage.gateway.pool.execute("UPDATE log SET forgotten_to = $1", place)
