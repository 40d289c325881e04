"""A request leaves nothing behind that knows itself: it is freed at once, without a collection."""

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from .stage import Stage, staged

ASKED = (
    '{ availability(skus: ["SKU-1"]) { sku availableToSell locations { onHand } } }',
    "{ orders(first: 2) { nodes { id lines { quantity } customer { name } } } }",
    "{ viewer { kind } }",
    "{ nonsense }",
)
OURS = ("gateway.", "uvicorn.")


@contextmanager
def circles() -> Iterator[list[object]]:
    """Keep what only a collection would have freed of what was made meanwhile."""
    gc.collect()
    gc.freeze()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield gc.garbage
    finally:
        gc.set_debug(0)
        gc.unfreeze()
        gc.garbage.clear()


@pytest.mark.parametrize("text", ASKED)
async def test_a_request_leaves_no_circle(database: str, text: str) -> None:
    async with staged(database) as stage:
        await _ask(stage, text)
        with circles() as left:
            for _ in range(3):
                await _ask(stage, text)
            gc.collect()
            found = Counter(type(each).__qualname__ for each in left if _is_ours(each))
    assert not found


async def _ask(stage: Stage, text: str) -> None:
    assert await stage.ask(text)


def _is_ours(thing: object) -> bool:
    return type(thing).__module__.startswith(OURS)
