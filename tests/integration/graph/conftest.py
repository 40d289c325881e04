"""The stage of the graph's tests."""

from collections.abc import AsyncIterator

import pytest

from .stage import Stage, staged


@pytest.fixture
async def stage(request: pytest.FixtureRequest, database: str) -> AsyncIterator[Stage]:
    """A served gateway over a filled projection; `BOTH` has it once with the engine off."""
    executor = getattr(request, "param", None)
    chosen = {} if executor is None else {"engine": {"enabled": executor == "engine"}}
    async with staged(database, **chosen) as stage:
        yield stage
