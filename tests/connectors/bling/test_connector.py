"""The connector over real sockets: settings, check, situations, tokens, limits and faults."""

import asyncio
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from connectors.bling.connector import CONNECTOR, BlingConnector
from connectors.bling.sandbox import WEAK_APP
from connectors.bling.sandbox.forms import id_of
from gateway.connect import protocols
from gateway.connect.deadline import Deadline
from gateway.connect.definition import load_connector
from gateway.connect.errors import (
    AuthenticationFailed,
    DeadlineExceeded,
    PermissionDenied,
    SourceError,
    Throttled,
    Unreachable,
    Unsupported,
    UpstreamFault,
)
from gateway.connect.records import Mapped, Unmappable
from gateway.connect.settings import SettingsInvalid
from gateway.connect.testing.faults import Fault
from gateway.model.customer import CustomerRecord
from gateway.model.invoice import InvoiceRecord, InvoiceStatus
from gateway.model.location import LocationRecord
from gateway.model.order import ChannelState, OrderRecord
from gateway.model.stock import StockRecord
from tests.connectors.staging import StillClock

from .retail import Stage, a_dataset, an_invoice, an_order, connect, staged


def test_it_is_installed_and_does_what_its_manifest_says() -> None:
    assert load_connector("bling") is CONNECTOR
    for name in CONNECTOR.manifest.capabilities:
        assert issubclass(BlingConnector, getattr(protocols, name))
    assert not issubclass(BlingConnector, protocols.FulfillmentSource)
    assert not issubclass(BlingConnector, protocols.AcknowledgedStream)


def test_its_streams_cover_fields_of_the_model() -> None:
    streams = CONNECTOR.manifest.streams
    models: dict[str, type[Any]] = {
        "orders": OrderRecord,
        "invoices": InvoiceRecord,
        "customers": CustomerRecord,
        "stock": StockRecord,
        "locations": LocationRecord,
    }
    assert streams.keys() == models.keys()
    for name, model in models.items():
        assert set(streams[name].fields_covered) <= {field.name for field in fields(model)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": ""},
        {"client_id": "a b"},
        {"client_secret": ""},
        {"client_secret": "segredo-é"},
        {"refresh_token": ""},
        {"endpoint": "ftp://example"},
        {"states": {"123": "SOMEHOW"}},
        {"states": {"Separando": "HANDLING"}},
        {"surprise": 1},
    ],
)
def test_a_wrong_setting_is_refused(wrong: dict[str, Any]) -> None:
    told = {"client_id": "id", "client_secret": "secret", "refresh_token": "token"}
    with pytest.raises(SettingsInvalid) as caught:
        connect(StillClock(), {**told, **wrong})
    assert "segredo" not in str(caught.value)


async def test_check_names_the_company_and_what_is_wrong() -> None:
    async with staged(a_dataset()) as stage:
        assert await stage.connector.check(deadline=stage.soon) == "Bling account Sandbox LTDA"
        weak = stage.another(
            client_id=WEAK_APP.client_id,
            client_secret=WEAK_APP.client_secret,
            refresh_token=WEAK_APP.refresh_token,
        )
        with pytest.raises(PermissionDenied) as caught:
            await weak.check(deadline=stage.soon)
        assert caught.value.scope == "Pedidos de Venda"
        with pytest.raises(AuthenticationFailed):
            await stage.another(client_secret="wrong").check(deadline=stage.soon)
        with pytest.raises(AuthenticationFailed, match="authorise the application again"):
            await stage.another(refresh_token="spent").check(deadline=stage.soon)
        with pytest.raises(Unreachable):
            await stage.another(endpoint="http://127.0.0.1:1").check(deadline=stage.soon)


async def test_check_says_which_scope_another_call_lacks() -> None:
    async with staged(a_dataset()) as stage:
        stage.fail(Fault("status", "GetCompany", status=403))
        with pytest.raises(PermissionDenied) as caught:
            await stage.connector.check(deadline=stage.soon)
        assert caught.value.scope == "Dados da Empresa"


async def the_order(stage: Stage, connector: BlingConnector | None = None) -> Any:
    made = connector or stage.connector
    ref = str(id_of("order", "1000-01"))
    (found,) = await made.orders_by_ref([ref], deadline=stage.soon)
    return found


async def test_orders_come_in_the_asked_order_and_none_where_there_is_none() -> None:
    async with staged(a_dataset(an_order("1-01"), an_order("2-01"))) as stage:
        one, two = (str(id_of("order", f"{n}-01")) for n in (1, 2))
        asked = [two, "7", "absent", f"0{one}", one, str(2**64), ""]
        found = await stage.connector.orders_by_ref(asked, deadline=stage.soon)
        told = [item.record.ref if isinstance(item, Mapped) else item for item in found]
        assert told == [two, None, None, None, one, None, None]


async def test_a_situation_of_the_account_s_own_is_read_once_and_inherits() -> None:
    async with staged(a_dataset(an_order())) as stage:
        stage.act("put_situation", order="1000-01", id=123456, name="Separando", inherits=15)
        for _ in range(2):
            found = await the_order(stage)
            assert found.record.state is ChannelState.HANDLING
            assert found.record.native_status == "Separando"
        assert stage.sandbox.traffic.requests["GetSituation"] == 1


