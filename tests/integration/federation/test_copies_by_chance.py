"""However chance mixes who writes, passes on and asks: no answer is dated too late, or too old."""

import pytest

from gateway.projection.database import open_pool

from .chance import SKUS, Chance
from .stage import staged

STEPS = 300


@pytest.mark.parametrize("seed", range(6))
async def test_every_answer_was_true_as_of_then_and_is_as_new_as_the_last_round(
    database: str, seed: int
) -> None:
    async with staged(database, "dc-1", "dc-2", skus=SKUS) as stage:
        writers = await open_pool(database, minimum=3, maximum=3)
        try:
            chance = Chance(stage, [await writers.acquire() for _ in range(3)], seed)
            await chance.prepare()
            await chance.run(STEPS)
        finally:
            writers.terminate()
        assert chance.asked > 10
        assert chance.crashed > 0
        assert stage.copying.copies.hits > 0
