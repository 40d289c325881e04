"""The stage of the graph's tests."""

from collections.abc import AsyncIterator

import pytest

from .stage import Stage, staged


@pytest.fixture
async def stage(database: str) -> AsyncIterator[Stage]:
    """A served gateway over a filled projection."""
    async with staged(database) as stage:
        yield stage
