"""Orders by reference and by the feed, over real sockets."""

from datetime import timedelta

import msgspec
import pytest

from connectors.vtex.sandbox import APP_KEY
from gateway.connect.errors import (
    CursorExpired,
    MalformedPayload,
    UpstreamFault,
)
from gateway.connect.records import Mapped, Unmappable
from gateway.model.order import ChannelState
from tests.connectors.staging import NOW, an_order

from .retail import a_dataset, refs, staged, states


async def test_orders_by_ref_keep_the_asked_order_and_cost_one_request_each() -> None:
    orders = (an_order("1-01"), an_order("2 /?#%-01"), an_order("3-01", is_broken=True))
    async with staged(a_dataset(*orders)) as stage:
        asked = ["3-01", "none", "2 /?#%-01", "1-01"]
        found = await stage.connector.orders_by_ref(asked, deadline=stage.soon)
        assert isinstance(found[0], Unmappable)
        assert (found[0].ref, found[0].error.path) == ("3-01", "clientProfileData")
        assert isinstance(found[0].error, MalformedPayload)
        assert b'"orderId":"3-01"' in found[0].raw
        assert found[1] is None
        assert [item.record.ref for item in found if isinstance(item, Mapped)] == asked[2:]
        assert stage.sandbox.traffic.requests == {"GetOrder": 4}
        assert await stage.connector.orders_by_ref([], deadline=stage.soon) == []


async def test_the_feed_is_read_in_lots_and_what_is_acknowledged_does_not_come_again() -> None:
    beyond = [an_order(f"{i:02}-01", is_beyond_window=True) for i in range(12)]
    async with staged(a_dataset(*beyond)) as stage:
        first = await stage.connector.order_changes(None, deadline=stage.soon)
        assert (len(first.items), len(first.receipts), first.is_last) == (10, 10, False)
        await stage.connector.acknowledge(first.receipts, deadline=stage.soon)
        second = await stage.connector.order_changes(first.next_cursor, deadline=stage.soon)
        assert (refs(second), second.is_last) == (["10-01", "11-01"], True)
        assert second.next_cursor == first.next_cursor
        stage.clock.advance(250)
        again = await stage.connector.order_changes(first.next_cursor, deadline=stage.soon)
        assert refs(again) == ["10-01", "11-01"]
        assert again.receipts != second.receipts


async def test_an_order_that_changed_often_is_read_once() -> None:
    async with staged(a_dataset(an_order("1-01"))) as stage:
        await stage.connector.order_changes(None, deadline=stage.soon)
        await stage.act("put_order", order=an_order("1-01", "processing"))
        await stage.act("put_order", order=an_order("1-01", "shipped"))
        await stage.act("put_order", order=an_order("1-01", "delivered"))
        page = await stage.connector.order_changes(None, deadline=stage.soon)
        assert states(page) == {"1-01": ChannelState.DELIVERED}
        assert len(page.receipts) == 3
        assert stage.sandbox.traffic.requests["GetOrder"] == 1


async def test_a_delivery_is_told_though_vtex_s_own_status_stays() -> None:
    async with staged(a_dataset(an_order("1-01", "shipped"))) as stage:
        await stage.connector.order_changes(None, deadline=stage.soon)
        await stage.act("put_order", order=an_order("1-01", "delivered"))
        page = await stage.connector.order_changes(None, deadline=stage.soon)
        assert states(page) == {"1-01": ChannelState.DELIVERED}


async def test_a_broken_order_spoils_nothing_and_can_be_acknowledged() -> None:
    orders = [an_order("1-01"), an_order("2-01", is_broken=True), an_order("3-01")]
    kept = [msgspec.structs.replace(order, is_beyond_window=True) for order in orders]
    async with staged(a_dataset(*kept)) as stage:
        page = await stage.connector.order_changes(None, deadline=stage.soon)
        assert refs(page) == ["1-01", "2-01", "3-01"]
        assert [type(item) for item in page.items] == [Mapped, Unmappable, Mapped]
        assert len(page.receipts) == 3


