"""The connector over real sockets: settings, check, locations, limits, faults."""

import asyncio
import json
from dataclasses import fields
from typing import Any

import msgspec
import pytest

from connectors.shiphero.connector import CONNECTOR, ShipHeroConnector
from connectors.shiphero.sandbox import TOKEN, TOKEN_WITHOUT_PERMISSION
from gateway.connect import protocols
from gateway.connect.deadline import Deadline
from gateway.connect.definition import load_connector
from gateway.connect.errors import (
    AuthenticationFailed,
    DeadlineExceeded,
    MalformedPayload,
    NotFound,
    PermissionDenied,
    Rejected,
    SourceError,
    Throttled,
    Unreachable,
    UpstreamFault,
)
from gateway.connect.records import Mapped, Unmappable
from gateway.connect.settings import SettingsInvalid
from gateway.connect.testing.dataset import DataLocation
from gateway.model.location import LocationRecord
from gateway.model.order import FulfillmentRecord
from gateway.model.stock import PositionRef, StockRecord

from .retail import DC, STORE, Stage, a_dataset, an_order, connect, staged


def test_it_is_installed_and_does_what_its_manifest_says() -> None:
    assert load_connector("shiphero") is CONNECTOR
    for name in CONNECTOR.manifest.capabilities:
        assert issubclass(ShipHeroConnector, getattr(protocols, name))
    assert not issubclass(ShipHeroConnector, protocols.OrderSource)
    assert not issubclass(ShipHeroConnector, protocols.CustomerSource)


def test_its_streams_cover_fields_of_the_model() -> None:
    streams = CONNECTOR.manifest.streams
    models = {
        "fulfillments": FulfillmentRecord,
        "stock": StockRecord,
        "locations": LocationRecord,
    }
    assert streams.keys() == models.keys()
    for name, model in models.items():
        assert set(streams[name].fields_covered) <= {field.name for field in fields(model)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": ""},
        {"token": 5},
        {"token": "a\nb"},
        {"token": "a b"},
        {"token": "ção"},
        {"endpoint": "ftp://example"},
        {"surprise": 1},
    ],
)
async def test_a_wrong_setting_is_refused(wrong: dict[str, Any]) -> None:
    async with staged(a_dataset()) as stage:
        with pytest.raises(SettingsInvalid) as caught:
            connect(stage.clock, {**stage.settings, **wrong})
        assert "a b" not in str(caught.value)


def test_the_endpoint_is_the_public_one_unless_told_otherwise() -> None:
    settings = msgspec.convert(
        {"token": "t", "hook_secret": "one two\nthree"},
        CONNECTOR.settings,
        dec_hook=lambda kind, value: kind(value),
    )
    assert settings.endpoint == "https://public-api.shiphero.com/graphql"
    assert settings.hook_secrets == ("one", "two", "three")


async def test_check_names_the_account_and_what_is_wrong() -> None:
    async with staged(a_dataset()) as stage:
        assert await stage.connector.check(deadline=stage.soon) == "ShipHero account sandbox"
        for token in ("wrong", TOKEN[:-1]):
            stranger = stage.another(token=token)
            with pytest.raises(AuthenticationFailed) as refused:
                await stranger.check(deadline=stage.soon)
            assert token not in str(refused.value)
            await stranger.close()
        powerless = stage.another(token=TOKEN_WITHOUT_PERMISSION)
        with pytest.raises(PermissionDenied) as caught:
            await powerless.check(deadline=stage.soon)
        assert caught.value.scope == "view:orders"
        await powerless.close()
        nobody = stage.another(endpoint="http://127.0.0.1:1/graphql")
        with pytest.raises(Unreachable):
            await nobody.check(deadline=stage.soon)
        await nobody.close()


async def test_locations_come_all_at_once() -> None:
    async with staged(a_dataset()) as stage:
        await stage.act(
            "put_location",
            location=DataLocation("s-2", "Sul", "STORE", "Loja Um", "R", "C", "PE", "5"),
        )
        page = await stage.connector.location_walk(None, deadline=stage.soon)
        found = [item.record for item in page.items if isinstance(item, Mapped)]
        assert [(place.ref, place.code) for place in found] == [
            (DC, "dc-1"),
            (STORE, "store-1"),
            ("V2FyZWhvdXNlOjM=", "s-2"),
        ]
        assert (page.is_last, page.next_cursor, page.expected) == (True, None, 3)


async def test_a_broken_location_is_quarantined_alone() -> None:
    async with staged(a_dataset()) as stage:
        rows = [{"id": "a"}, {"id": 5}, {"id": "c", "identifier": "C"}]
        text = json.dumps({"data": {"account": {"data": {"warehouses": rows}}}})
        await stage.says("Warehouses", text)
        page = await stage.connector.location_walk(None, deadline=stage.soon)
        assert [i.ref if isinstance(i, Unmappable) else i.record.ref for i in page.items] == [
            "a",
            None,
            "c",
        ]


