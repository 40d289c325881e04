"""A sandbox with few orders, some too old to be listed."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.connectors.staging import NOW, an_order

from .retail import Stage, a_dataset, staged


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    old = timedelta(days=800)
    orders = [
        an_order("1-01", placed_at=NOW - timedelta(days=3)),
        an_order("2-01", placed_at=NOW - timedelta(days=2)),
        an_order("old-01", placed_at=NOW - old),
        an_order("kept-01", placed_at=NOW - old, is_beyond_window=True),
    ]
    async with staged(a_dataset(*orders)) as stage:
        yield stage
