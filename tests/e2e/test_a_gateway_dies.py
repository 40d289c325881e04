"""A gateway killed, restarted, or beside another one: nothing is lost, nothing is read twice."""

from pathlib import Path

from .processes import until
from .stage import a_retailer, an_order, everything_read, staged

PAGE = 100
LISTED = "{ orders(first: 1) { totalCount } }"


async def test_killed_in_the_middle_of_a_backfill_it_goes_on_where_it_was(
    database: str, tmp_path: Path
) -> None:
    orders = [an_order(number) for number in range(1, 801)]
    slow = {"vtex": {"limits": {"requests_per_second": 100, "burst": 10}}}
    async with staged(a_retailer(*orders), database, tmp_path, slow) as stage:
        async with stage.gateway() as running:

            async def has_begun() -> bool:
                return bool((await running.data(LISTED))["orders"]["totalCount"] >= 2 * PAGE)

            await until("some pages are read", has_begun)
            await running.process.kill()
        before = (await stage.marketplace.reads())["GetOrder"]
        assert before < 800, "it was to be killed in the middle"
        stage.changes.clear()
        async with stage.gateway() as again:
            kept = (await again.data(LISTED))["orders"]["totalCount"]
            assert kept >= 2 * PAGE
            await everything_read(again)
            assert (await again.data(LISTED))["orders"]["totalCount"] == 800
        after = (await stage.marketplace.reads())["GetOrder"]
        assert after - before <= 800 - kept + PAGE


async def test_restarted_it_answers_from_what_it_has_and_goes_on(
    database: str, tmp_path: Path
) -> None:
    orders = [an_order(number) for number in range(1, 51)]
    async with staged(a_retailer(*orders), database, tmp_path) as stage:
        async with stage.gateway() as running:
            await everything_read(running)
            assert await running.process.stop() == 0
        before = await stage.marketplace.reads()
        async with stage.gateway() as again:
            assert (await again.data(LISTED))["orders"]["totalCount"] == 50

            async def has_polled() -> bool:
                return (await stage.marketplace.reads())["ReadFeed"] > before["ReadFeed"]

            await until("it polls again", has_polled)
            after = await stage.marketplace.reads()
        assert after["GetOrder"] == before["GetOrder"]
        assert after["ListOrders"] == before["ListOrders"]


async def test_two_gateways_on_one_database_read_each_source_once(
    database: str, tmp_path: Path
) -> None:
    orders = [an_order(number) for number in range(1, 151)]
    async with staged(a_retailer(*orders), database, tmp_path) as stage:
        async with stage.gateway() as first, stage.gateway() as second:
            await everything_read(first)
            assert (await second.data(LISTED))["orders"]["totalCount"] == 150
            assert (await stage.marketplace.reads())["GetOrder"] == 150
            await first.process.kill()
            before = (await stage.marketplace.reads())["ReadFeed"]

            async def goes_on() -> bool:
                return (await stage.marketplace.reads())["ReadFeed"] > before

            await until("the other one reads on", goes_on)
