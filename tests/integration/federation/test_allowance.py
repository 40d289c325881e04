"""One operation causes no more calls at a source than its caller may cause."""

from gateway.connect.errors import Throttled
from gateway.federation.allowance import Allowance
from gateway.federation.freshness import OnStale

from .clock import until
from .stage import Stage, staged

SKUS = tuple(f"SKU-{n}" for n in range(12))  # the manifest's batches are of five


async def _filled(stage: Stage) -> None:
    for sku in SKUS:
        await stage.put(7, sku)
        stage.warehouse.levels[sku, "dc-1"] = 9
    await stage.walk()
    stage.clock.advance(61)


async def test_what_is_beyond_the_allowance_is_not_asked_for_and_says_why(database: str) -> None:
    async with staged(database, skus=SKUS) as stage:
        await _filled(stage)
        allowance = Allowance(2)
        answers = await stage.ask(*SKUS, on_stale=OnStale.REFRESH_OR_FAIL, allowance=allowance)
        assert sum(len(each) for each in stage.warehouse.asked) == 10
        fresh = [each for each in answers if each.failure is None]
        assert [each.available_to_sell for each in fresh] == [9] * 10
        failures = [each.failure for each in answers if each.failure is not None]
        assert [type(each) for each in failures] == [Throttled] * 2
        assert str(failures[0]) == "this operation may ask wms no more than 2 times; ask for less"
        stage.warehouse.asked.clear()
        stage.clock.advance(61)
        await stage.ask("SKU-1", on_stale=OnStale.REFRESH_OR_SERVE, allowance=allowance)
        assert stage.warehouse.asked == [], "the operation has no calls left"
        (answer,) = await stage.ask("SKU-1", on_stale=OnStale.REFRESH_OR_FAIL)
        assert answer.available_to_sell == 9, "another one has"


async def test_what_is_read_behind_is_counted_too(database: str) -> None:
    async with staged(database, skus=SKUS) as stage:
        await _filled(stage)
        answers = await stage.ask(*SKUS, on_stale=OnStale.SERVE, allowance=Allowance(1))
        assert [each.available_to_sell for each in answers] == [7] * 12

        async def is_written() -> bool:
            found = await stage.pool.fetchval("SELECT count(*) FROM position WHERE on_hand = 9")
            return bool(found == 5)

        await until("what is read behind is written", is_written)
        assert [len(each) for each in stage.warehouse.asked] == [5]
