"""The connector over real sockets: its settings, its check, its locations, its hook, its faults."""

import asyncio
from dataclasses import fields
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
    PermissionDenied,
    Rejected,
    SourceError,
    Throttled,
    Unreachable,
    Unsupported,
    UpstreamFault,
)
from gateway.connect.records import Mapped, RawDelivery, Unmappable
from gateway.connect.settings import SettingsInvalid
from gateway.connect.testing.dataset import DataLocation
from gateway.model.location import LocationRecord
from gateway.model.order import OrderRecord
from gateway.model.stock import StockRecord
from tests.connectors.staging import NOW, an_order

from .retail import a_dataset, connect, staged


def test_it_is_installed_and_does_what_its_manifest_says() -> None:
    assert load_connector("vtex") is CONNECTOR
    for name in CONNECTOR.manifest.capabilities:
        assert issubclass(VtexConnector, getattr(protocols, name))
    assert not issubclass(VtexConnector, protocols.CustomerSource)
    assert not issubclass(VtexConnector, protocols.FulfillmentSource)


def test_its_streams_cover_fields_of_the_model() -> None:
    streams = CONNECTOR.manifest.streams
    models = {"orders": OrderRecord, "stock": StockRecord, "locations": LocationRecord}
    assert streams.keys() == models.keys()
    for name, model in models.items():
        assert set(streams[name].fields_covered) <= {field.name for field in fields(model)}


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
        await stage.fail({"kind": "status", "operation": "GetFeedConfiguration", "status": 403})
        with pytest.raises(PermissionDenied) as caught:
            await stage.connector.check(deadline=stage.soon)
        assert caught.value.scope == "OMS access: Feed v3 and Hook view only"


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "eyJ2IjoyfQ", "ção", "e30=" * 300])
async def test_a_cursor_of_nobody_s_has_expired(cursor: str) -> None:
    async with staged(a_dataset()) as stage:
        connector = stage.connector
        for read in (connector.order_changes, connector.order_walk, connector.stock_walk):
            with pytest.raises(CursorExpired):
                await read(cursor, deadline=stage.soon)
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
        await stage.fail(
            {"kind": "body", "operation": "AllWarehouses", "status": 200, "text": text}
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
        await stage.fail(fault)
        with pytest.raises(error):
            await stage.connector.orders_by_ref(["1-01"], deadline=stage.soon)
        await stage.fail(fault)
        with pytest.raises(error):
            await stage.connector.order_walk(None, deadline=Deadline.after(1, stage.clock))


async def test_a_throttled_account_is_left_alone_as_long_as_vtex_asks() -> None:
    async with staged(a_dataset(an_order("1-01"))) as stage:
        stage.sandbox.budget.taken = 6000
        with pytest.raises(Throttled) as caught:
            await stage.connector.orders_by_ref(["1-01"], deadline=stage.soon)
        assert caught.value.retry_after == 60.0
        stage.clock.advance(60)
        await stage.fail({"kind": "status", "status": 429})
        with pytest.raises(Throttled) as caught:
            await stage.connector.orders_by_ref(["1-01"], deadline=stage.soon)
        assert caught.value.retry_after == 60.0
        stage.clock.advance(60)
        (found,) = await stage.connector.orders_by_ref(["1-01"], deadline=stage.soon)
        assert isinstance(found, Mapped)


async def test_a_hanging_vendor_ends_at_the_deadline() -> None:
    orders = [an_order(f"{i}-01", is_beyond_window=True) for i in range(5)]
    async with staged(a_dataset(*orders)) as stage:
        await stage.fail({"kind": "hang", "operation": "GetOrder"})
        with pytest.raises(DeadlineExceeded):
            await stage.connector.order_changes(None, deadline=Deadline.after(0, stage.clock))
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