async def test_an_order_that_vtex_no_longer_shows_is_left_out_and_acknowledged() -> None:
    old = an_order("1-01", placed_at=NOW - timedelta(days=800))
    async with staged(a_dataset()) as stage:
        await stage.connector.order_changes(None, deadline=stage.soon)
        await stage.act("put_order", order=old)
        page = await stage.connector.order_changes(None, deadline=stage.soon)
        assert (page.items, page.gone, len(page.receipts)) == ((), (), 1)


async def test_a_lot_whose_orders_cannot_be_read_comes_again() -> None:
    async with staged(a_dataset(an_order("1-01", is_beyond_window=True))) as stage:
        await stage.fail({"kind": "status", "operation": "GetOrder", "status": 503})
        with pytest.raises(UpstreamFault):
            await stage.connector.order_changes(None, deadline=stage.soon)
        await stage.fail({"kind": "cut_json", "operation": "GetOrder"})
        stage.clock.advance(250)
        with pytest.raises(UpstreamFault) as caught:
            await stage.connector.order_changes(None, deadline=stage.soon)
        assert isinstance(caught.value.__cause__, msgspec.DecodeError)
        stage.clock.advance(250)
        page = await stage.connector.order_changes(None, deadline=stage.soon)
        assert refs(page) == ["1-01"]


async def test_the_feed_is_set_up_once_and_for_every_change() -> None:
    async with staged(a_dataset()) as stage:
        for _ in range(3):
            await stage.connector.order_changes(None, deadline=stage.soon)
        assert stage.sandbox.traffic.requests["FeedConfiguration"] == 1
        (feed,) = stage.sandbox.feeds.values()
        assert feed.settings.queue.visibility_timeout_in_seconds == 250
        assert feed.settings.filter.disable_single_fire is True
        changed = stage.another(feed_visibility_seconds=60)
        await changed.order_changes(None, deadline=stage.soon)
        await changed.close()
        assert feed.settings.queue.visibility_timeout_in_seconds == 60


async def test_a_feed_that_vtex_has_removed_is_set_up_anew_and_asks_for_a_backfill() -> None:
    async with staged(a_dataset()) as stage:
        cursor = (await stage.connector.order_changes(None, deadline=stage.soon)).next_cursor
        stage.sandbox.feeds.clear()
        with pytest.raises(CursorExpired):
            await stage.connector.order_changes(cursor, deadline=stage.soon)
        assert list(stage.sandbox.feeds) == [APP_KEY]
        assert (await stage.connector.order_changes(cursor, deadline=stage.soon)).is_last


async def test_a_feed_item_without_an_order_id_is_quarantined_and_acknowledged() -> None:
    async with staged(a_dataset()) as stage:
        text = '[{"handle": "h1", "orderId": 5}, {"orderId": "x"}, {"handle": "h3"}]'
        await stage.fail({"kind": "body", "operation": "ReadFeed", "status": 200, "text": text})
        page = await stage.connector.order_changes(None, deadline=stage.soon)
        assert page.receipts == ("h1", "h3")
        assert [item.error.path for item in page.items if isinstance(item, Unmappable)] == [
            "orderId",
            "orderId",
        ]


async def test_a_lost_commit_is_sent_again() -> None:
    async with staged(a_dataset(an_order("1-01", is_beyond_window=True))) as stage:
        page = await stage.connector.order_changes(None, deadline=stage.soon)
        await stage.fail({"kind": "drop_answer", "operation": "CommitFeed"})
        await stage.connector.acknowledge(page.receipts, deadline=stage.soon)
        await stage.connector.acknowledge((), deadline=stage.soon)
        assert stage.sandbox.traffic.requests["CommitFeed"] == 2
        stage.clock.advance(250)
        assert refs(await stage.connector.order_changes(None, deadline=stage.soon)) == []
