"""The connector over real sockets against the sandbox."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from aiohttp import web

from connectors.vtex.connector import CONNECTOR, VtexConnector
from connectors.vtex.sandbox import APP_KEY, KEY_WITHOUT_ROLE, KEYS
from gateway.connect import protocols
from gateway.connect.deadline import Deadline
from gateway.connect.definition import load_connector
from gateway.connect.errors import (
    AuthenticationFailed,
    CursorExpired,
    DeadlineExceeded,
    MalformedPayload,
    PermissionDenied,
    Rejected,
    SourceError,
    Throttled,
    Unreachable,
    Unsupported,
    UpstreamFault,
)
from gateway.connect.records import Mapped, Page, RawDelivery, Unmappable
from gateway.connect.settings import SettingsInvalid
from gateway.connect.testing.dataset import DataItem, DataLocation, DataOrder, DataStock
from gateway.model.order import ChannelState, OrderRecord
from gateway.model.stock import PositionRef, StockRecord

from .retail import NOW, Stage, a_dataset, an_order, connect, staged


def refs(page: Page[OrderRecord]) -> list[str | None]:
    return [item.record.ref if isinstance(item, Mapped) else item.ref for item in page.items]


def states(page: Page[OrderRecord]) -> dict[str, ChannelState]:
    return {i.record.ref: i.record.state for i in page.items if isinstance(i, Mapped)}


async def walked(
    connector: VtexConnector, soon: Deadline, cursor: str | None = None
) -> list[Page[OrderRecord]]:
    pages = [await connector.order_walk(cursor, deadline=soon)]
    while not pages[-1].is_last:
        cursor = pages[-1].next_cursor
        assert cursor is not None
        assert len(cursor) <= 1024
        pages.append(await connector.order_walk(cursor, deadline=soon))
    assert pages[-1].next_cursor is None
    return pages


async def fail(stage: Stage, *faults: dict[str, Any]) -> None:
    await stage.control("/_sandbox/faults", list(faults))


def test_it_is_installed_and_does_what_its_manifest_says() -> None:
    assert load_connector("vtex") is CONNECTOR
    for name in CONNECTOR.manifest.capabilities:
        assert issubclass(VtexConnector, getattr(protocols, name))
    assert not issubclass(VtexConnector, protocols.CustomerSource)
    assert not issubclass(VtexConnector, protocols.FulfillmentSource)


@pytest.mark.parametrize(
    "wrong",
    [
        {"item_code": "ean"},
        {"account": "a.evil.example/"},
        {"endpoint": "ftp://example"},
        {"app_token": ""},
        {"feed_visibility_seconds": 0},
        {"surprise": 1},
    ],
)
async def test_a_wrong_setting_is_refused(wrong: dict[str, Any]) -> None:
    async with staged(a_dataset()) as stage:
        with pytest.raises(SettingsInvalid):
            connect(stage.clock, {**stage.settings, **wrong})


def test_the_address_is_the_account_s_unless_told_otherwise() -> None:
    settings = msgspec.convert(
        {"account": "lux-store", "app_key": "k", "app_token": "t"},
        CONNECTOR.settings,
        dec_hook=lambda kind, value: kind(value),
    )
    assert settings.address == "https://lux-store.vtexcommercestable.com.br"


async def test_check_names_the_account_and_what_is_wrong() -> None:
    async with staged(a_dataset()) as stage:
        said = await stage.connector.check(deadline=stage.soon)
        assert said == f"VTEX account sandbox, key {APP_KEY}, no feed yet"
        stranger = stage.another(app_token="wrong")
        with pytest.raises(AuthenticationFailed):
            await stranger.check(deadline=stage.soon)
        await stranger.close()
        powerless = stage.another(app_key=KEY_WITHOUT_ROLE, app_token=KEYS[KEY_WITHOUT_ROLE])
        with pytest.raises(PermissionDenied) as caught:
            await powerless.check(deadline=stage.soon)
        assert caught.value.scope == "OMS access: List Orders"
        await powerless.close()
        nobody = stage.another(endpoint="http://127.0.0.1:1")
        with pytest.raises(Unreachable):
            await nobody.check(deadline=stage.soon)
        await nobody.close()


async def test_check_says_which_permission_the_feed_lacks() -> None:
    async with staged(a_dataset()) as stage:
        await fail(stage, {"kind": "status", "operation": "GetFeedConfiguration", "status": 403})
        with pytest.raises(PermissionDenied) as caught:
            await stage.connector.check(deadline=stage.soon)
        assert caught.value.scope == "OMS access: Feed v3 and Hook view only"


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
        await fail(stage, {"kind": "status", "operation": "GetOrder", "status": 503})
        with pytest.raises(UpstreamFault):
            await stage.connector.order_changes(None, deadline=stage.soon)
        await fail(stage, {"kind": "cut_json", "operation": "GetOrder"})
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


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "eyJ2IjoyfQ", "ção", "e30=" * 300])
async def test_a_cursor_of_nobody_s_has_expired(cursor: str) -> None:
    async with staged(a_dataset()) as stage:
        connector = stage.connector
        for read in (connector.order_changes, connector.order_walk, connector.stock_walk):
            with pytest.raises(CursorExpired):
                await read(cursor, deadline=stage.soon)
        assert stage.sandbox.traffic.requests == {}


@pytest.mark.parametrize("count", [0, 1, 100, 101])
async def test_a_walk_has_every_order_once(count: int) -> None:
    orders = [an_order(f"{i:03}-01", placed_at=NOW - timedelta(hours=i)) for i in range(count)]
    async with staged(a_dataset(*orders)) as stage:
        pages = await walked(stage.connector, stage.soon)
        assert [len(page.items) for page in pages] == ([100, 1] if count == 101 else [count])
        assert [ref for page in pages for ref in refs(page)] == [order.ref for order in orders]
        assert {page.expected for page in pages} == {count}


def crowded() -> list[DataOrder]:
    """Answer more orders than one query lists: a burst, many at one instant, and a long tail."""
    burst = [NOW - timedelta(days=30, seconds=i) for i in range(2600)]
    instant = [NOW - timedelta(days=90)] * 150
    tail = [NOW - timedelta(days=1.7 * i) for i in range(400)]
    times = [*burst, *instant, *tail]
    lines = an_order().lines
    return [an_order(f"{i}-01", placed_at=at, lines=lines[: i % 2]) for i, at in enumerate(times)]


async def test_a_walk_splits_what_vtex_would_cut_off_and_resumes_anywhere() -> None:
    orders = crowded()
    async with staged(a_dataset(*orders)) as stage:
        pages = await walked(stage.connector, stage.soon)
        found = [ref for page in pages for ref in refs(page)]
        assert set(found) == {order.ref for order in orders}
        assert {page.expected for page in pages} == {3150}
        assert max(len(page.items) for page in pages) == 100
        middle = len(pages) // 2
        stage.clock.advance(60)
        resumed = await walked(stage.connector, stage.soon, pages[middle].next_cursor)
        rest = [ref for page in resumed for ref in refs(page)]
        assert rest == [ref for page in pages[middle + 1 :] for ref in refs(page)]


async def test_more_orders_in_one_second_than_vtex_lists_is_said() -> None:
    at = NOW - timedelta(days=2)
    orders = [an_order(f"{i}-01", placed_at=at, lines=()) for i in range(3001)]
    async with staged(a_dataset(*orders)) as stage:
        with pytest.raises(UpstreamFault, match="in one second"):
            await walked(stage.connector, stage.soon)


async def test_a_list_that_repeats_a_page_ends_the_walk() -> None:
    orders = [an_order(f"{i}-01", lines=()) for i in range(101)]
    async with staged(a_dataset(*orders)) as stage:
        first = await stage.connector.order_walk(None, deadline=stage.soon)
        paging = '{"list": [], "paging": {"total": 101, "pages": 2, "currentPage": 1}}'
        await fail(
            stage, {"kind": "body", "operation": "ListOrders", "status": 200, "text": paging}
        )
        with pytest.raises(UpstreamFault):
            await stage.connector.order_walk(first.next_cursor, deadline=stage.soon)


async def test_a_row_without_an_order_id_is_quarantined_alone() -> None:
    async with staged(a_dataset(an_order("1-01"))) as stage:
        rows = '{"list": [{"orderId": null}, 5, {"orderId": "1-01"}], "paging": %s}'
        text = rows % '{"total": 3, "pages": 1, "currentPage": 1}'
        await fail(stage, {"kind": "body", "operation": "ListOrders", "status": 200, "text": text})
        page = await stage.connector.order_walk(None, deadline=stage.soon)
        assert refs(page) == ["1-01", None, None]
        broken = [item for item in page.items if isinstance(item, Unmappable)]
        assert [item.raw for item in broken] == [b'{"orderId": null}', b"5"]


async def test_a_feed_item_without_an_order_id_is_quarantined_and_acknowledged() -> None:
    async with staged(a_dataset()) as stage:
        text = '[{"handle": "h1", "orderId": 5}, {"orderId": "x"}, {"handle": "h3"}]'
        await fail(stage, {"kind": "body", "operation": "ReadFeed", "status": 200, "text": text})
        page = await stage.connector.order_changes(None, deadline=stage.soon)
        assert page.receipts == ("h1", "h3")
        assert [item.error.path for item in page.items if isinstance(item, Unmappable)] == [
            "orderId",
            "orderId",
        ]


async def test_stock_is_walked_by_the_merchant_s_own_codes() -> None:
    async with staged(a_dataset()) as stage:
        page = await stage.connector.stock_walk(None, deadline=stage.soon)
        found = {i.record.position: i.record for i in page.items if isinstance(i, Mapped)}
        assert {at: (s.on_hand, s.committed) for at, s in found.items()} == {
            PositionRef("SKU-1", "dc-1"): (5, 2),
            PositionRef("SKU-1", "store-1"): (0, 0),
        }
        assert (page.is_last, page.next_cursor) == (True, None)


async def test_stock_levels_keep_the_asked_order() -> None:
    async with staged(a_dataset()) as stage:
        asked = [
            PositionRef("SKU-1", "store-1"),
            PositionRef("unknown", "dc-1"),
            PositionRef("007", "dc-1"),
            PositionRef("SKU-1", "dc-1"),
            PositionRef("SKU-1", "nowhere"),
        ]
        found = await stage.connector.stock_levels(asked, deadline=stage.soon)
        assert [f.record.on_hand if isinstance(f, Mapped) else f for f in found] == [
            0, None, None, 5, None,
        ]  # fmt: skip
        assert stage.sandbox.traffic.requests == {"SkuIdlistbyRefIdlist": 1, "InventoryBySku": 2}
        await stage.connector.stock_levels(asked[:1], deadline=stage.soon)
        assert stage.sandbox.traffic.requests["SkuIdlistbyRefIdlist"] == 1


async def test_stock_by_vtex_s_own_numbers_asks_the_catalogue_nothing() -> None:
    async with staged(a_dataset(), item_code="id") as stage:
        page = await stage.connector.stock_walk(None, deadline=stage.soon)
        positions = [item.record.position for item in page.items if isinstance(item, Mapped)]
        number = stage.sandbox.catalogue.ids["SKU-1"]
        assert positions == [PositionRef(number, "dc-1"), PositionRef(number, "store-1")]
        found = await stage.connector.stock_levels(positions, deadline=stage.soon)
        assert [item.record.position for item in found if isinstance(item, Mapped)] == positions
        assert set(stage.sandbox.traffic.requests) == {"ListallSKUIDs", "InventoryBySku"}


async def test_a_stock_walk_has_every_sku_and_shows_what_is_gone() -> None:
    dataset = a_dataset()
    dataset.items = [DataItem(f"S{i}", "Thing", "1.00") for i in range(200)]
    dataset.stock = [DataStock(f"S{i}", "dc-1", i) for i in range(200)]
    async with staged(dataset) as stage:
        pages: list[Page[StockRecord]] = []
        cursor = None
        while not pages or not pages[-1].is_last:
            pages.append(await stage.connector.stock_walk(cursor, deadline=stage.soon))
            cursor = pages[-1].next_cursor
        assert [len(page.items) for page in pages] == [100, 100, 0]
        found = [i.record for page in pages for i in page.items if isinstance(i, Mapped)]
        assert {s.position.item: s.on_hand for s in found} == {f"S{i}": i for i in range(200)}
        await stage.act("drop_stock", sku="S7", location="dc-1")
        await stage.act("put_stock", stock=DataStock("S8", "dc-1", 99))
        asked = [PositionRef("S7", "dc-1"), PositionRef("S8", "dc-1")]
        after = await stage.connector.stock_levels(asked, deadline=stage.soon)
        assert after[0] is None
        assert isinstance(after[1], Mapped)
        assert after[1].record.on_hand == 99


async def test_a_list_of_skus_that_repeats_a_page_ends_the_walk() -> None:
    dataset = a_dataset()
    dataset.items = [DataItem(f"S{i}", "Thing", "1.00") for i in range(100)]
    async with staged(dataset) as stage:
        first = await stage.connector.stock_walk(None, deadline=stage.soon)
        text = str(stage.sandbox.catalogue.page(1, 101)[:100])
        await fail(
            stage,
            {"kind": "body", "operation": "ListallSKUIDs", "status": 200, "text": text},
        )
        with pytest.raises(UpstreamFault):
            await stage.connector.stock_walk(first.next_cursor, deadline=stage.soon)


async def test_a_sku_without_a_code_is_quarantined() -> None:
    async with staged(a_dataset()) as stage:
        await fail(
            stage,
            {
                "kind": "body",
                "operation": "Sku",
                "status": 200,
                "text": '{"RefId": null}',
                "times": 2,
            },
        )
        page = await stage.connector.stock_walk(None, deadline=stage.soon)
        number = stage.sandbox.catalogue.ids["SKU-1"]
        broken = [item for item in page.items if isinstance(item, Unmappable)]
        assert [(item.ref, item.error.path) for item in broken] == [(number, "RefId")] * 2


async def test_a_broken_balance_is_quarantined_alone() -> None:
    async with staged(a_dataset(), item_code="id") as stage:
        good = {
            "warehouseId": "b",
            "totalQuantity": 3,
            "reservedQuantity": 0,
            "hasUnlimitedQuantity": False,
        }
        text = json.dumps({"balance": [{"warehouseId": "a", "totalQuantity": "3"}, good]})
        await fail(
            stage, {"kind": "body", "operation": "InventoryBySku", "status": 200, "text": text}
        )
        asked = [PositionRef("18", "a"), PositionRef("18", "b")]
        bad, fine = await stage.connector.stock_levels(asked, deadline=stage.soon)
        assert isinstance(bad, Unmappable)
        assert bad.error.path == "totalQuantity"
        assert isinstance(fine, Mapped)
        assert fine.record.on_hand == 3


async def test_changes_of_stock_are_not_to_be_had() -> None:
    async with staged(a_dataset()) as stage:
        with pytest.raises(Unsupported):
            await stage.connector.stock_changes(None, deadline=stage.soon)
        assert stage.sandbox.traffic.requests == {}


async def test_locations_come_all_at_once() -> None:
    async with staged(a_dataset()) as stage:
        await stage.act(
            "put_location",
            location=DataLocation("s-2", "Sul", "STORE", "Loja Um", "R", "C", "PE", "5"),
        )
        page = await stage.connector.location_walk(None, deadline=stage.soon)
        assert [i.record.ref for i in page.items if isinstance(i, Mapped)] == [
            "dc-1",
            "store-1",
            "s-2",
        ]
        assert (page.is_last, page.expected) == (True, 3)
        text = '[{"id": "a"}, {"id": 5}, {"id": "c", "name": "C", "isActive": true}]'
        await fail(
            stage, {"kind": "body", "operation": "AllWarehouses", "status": 200, "text": text}
        )
        page = await stage.connector.location_walk(None, deadline=stage.soon)
        assert [i.ref if isinstance(i, Unmappable) else i.record.ref for i in page.items] == [
            "a",
            None,
            "c",
        ]


async def test_a_hook_is_pinged_then_pushes_and_each_push_is_a_hint() -> None:
    arrived: list[RawDelivery] = []

    async def take(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        arrived.append(RawDelivery(headers, await request.read(), str(request.url), NOW))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hooks/vtex", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    async with staged(a_dataset(an_order("1-01", "shipped"))) as stage:
        url = f"http://{host}:{port}/hooks/vtex"
        await stage.connector.subscribe(url, deadline=stage.soon)
        await stage.connector.subscribe(url, deadline=stage.soon)
        await stage.act("put_order", order=an_order("1-01", "delivered"))
        await stage.sandbox.pushes.settle()
        assert len(arrived) == 3
        assert [stage.connector.notices(each) for each in arrived[:2]] == [(), ()]
        assert stage.connector.verify(arrived[2])
        assert [notice.refs for notice in stage.connector.notices(arrived[2])] == [("1-01",)]
    await runner.cleanup()


async def test_a_hook_that_is_refused_or_has_no_secret_is_said() -> None:
    async with staged(a_dataset()) as stage:
        with pytest.raises(Rejected):
            await stage.connector.subscribe("http://127.0.0.1:1/", deadline=stage.soon)
        silent = stage.another(hook_secret=None)
        with pytest.raises(Unsupported):
            await silent.subscribe("http://127.0.0.1:1/", deadline=stage.soon)
        await silent.close()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "status": 429, "headers": {"Retry-After": "7"}}, Throttled),
        ({"kind": "status", "status": 500}, UpstreamFault),
        ({"kind": "html", "status": 200}, UpstreamFault),
        ({"kind": "html", "status": 502}, UpstreamFault),
        ({"kind": "cut_json"}, UpstreamFault),
        ({"kind": "oversize"}, UpstreamFault),
        ({"kind": "refuse", "times": 20}, Unreachable),
        ({"kind": "status", "status": 403}, PermissionDenied),
        ({"kind": "status", "status": 401}, AuthenticationFailed),
    ],
)
async def test_what_is_no_answer_is_its_class(
    fault: dict[str, Any], error: type[SourceError]
) -> None:
    async with staged(a_dataset(an_order("1-01"))) as stage:
        await fail(stage, fault)
        with pytest.raises(error):
            await stage.connector.orders_by_ref(["1-01"], deadline=stage.soon)
        await fail(stage, fault)
        with pytest.raises(error):
            await stage.connector.order_walk(None, deadline=Deadline.after(1, stage.clock))


async def test_a_throttled_account_is_left_alone_as_long_as_vtex_asks() -> None:
    async with staged(a_dataset(an_order("1-01"))) as stage:
        stage.sandbox.budget.taken = 6000
        with pytest.raises(Throttled) as caught:
            await stage.connector.orders_by_ref(["1-01"], deadline=stage.soon)
        assert caught.value.retry_after == 60.0
        stage.clock.advance(60)
        (found,) = await stage.connector.orders_by_ref(["1-01"], deadline=stage.soon)
        assert isinstance(found, Mapped)


async def test_a_lost_commit_is_sent_again() -> None:
    async with staged(a_dataset(an_order("1-01", is_beyond_window=True))) as stage:
        page = await stage.connector.order_changes(None, deadline=stage.soon)
        await fail(stage, {"kind": "drop_answer", "operation": "CommitFeed"})
        await stage.connector.acknowledge(page.receipts, deadline=stage.soon)
        await stage.connector.acknowledge((), deadline=stage.soon)
        assert stage.sandbox.traffic.requests["CommitFeed"] == 2
        stage.clock.advance(250)
        assert refs(await stage.connector.order_changes(None, deadline=stage.soon)) == []


async def test_a_hanging_vendor_ends_at_the_deadline() -> None:
    orders = [an_order(f"{i}-01", is_beyond_window=True) for i in range(5)]
    async with staged(a_dataset(*orders)) as stage:
        await fail(stage, {"kind": "hang", "operation": "GetOrder"})
        with pytest.raises(DeadlineExceeded):
            await stage.connector.order_changes(None, deadline=Deadline.after(0, stage.clock))
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
