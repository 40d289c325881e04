"""Unknown is never zero, and zero is never unknown."""

from gateway.federation.freshness import OnStale
from gateway.model.stock import AvailabilityStatus

from .clock import NOW
from .stage import staged


async def test_what_was_never_read_is_unknown(database: str) -> None:
    async with staged(database) as stage:
        (answer,) = await stage.ask(on_stale=OnStale.SERVE)
        assert (answer.status, answer.status_reason) == (AvailabilityStatus.UNKNOWN, "NEVER_READ")
        assert (answer.available_to_sell, answer.is_complete) == (None, False)
        assert (answer.dated.as_of, answer.dated.is_stale) == (None, True)


async def test_what_a_complete_walk_did_not_list_is_nought_as_of_that_walk(database: str) -> None:
    async with staged(database) as stage:
        await stage.walk()
        (answer,) = await stage.ask()
        assert (answer.status, answer.status_reason) == (AvailabilityStatus.OUT_OF_STOCK, None)
        assert (answer.available_to_sell, answer.is_complete) == (0, True)
        assert (answer.dated.as_of, answer.dated.source_id) == (NOW, "wms")


async def test_a_location_that_was_never_read_makes_the_sum_a_lower_bound(database: str) -> None:
    async with staged(database, "dc-1", "store-1") as stage:
        await stage.put(7)
        (answer,) = await stage.ask(on_stale=OnStale.SERVE)
        assert (answer.available_to_sell, answer.is_complete) == (7, False)
        assert answer.status is AvailabilityStatus.IN_STOCK


async def test_nought_at_one_and_unknown_at_another_is_unknown(database: str) -> None:
    async with staged(database, "dc-1", "store-1") as stage:
        await stage.put(0)
        (answer,) = await stage.ask(on_stale=OnStale.SERVE)
        assert (answer.status, answer.status_reason) == (AvailabilityStatus.UNKNOWN, "INCOMPLETE")
        assert (answer.available_to_sell, answer.is_complete) == (0, False)


async def test_a_sku_that_nobody_told_of_is_not_found_and_the_order_is_as_asked(
    database: str,
) -> None:
    async with staged(database) as stage:
        await stage.put(7)
        await stage.walk()
        answers = await stage.ask("NOPE", "SKU-1", "NOPE")
        assert [(a.sku, a.status_reason, a.available_to_sell) for a in answers] == [
            ("NOPE", "SKU_NOT_FOUND", None), ("SKU-1", None, 7), ("NOPE", "SKU_NOT_FOUND", None),
        ]  # fmt: skip


async def test_unlisted_locations_are_asked_when_they_are_too_old(database: str) -> None:
    async with staged(database, "dc-1", "store-1") as stage:
        stage.warehouse.levels["SKU-1", "store-1"] = 4
        (answer,) = await stage.ask(on_stale=OnStale.REFRESH_OR_FAIL)
        assert (answer.available_to_sell, answer.is_complete) == (4, True)
        assert sorted(stage.warehouse.asked[0]) == [("SKU-1", "dc-1"), ("SKU-1", "store-1")]


async def test_a_sku_that_a_source_never_named_is_asked_for_by_its_code(database: str) -> None:
    async with staged(database, "dc-1", "store-1") as stage:
        await stage.pool.execute("DELETE FROM item_ref")
        stage.warehouse.levels["SKU-1", "store-1"] = 4
        (answer,) = await stage.ask(on_stale=OnStale.REFRESH_OR_FAIL)
        assert (answer.available_to_sell, answer.is_complete) == (4, True)
        assert sorted(stage.warehouse.asked[0]) == [("SKU-1", "dc-1"), ("SKU-1", "store-1")]


async def test_a_sku_whose_code_names_another_at_the_source_is_not_asked_for(database: str) -> None:
    async with staged(database, skus=("SKU-1", "SKU-2")) as stage:
        await stage.pool.execute("DELETE FROM item_ref WHERE sku = 'SKU-1'")
        await stage.pool.execute("UPDATE item_ref SET external_id = 'SKU-1'")
        (answer,) = await stage.ask("SKU-1", on_stale=OnStale.REFRESH_OR_FAIL)
        assert answer.failure is not None
        assert stage.warehouse.asked == []


async def test_too_many_unlisted_locations_are_not_asked_and_the_sum_is_a_lower_bound(
    database: str,
) -> None:
    places = [f"store-{n}" for n in range(5)]
    async with staged(database, *places, most_unlisted=3) as stage:
        await stage.put(7, place="store-0")
        await stage.walk()
        stage.warehouse.levels["SKU-1", "store-0"] = 9
        stage.clock.advance(61)
        (answer,) = await stage.ask(on_stale=OnStale.REFRESH_OR_FAIL)
        assert (answer.available_to_sell, answer.is_complete) == (9, False)
        assert answer.failure is None
        assert stage.warehouse.asked == [[("SKU-1", "store-0")]]


async def test_a_sku_of_which_nothing_is_known_is_refused_where_it_is_to_be_fresh(
    database: str,
) -> None:
    async with staged(database, "a", "b", most_unlisted=1) as stage:
        (answer,) = await stage.ask(on_stale=OnStale.REFRESH_OR_FAIL)
        assert answer.failure is not None
        assert stage.warehouse.asked == []