async def test_a_situation_that_inherits_from_none_is_as_configured_or_quarantined() -> None:
    async with staged(a_dataset(an_order())) as stage:
        stage.act("put_situation", order="1000-01", id=123456, name="Na loja", inherits=0)
        found = await the_order(stage)
        assert isinstance(found, Unmappable)
        assert found.error.path == "situacao.id"
        assert "states" in str(found.error)
        told = dict(stage.settings, states={"123456": "ON_HOLD"})
        other = connect(stage.clock, told, stage.credentials)
        stage.others.append(other)
        found = await the_order(stage, other)
        assert (found.record.state, found.record.native_status) == (
            ChannelState.ON_HOLD,
            "Na loja",
        )


async def test_an_invoice_is_read_by_id_and_walked_with_its_order_s_id() -> None:
    async with staged(a_dataset(an_order())) as stage:
        stage.act("put_invoice", invoice=an_invoice(word="cancelled"))
        page = await stage.connector.invoice_walk(None, deadline=stage.soon)
        (item,) = page.items
        assert isinstance(item, Mapped)
        assert (item.record.order_ref, item.record.status) == ("1000-01", InvoiceStatus.CANCELLED)
        (found,) = await stage.connector.invoices_by_ref([item.record.ref], deadline=stage.soon)
        assert isinstance(found, Mapped)
        assert found.record == item.record
        stage.act("delete_invoice", order="1000-01")
        gone = await stage.connector.invoices_by_ref([item.record.ref], deadline=stage.soon)
        assert gone == [None]


async def test_a_token_that_bling_has_ended_is_renewed_within_the_call() -> None:
    async with staged(a_dataset(an_order())) as stage:
        assert isinstance(await the_order(stage), Mapped)
        stage.act("expire_tokens")
        assert isinstance(await the_order(stage), Mapped)
        stage.clock.advance(21_600 - 60)
        assert isinstance(await the_order(stage), Mapped)
        assert stage.sandbox.traffic.requests == {"RenewToken": 3, "GetOrder": 4}
        stage.clock.advance(timedelta(days=31).total_seconds())
        with pytest.raises(AuthenticationFailed, match="authorise the application again"):
            await the_order(stage)


async def test_an_authorisation_that_was_taken_back_is_one_loss_in_the_log() -> None:
    async with staged(a_dataset(an_order())) as stage:
        await the_order(stage)
        stage.act("revoke")
        with capture_logs() as lines:
            for _ in range(3):
                with pytest.raises(AuthenticationFailed):
                    await the_order(stage)
        assert [(line["event"], line["code"]) for line in lines] == [
            ("source.lost", "AUTHENTICATION_FAILED")
        ]


async def test_a_second_is_waited_for_and_a_day_is_waited_for_until_midnight() -> None:
    async with staged(a_dataset(an_order()), is_limited=True) as stage:
        for _ in range(3):
            await the_order(stage)
        with pytest.raises(Throttled) as caught:
            await the_order(stage)
        assert caught.value.retry_after == 2.0
        stage.clock.advance(2)
        stage.sandbox.budget.taken = 120_000
        with pytest.raises(Throttled) as caught:
            await the_order(stage)
        assert caught.value.retry_after == 15 * 3600 - 2
        stage.sandbox.traffic.reset()
        stage.clock.advance(3600)
        with pytest.raises(Throttled) as caught:
            await stage.connector.stock_walk(None, deadline=stage.soon)
        assert caught.value.retry_after == 14 * 3600 - 2
        assert stage.sandbox.traffic.requests == {}
        stage.clock.advance(14 * 3600)
        assert isinstance(await the_order(stage), Mapped)


async def test_subscribing_is_a_person_s() -> None:
    async with staged(a_dataset()) as stage:
        with pytest.raises(Unsupported, match="page"):
            await stage.connector.subscribe("https://trama.example/hooks/erp", deadline=stage.soon)
        assert stage.sandbox.traffic.requests == {}


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault("status", status=429, headers={"Retry-After": "7"}), Throttled),
        (Fault("status", status=500), UpstreamFault),
        (Fault("html", status=200), UpstreamFault),
        (Fault("cut_json"), UpstreamFault),
        (Fault("oversize"), UpstreamFault),
        (Fault("refuse", times=20), Unreachable),
        (Fault("status", status=403), PermissionDenied),
        (Fault("status", status=401, times=9), AuthenticationFailed),
    ],
)
@pytest.mark.parametrize("is_known", [True, False], ids=["a read", "a renewal"])
async def test_what_is_no_answer_is_its_class(
    fault: Fault, error: type[SourceError], is_known: bool
) -> None:
    async with staged(a_dataset(an_order())) as stage:
        if is_known:
            await the_order(stage)
        stage.fail(fault)
        with pytest.raises(error):
            await the_order(stage)


async def test_a_hanging_vendor_ends_at_the_deadline() -> None:
    orders = [an_order(f"{i}-01") for i in range(5)]
    async with staged(a_dataset(*orders)) as stage:
        await the_order(stage)
        stage.fail(Fault("hang", "GetOrder"))
        with pytest.raises(DeadlineExceeded):
            await stage.connector.order_walk(None, deadline=Deadline.after(0, stage.clock))
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