def an_error(code: object, message: str = "no", **more: object) -> dict[str, Any]:
    errors = [{"message": message, "code": code, "operation": "orders", **more}]
    text = json.dumps({"errors": errors, "data": {"orders": None}})
    return {"kind": "body", "status": 200, "text": text}


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "status", "status": 429, "headers": {"Retry-After": "7"}}, Throttled),
        ({"kind": "status", "status": 500}, UpstreamFault),
        ({"kind": "html", "status": 200}, UpstreamFault),
        ({"kind": "html", "status": 502}, UpstreamFault),
        ({"kind": "cut_json"}, UpstreamFault),
        ({"kind": "oversize"}, UpstreamFault),
        ({"kind": "refuse", "times": 2}, Unreachable),
        ({"kind": "status", "status": 403}, PermissionDenied),
        ({"kind": "status", "status": 401}, AuthenticationFailed),
        ({"kind": "body", "status": 200, "text": "{}"}, UpstreamFault),
        ({"kind": "body", "status": 200, "text": '{"data": null}'}, UpstreamFault),
        ({"kind": "body", "status": 200, "text": '{"data": {}}'}, MalformedPayload),
        ({"kind": "body", "status": 200, "text": '{"data": {"orders": null}}'}, MalformedPayload),
        (an_error(30, time_remaining="5 seconds"), Throttled),
        (an_error(7), PermissionDenied),
        (an_error(5), NotFound),
        (an_error(2), Rejected),
        (an_error(None), Rejected),
        (an_error("some_code"), Rejected),
    ],
)
async def test_what_is_no_answer_is_its_class(
    fault: dict[str, Any], error: type[SourceError]
) -> None:
    async with staged(a_dataset(an_order("1-01"))) as stage:
        await stage.fail(fault)
        with pytest.raises(error) as caught:
            await stage.connector.fulfillment_walk(None, deadline=stage.soon)
        assert type(caught.value) is error


async def test_a_connection_that_breaks_once_is_tried_again() -> None:
    async with staged(a_dataset(an_order("1-01"))) as stage:
        await stage.fail({"kind": "refuse"})
        page = await stage.connector.fulfillment_walk(None, deadline=stage.soon)
        assert len(page.items) == 1


async def walk(stage: Stage, seconds: float = 0.5) -> int:
    deadline = Deadline.after(seconds, stage.clock)
    return len((await stage.connector.fulfillment_walk(None, deadline=deadline)).items)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ({"time_remaining": "5 seconds"}, 5.0),
        ({"time_remaining": "2 minutes"}, 120.0),
        ({"time_remaining": "90 hours"}, 86_400.0),
        ({"required_credits": 1001, "remaining_credits": 401}, 10.0),
        ({"required_credits": 1001, "remaining_credits": 1000}, 1.0),
        ({"message": "In 18 seconds you will have enough credits"}, 18.0),
        ({}, 30.0),
    ],
)
async def test_a_refusal_for_want_of_credits_says_how_long_to_wait(
    told: dict[str, Any], seconds: float
) -> None:
    async with staged(a_dataset(an_order("1-01"))) as stage:
        await stage.fail(an_error(30, **told))
        with pytest.raises(Throttled) as caught:
            await walk(stage)
        assert caught.value.retry_after == seconds


async def test_the_account_is_left_alone_until_its_credits_are_back() -> None:
    async with staged(a_dataset(an_order("1-01"))) as stage:
        stage.sandbox.quota.credits.take(4000)
        with pytest.raises(Throttled) as caught:
            await walk(stage)
        assert caught.value.retry_after == 17.0
        with pytest.raises(Throttled):
            await walk(stage)
        assert stage.sandbox.traffic.requests == {"Orders": 1}
        stage.clock.advance(17)
        assert await walk(stage) == 1


async def test_a_walk_waits_for_credits_and_leaves_some_for_single_reads() -> None:
    async with staged(a_dataset(an_order("1-01"))) as stage:
        stage.sandbox.quota.credits.take(2000)
        assert await walk(stage) == 1
        with pytest.raises(Throttled) as caught:
            await walk(stage)
        assert caught.value.retry_after == pytest.approx((2001 - 1003) / 60)
        assert stage.sandbox.traffic.requests == {"Orders": 1}
        deadline = Deadline.after(0.5, stage.clock)
        (found,) = await stage.connector.stock_levels([PositionRef("SKU-1", DC)], deadline=deadline)
        assert isinstance(found, Mapped)


async def test_too_many_requests_leave_the_account_alone() -> None:
    async with staged(a_dataset(an_order("1-01"))) as stage:
        stage.sandbox.quota.requests = 7000
        with pytest.raises(Throttled) as caught:
            await walk(stage)
        assert caught.value.retry_after == 30.0


async def test_a_hanging_vendor_ends_at_the_deadline() -> None:
    async with staged(a_dataset(an_order("1-01"))) as stage:
        await stage.fail({"kind": "hang", "times": 9})
        refs = [f"{i}-01" for i in range(100)]
        with pytest.raises(DeadlineExceeded):
            await stage.connector.fulfillments_by_ref(refs, deadline=Deadline.after(0, stage.clock))
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


async def test_the_token_shows_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    canary, hook = "canary-in-the-mine", "canary-on-the-hook"
    async with staged(a_dataset(), hook_secret=hook) as stage:
        caplog.set_level(0)
        connector = stage.another(token=canary)
        with pytest.raises(AuthenticationFailed) as caught:
            await connector.check(deadline=stage.soon)
        await connector.close()
        settings = msgspec.convert(
            {"token": canary, "hook_secret": hook},
            CONNECTOR.settings,
            dec_hook=lambda kind, value: kind(value),
        )
        shown = f"{settings!r} {connector!r} {caught.value!r} {caplog.text}"
        assert canary not in shown
        assert hook not in shown
