"""What a channel is told of its stock, when, and how often: on a clock that the test moves."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from gateway.connect.errors import (
    AuthenticationFailed,
    NotFound,
    Throttled,
    Unreachable,
    UpstreamFault,
)
from gateway.federation.errors import CircuitOpen
from gateway.projection.channel_stock import MOST_CHANGES
from gateway.projection.database import transaction
from gateway.projection.items import ItemLink, map_items
from gateway.projection.locations import GroupSpec, apply_groups
from gateway.projection.streams import LeaseLost
from gateway.sync.channel_levels import ChannelRules
from gateway.sync.publishing import FedBack, Told
from tests.integration.federation.clock import NOW, until

from .channel import ProcessDied, told_channel


async def test_a_change_is_told_once_when_its_time_has_come(database: str) -> None:
    async with told_channel(database) as channel:
        await channel.stage.put(7)
        assert await channel.turn() == 5.0
        assert await channel.later(4) == 1.0
        assert channel.shelf.told == []
        assert await channel.later(1) == 60.0
        assert channel.shelf.told == [[("SKU-1", 7)]]
        await channel.later(3600)
        assert channel.shelf.told == [[("SKU-1", 7)]]


async def test_a_burst_of_changes_is_one_write_of_the_latest(database: str) -> None:
    async with told_channel(database) as channel:
        for on_hand in (9, 8, 7, 6):
            await channel.stage.put(on_hand)
            await channel.later(1)
        await channel.later(1)
        assert channel.shelf.told == []
        await channel.later(1)
        assert channel.shelf.told == [[("SKU-1", 6)]]


async def test_changes_that_never_cease_do_not_put_the_telling_off(database: str) -> None:
    async with told_channel(database) as channel:
        for on_hand in range(100, 112):
            await channel.stage.put(on_hand)
            await channel.later(1)
        assert channel.shelf.told == [[("SKU-1", 105)], [("SKU-1", 111)]]


async def test_only_what_differs_from_what_was_told_is_told(database: str) -> None:
    async with told_channel(database, skus=("SKU-1", "007")) as channel:
        await channel.stage.put(7)
        await channel.stage.put(3, "007")
        await channel.turn()
        await channel.later(5)
        assert channel.shelf.told == [[("007", 3), ("SKU-1", 7)]]
        await channel.stage.put(8)
        await channel.stage.put(7)
        await channel.stage.put(2, "007")
        await channel.turn()
        await channel.later(5)
        assert channel.shelf.told[1:] == [[("007", 2)]]
        assert channel.counts[-2:] == [Told(unchanged=1), Told(told=1)]


async def test_the_threshold_and_the_group_s_are_taken_off_and_never_below_nothing(
    database: str,
) -> None:
    rules = ChannelRules(threshold_units=2)
    async with told_channel(database, "dc-1", "store-1", rules=rules) as channel:
        async with transaction(channel.pool) as connection:
            group = GroupSpec("default", "All", 3, None, is_default=True)
            await apply_groups(connection, [group], NOW)
        await channel.stage.put(9, place="dc-1")
        await channel.stage.put(4, place="store-1")
        await channel.turn()
        await channel.later(5)
        assert channel.shelf.quantities == {"SKU-1": 8}
        await channel.stage.put(0, place="dc-1")
        await channel.turn()
        await channel.later(5)
        assert channel.shelf.quantities == {"SKU-1": 0}


async def test_items_of_several_units_are_told_in_whole_ones(database: str) -> None:
    async with told_channel(database) as channel:
        links = {"piece": ItemLink("SKU-1", 1), "box": ItemLink("SKU-1", 6)}
        await map_items(channel.pool, "shop", links, origin="hand")
        await channel.stage.put(23)
        await channel.turn()
        await channel.later(5)
        assert channel.shelf.quantities == {"piece": 23, "box": 3}


async def test_the_age_of_what_it_was_worked_out_from_is_told_with_it(database: str) -> None:
    async with told_channel(database, "dc-1", "store-1") as channel:
        await channel.stage.put(9, place="dc-1")
        channel.stage.clock.advance(30)
        await channel.stage.put(4, place="store-1")
        await channel.turn()
        await channel.later(5)
        assert channel.shelf.levels["SKU-1"].as_of == NOW
        row = await channel.row()
        assert (row["as_of"], row["told_at"]) == (NOW, NOW + timedelta(seconds=35))


async def test_of_what_is_unknown_nothing_is_told(database: str) -> None:
    async with told_channel(database) as channel:
        await channel.stage.put(7)
        await channel.turn()
        await channel.later(5)
        await _forget(channel)
        await channel.turn()
        await channel.later(86_400)
        assert channel.shelf.told == [[("SKU-1", 7)]]
        assert (await channel.row())["unknown_since"] == NOW + timedelta(seconds=5 + 86_400)


async def test_stock_that_cannot_be_read_is_told_as_nothing_only_once_a_walk_does_not_meet_it(
    database: str,
) -> None:
    async with told_channel(database, "dc-1", "store-1") as channel:
        stage = channel.stage
        await stage.read_everything([stage.level(7)])
        await channel.turn()
        await channel.later(5)
        assert channel.shelf.told == [[("SKU-1", 7)]]
        await stage.misread(place="store-1")
        await stage.put(0)
        await channel.turn()
        await channel.later(5)
        assert channel.shelf.told == [[("SKU-1", 7)]]
        assert (await channel.row())["unknown_since"] is not None
        await stage.read_everything([stage.level(0)])
        await channel.turn()
        await channel.later(5)
        assert channel.shelf.told == [[("SKU-1", 7)], [("SKU-1", 0)]]


async def test_a_sum_of_nothing_that_is_not_complete_is_unknown_and_not_nothing(
    database: str,
) -> None:
    async with told_channel(database, "dc-1", "store-1") as channel:
        await channel.stage.put(0, place="dc-1")
        await channel.turn()
        await channel.later(5)
        assert channel.shelf.told == []
        await channel.stage.walk()
        await channel.stage.put(1, place="dc-1")
        await channel.stage.put(0, place="dc-1")
        await channel.turn()
        await channel.later(5)
        assert channel.shelf.told == [[("SKU-1", 0)]]


async def test_what_is_unknown_for_as_long_as_is_said_is_told_as_nothing(database: str) -> None:
    rules = ChannelRules(zero_after_unknown=timedelta(minutes=30))
    async with told_channel(database, rules=rules) as channel:
        await channel.stage.put(7)
        await channel.turn()
        await channel.later(5)
        await _forget(channel)
        await channel.turn()
        await channel.later(5)
        await channel.later(1799)
        assert channel.shelf.quantities == {"SKU-1": 7}
        await channel.later(1)
        assert channel.shelf.quantities == {"SKU-1": 0}
        await channel.later(7200)
        assert channel.shelf.told == [[("SKU-1", 7)], [("SKU-1", 0)]]
        await channel.stage.put(4)
        await channel.turn()
        await channel.later(5)
        assert channel.shelf.quantities == {"SKU-1": 4}
        assert (await channel.row())["unknown_since"] is None


async def _forget(channel: Any) -> None:
    """Let the warehouse say that it does not know."""
    await channel.pool.execute(
        "UPDATE position SET on_hand = NULL, sequence = nextval('position_sequence')"
    )


async def test_what_is_refused_is_set_aside_with_its_reason_until_it_changes(
    database: str,
) -> None:
    async with told_channel(database, skus=("SKU-1", "007")) as channel:
        channel.shelf.refuses["SKU-1"] = NotFound("there is no such item")
        await channel.stage.put(7)
        await channel.stage.put(3, "007")
        await channel.turn()
        await channel.later(5)
        await channel.later(3600)
        assert channel.shelf.told == [[("007", 3), ("SKU-1", 7)]]
        row = await channel.row()
        assert (row["failure"], row["quantity"], row["waiting_since"]) == (
            "NOT_FOUND: there is no such item", None, None,
        )  # fmt: skip
        channel.shelf.refuses.clear()
        await channel.stage.put(6)
        await channel.turn()
        await channel.later(5)
        assert channel.shelf.quantities == {"007": 3, "SKU-1": 6}
        assert (await channel.row())["failure"] is None


async def test_what_fails_for_now_is_tried_again_later_each_time(database: str) -> None:
    async with told_channel(database, skus=("SKU-1", "007")) as channel:
        channel.shelf.refuses["SKU-1"] = UpstreamFault("not now")
        await channel.stage.put(7)
        await channel.stage.put(3, "007")
        await channel.turn()
        assert await channel.later(5) == 2.0
        assert await channel.later(2) == 4.0
        assert await channel.later(4) == 8.0
        assert channel.shelf.told == [[("007", 3), ("SKU-1", 7)], [("SKU-1", 7)], [("SKU-1", 7)]]
        waiting = (await channel.row())["waiting_since"]
        assert waiting == NOW
        channel.shelf.refuses.clear()
        await channel.later(8)
        assert channel.shelf.quantities == {"007": 3, "SKU-1": 7}


async def test_a_change_does_not_hurry_what_fails(database: str) -> None:
    async with told_channel(database) as channel:
        channel.shelf.refuses["SKU-1"] = UpstreamFault("not now")
        await channel.stage.put(7)
        await channel.turn()
        for seconds in (5, 2, 4, 8):
            await channel.later(seconds)
        assert len(channel.shelf.told) == 4
        await channel.stage.put(6)
        await channel.later(5)
        assert len(channel.shelf.told) == 4


async def test_a_throttled_channel_is_left_alone_and_nothing_counts_as_failed(
    database: str,
) -> None:
    async with told_channel(database) as channel:
        channel.shelf.failure = Throttled("slow down", 17.0)
        await channel.stage.put(7)
        await channel.turn()
        channel.stage.clock.advance(5)
        with pytest.raises(Throttled) as raised:
            await channel.turn()
        assert raised.value.retry_after == 17.0
        with pytest.raises(CircuitOpen):
            await channel.later(16)
        row = await channel.row()
        assert (row["attempts"], row["failure"], row["waiting_since"]) == (0, None, NOW)
        channel.shelf.failure = None
        await channel.later(1)
        assert channel.shelf.told == [[("SKU-1", 7)]]


async def test_refused_credentials_pause_the_channel_and_lose_nothing(database: str) -> None:
    async with told_channel(database) as channel:
        channel.shelf.failure = AuthenticationFailed("who are you")
        await channel.stage.put(7)
        await channel.turn()
        channel.stage.clock.advance(5)
        with pytest.raises(AuthenticationFailed):
            await channel.turn()
        channel.shelf.failure = None
        await channel.later(60)
        assert channel.shelf.told == [[("SKU-1", 7)]]


async def test_a_lost_answer_is_told_again_as_the_same_number(database: str) -> None:
    async with told_channel(database) as channel:
        channel.shelf.failure, channel.shelf.loses = Unreachable("it broke off"), True
        await channel.stage.put(7)
        await channel.turn()
        await channel.later(5)
        assert (await channel.row())["quantity"] is None
        channel.shelf.failure = None
        await channel.later(2)
        assert channel.shelf.told == [[("SKU-1", 7)]] * 2
        assert (await channel.row())["quantity"] == 7


async def test_what_was_told_by_one_that_died_is_not_taken_for_what_was_noted(
    database: str,
) -> None:
    """Told 7 and noted; told 3 and dead before it was noted; back at 7: it is told 7 again."""
    async with told_channel(database) as channel:
        await channel.stage.put(7)
        await channel.turn()
        await channel.later(5)
        await channel.stage.put(3)
        await channel.turn()
        channel.shelf.deaths = 1
        channel.stage.clock.advance(5)
        with pytest.raises(ProcessDied):
            await channel.turn()
        assert channel.shelf.quantities == {"SKU-1": 3}
        await channel.stage.put(7)
        await channel.begin("two")
        await channel.later(5)
        assert channel.shelf.told == [[("SKU-1", 7)], [("SKU-1", 3)], [("SKU-1", 7)]]


async def test_whoever_dies_before_telling_leaves_it_to_be_told(database: str) -> None:
    async with told_channel(database) as channel:
        await channel.stage.put(7)
        await channel.turn()
        await channel.begin("two")
        await channel.later(5)
        assert channel.shelf.told == [[("SKU-1", 7)]]


async def test_one_that_has_lost_its_lease_notes_nothing(database: str) -> None:
    async with told_channel(database) as channel:
        await channel.stage.put(7)
        await channel.turn()
        old, old_lease = channel.publisher, channel.leased
        await channel.begin("two")
        channel.stage.clock.advance(5)
        assert old is not None
        assert old_lease is not None
        with pytest.raises(LeaseLost):
            await old.turn(old_lease)
        assert channel.shelf.told == []
        await channel.turn()
        assert channel.shelf.told == [[("SKU-1", 7)]]


async def test_many_are_told_in_lots_that_the_channel_takes(database: str) -> None:
    skus = [f"S-{n:02d}" for n in range(10)]
    async with told_channel(database, skus=skus) as channel:
        for n, sku in enumerate(skus):
            await channel.stage.put(n + 1, sku)
        await channel.turn()
        await channel.later(5)
        assert [len(lot) for lot in channel.shelf.told] == [4, 4, 2]
        assert channel.shelf.quantities == {sku: n + 1 for n, sku in enumerate(skus)}


async def test_more_changes_than_a_page_are_noted_all(database: str) -> None:
    skus = [f"S-{n:04d}" for n in range(MOST_CHANGES + 5)]
    async with told_channel(database, skus=skus) as channel:
        await channel.pool.execute(
            """INSERT INTO position (sku, location_id, source_id, on_hand, observed_at, sequence)
               SELECT sku, l.id, 'wms', 1, $1, nextval('position_sequence')
               FROM item, location l WHERE sku LIKE 'S-%'""",
            NOW,
        )
        await channel.turn()
        waiting = await channel.pool.fetchval(
            "SELECT count(*) FROM channel_stock WHERE waiting_since IS NOT NULL"
        )
        assert waiting == MOST_CHANGES + 5


async def test_what_is_not_final_yet_is_waited_for_and_not_passed_by(database: str) -> None:
    async with told_channel(database, skus=("SKU-1", "007")) as channel:
        await channel.stage.put(7)
        connection = await channel.pool.acquire()
        open_ = connection.transaction()
        await open_.start()
        await connection.execute(
            "UPDATE position SET on_hand = 5, sequence = nextval('position_sequence')"
        )
        await channel.stage.put(3, "007")
        asking = asyncio.ensure_future(channel.turn())

        async def waits() -> bool:
            found: int = await channel.pool.fetchval(
                """SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_snapshot_xmin%'
                   AND pid <> pg_backend_pid() AND datname = current_database()"""
            )
            return found > 0

        await until("it waits for what is not final", waits)
        assert not asking.done()
        await open_.commit()
        await channel.pool.release(connection)
        await asking
        await channel.later(5)
        assert channel.shelf.quantities == {"SKU-1": 5, "007": 3}


@pytest.mark.parametrize("what", ["threshold", "location", "group"])
async def test_where_the_rules_change_every_item_is_looked_at_again(
    database: str, what: str
) -> None:
    async with told_channel(database, "dc-1", "store-1") as channel:
        await channel.stage.put(7, place="dc-1")
        await channel.stage.put(2, place="store-1")
        await channel.turn()
        await channel.later(5)
        assert channel.shelf.quantities == {"SKU-1": 9}
        if what == "threshold":
            await channel.begin(rules=ChannelRules(threshold_units=2))
        elif what == "location":
            await channel.begin(location="shop-2")
        else:
            async with transaction(channel.pool) as connection:
                group = GroupSpec("default", "One", 0, ("dc-1",), is_default=True)
                await apply_groups(connection, [group], NOW)
        await channel.turn()
        await channel.later(5)
        wanted = {"threshold": 7, "location": 9, "group": 7}[what]
        assert channel.shelf.told == [[("SKU-1", 9)], [("SKU-1", wanted)]]


async def test_what_is_at_no_location_of_the_group_any_more_is_told_as_nothing(
    database: str,
) -> None:
    async with told_channel(database, "dc-1", "store-1") as channel:
        await channel.stage.walk()
        await channel.stage.put(2, place="store-1")
        await channel.turn()
        await channel.later(5)
        async with transaction(channel.pool) as connection:
            group = GroupSpec("default", "One", 0, ("dc-1",), is_default=True)
            await apply_groups(connection, [group], NOW)
        await channel.turn()
        await channel.later(5)
        assert channel.shelf.told == [[("SKU-1", 2)], [("SKU-1", 0)]]


async def test_now_and_then_all_is_compared_and_what_differs_is_told(database: str) -> None:
    async with told_channel(database, compare_every=timedelta(hours=24)) as channel:
        await channel.stage.put(7)
        await channel.turn()
        await channel.later(5)
        await channel.pool.execute("UPDATE position SET on_hand = 6")
        await channel.later(86_000)
        assert channel.shelf.told == [[("SKU-1", 7)]]
        await channel.later(400)
        await channel.later(5)
        assert channel.shelf.told == [[("SKU-1", 7)], [("SKU-1", 6)]]


@pytest.mark.parametrize("how", ["in the group", "the one that is told"])
async def test_a_channel_is_never_told_of_what_it_counts_itself(database: str, how: str) -> None:
    async with told_channel(database, "dc-1", "store-1") as channel:
        await channel.stage.put(7, place="dc-1")
        await channel.pool.execute(
            "UPDATE location SET stock_source_id = 'shop' WHERE code = 'store-1'"
        )
        if how != "in the group":
            await channel.pool.execute(
                """INSERT INTO location_ref (source_id, external_id, location_id)
                   SELECT 'shop', 'shop-dc', id FROM location WHERE code = 'store-1'"""
            )
            async with transaction(channel.pool) as connection:
                group = GroupSpec("default", "One", 0, ("dc-1",), is_default=True)
                await apply_groups(connection, [group], NOW)
        with pytest.raises(FedBack) as raised:
            await channel.turn()
        assert str(raised.value) == (
            "shop itself counts the stock of store-1: leave it out of the group that channel "
            "market sells, or leave stock out of its streams"
        )
        assert channel.shelf.told == []


async def test_nothing_is_told_before_all_stock_was_read_whole_once(database: str) -> None:
    async with told_channel(database, waits_for=("wms",)) as channel:
        await channel.stage.put(7)
        await channel.turn()
        await channel.later(5)
        assert channel.shelf.told == []
        await channel.stage.walk()
        await channel.turn()
        await channel.later(5)
        assert channel.shelf.told == [[("SKU-1", 7)]]
        await channel.pool.execute("UPDATE source_stream SET backfilled_at = NULL")
        await channel.stage.put(6)
        await channel.turn()
        await channel.later(5)
        assert channel.shelf.told == [[("SKU-1", 7)], [("SKU-1", 6)]]
