"""Bling's records in the model's terms."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.bling import mapping, wire
from connectors.bling.sandbox.forms import id_of
from connectors.bling.zone import read_moment, written
from gateway.connect.decoding import decode
from gateway.connect.testing.dataset import DataLine, OrderWord
from gateway.model.customer import CustomerRecord
from gateway.model.invoice import InvoiceRecord, InvoiceStatus
from gateway.model.location import Address, LocationKind, LocationRecord
from gateway.model.order import ChannelState, OrderLineRecord, OrderRecord, PaymentStatus
from gateway.model.stock import PositionRef, StockRecord

from .payloads import (
    READ_AT,
    a_balance,
    a_contact_payload,
    a_deposit,
    an_invoice_payload,
    an_order_payload,
    brl,
    map_balance,
    map_contact,
    map_deposit,
    map_invoice,
    mapped,
)
from .retail import KEY

CONTACT_ID = str(id_of("contact", "c-1"))


def test_an_order_maps_whole() -> None:
    payload = an_order_payload("invoiced")
    assert mapped(payload) == OrderRecord(
        ref=str(id_of("order", "1000-01")),
        number=str(payload["numero"]),
        observed_at=READ_AT,
        updated_at=None,
        placed_at=datetime(2026, 11, 19, 3, 0, tzinfo=UTC),
        state=ChannelState.INVOICED,
        native_status="Atendido",
        payment_status=PaymentStatus.UNKNOWN,
        currency="BRL",
        lines=(
            OrderLineRecord(
                ref=str(id_of("item", "1000-01|0")),
                item="SKU-1",
                title="SKU-1",
                quantity=2,
                unit_price=brl("10.50"),
            ),
        ),
        subtotal=brl("21.00"),
        shipping_total=brl("3.25"),
        discount_total=brl("0.00"),
        tax_total=brl("0.00"),
        total=brl("24.25"),
        customer=CustomerRecord(CONTACT_ID, READ_AT, "Ana Souza", tax_id="12345678909"),
        shipping_address=Address(
            recipient="Ana Souza",
            street="Rua A",
            number="10",
            district="Centro",
            city="Recife",
            region="PE",
            postal_code="50000-000",
            country="BR",
        ),
        promised_delivery_by=datetime(2026, 11, 23, 3, 0, tzinfo=UTC),
        channel_ref="1000-01",
    )


@pytest.mark.parametrize(
    ("word", "state", "payment"),
    [
        ("created", ChannelState.PENDING, PaymentStatus.UNKNOWN),
        ("approved", ChannelState.CONFIRMED, PaymentStatus.UNKNOWN),
        ("processing", ChannelState.HANDLING, PaymentStatus.UNKNOWN),
        ("delivered", ChannelState.INVOICED, PaymentStatus.UNKNOWN),
        ("canceled", ChannelState.CANCELLED, PaymentStatus.CANCELLED),
    ],
)
def test_each_situation_is_a_state(
    word: OrderWord, state: ChannelState, payment: PaymentStatus
) -> None:
    order = mapped(an_order_payload(word))
    assert (order.state, order.payment_status) == (state, payment)


@pytest.mark.parametrize(
    ("discount", "total"),
    [
        ({"valor": 4.25, "unidade": "REAL"}, "4.25"),
        ({"valor": 10, "unidade": "PERCENTUAL"}, "2.10"),
        ({"valor": 0.5, "unidade": "PERCENTUAL"}, "0.11"),
        ({"valor": 1.1}, "1.10"),
        (None, "0.00"),
    ],
)
def test_a_discount_is_an_amount_or_a_share_of_the_goods(
    discount: dict[str, Any] | None, total: str
) -> None:
    order = mapped({**an_order_payload(), "desconto": discount})
    assert order.discount_total == brl(total)


def test_amounts_are_the_digits_that_bling_wrote() -> None:
    raw = b'{"id": 1, "quantidade": 3, "valor": 1234567890123.10}'
    assert decode(raw, wire.Item).valor == Decimal("1234567890123.10")
    payload = json.dumps(an_order_payload()).replace('"total": 24.25', '"total": 0.10')
    assert str(mapped(json.loads(payload)).total.amount) == "0.10"
    lines = (DataLine("SKU-1", 3, "0.335", "0", "dc-1"),)
    order = mapped(an_order_payload(lines=lines, paid="1.01"))
    assert str(order.lines[0].unit_price.amount) == "0.335"


def test_an_order_that_bling_sold_itself_has_no_channel_s_id() -> None:
    order = mapped({**an_order_payload(), "numeroLoja": "", "dataPrevista": "0000-00-00"})
    assert (order.channel_ref, order.promised_delivery_by) == (None, None)


def test_ids_of_64_bits_and_every_character_are_kept() -> None:
    payload = {**an_order_payload(), "id": 2**63 - 1, "numeroLoja": " 00aÜ-1 "}
    payload["itens"][0]["codigo"] = " 00A"
    order = mapped(payload)
    assert (order.ref, order.channel_ref) == ("9223372036854775807", " 00aÜ-1 ")
    assert order.lines[0].item == " 00A"


def test_an_address_abroad_names_its_country_and_an_empty_one_is_none() -> None:
    payload = an_order_payload()
    payload["transporte"]["etiqueta"] |= {"uf": "EX", "nomePais": "URUGUAI"}
    address = mapped(payload).shipping_address
    assert address is not None
    assert address.country == "URUGUAI"
    payload["transporte"]["etiqueta"] = dict.fromkeys(payload["transporte"]["etiqueta"], "")
    assert mapped(payload).shipping_address is None
    assert mapped({**payload, "transporte": None}).shipping_total == brl("0.00")


def test_an_invoice_maps_whole() -> None:
    assert map_invoice(an_invoice_payload()) == InvoiceRecord(
        ref=str(id_of("invoice", "1000-01")),
        order_ref="1000-01",
        observed_at=READ_AT,
        updated_at=None,
        status=InvoiceStatus.ISSUED,
        native_status="Autorizada",
        number="000123",
        series="1",
        key=KEY,
        issued_at=datetime(2026, 11, 19, 15, 0, tzinfo=UTC),
        total=brl("24.25"),
        url=f"https://sandbox.invalid/doc.view.php?chave={KEY}",
    )


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (1, InvoiceStatus.PENDING),
        (2, InvoiceStatus.CANCELLED),
        (4, InvoiceStatus.REJECTED),
        (6, InvoiceStatus.ISSUED),
        (9, InvoiceStatus.REJECTED),
    ],
)
def test_each_situation_of_an_invoice_is_a_status(code: int, status: InvoiceStatus) -> None:
    invoice = map_invoice(an_invoice_payload(situacao=code))
    assert invoice is not None
    assert invoice.status is status


def test_an_invoice_that_is_not_issued_yet_has_neither_key_nor_time() -> None:
    pending = an_invoice_payload(
        situacao=1, chaveAcesso="", dataEmissao="0000-00-00 00:00:00", linkDanfe="", linkPDF=""
    )
    invoice = map_invoice(pending)
    assert invoice is not None
    assert (invoice.key, invoice.issued_at, invoice.url) == (None, None, None)


def test_an_invoice_is_its_channel_order_s_or_nobody_s() -> None:
    by_shop = map_invoice(an_invoice_payload(numeroPedidoLoja=""))
    assert by_shop is not None
    assert by_shop.order_ref == "1000-01"
    assert map_invoice(an_invoice_payload(numeroPedidoLoja="", loja={"id": 1})) is None
    assert map_invoice(an_invoice_payload(tipo=0)) is None


def test_a_contact_is_a_customer_unless_it_was_deleted() -> None:
    payload = a_contact_payload(telefone="(81) 3333-4444", emailNotaFiscal="fiscal@example.com")
    assert map_contact(payload) == CustomerRecord(
        ref=CONTACT_ID,
        observed_at=READ_AT,
        name="Ana Souza",
        emails=("ana@example.com", "fiscal@example.com"),
        phones=("(11) 99999-0000", "(81) 3333-4444"),
        tax_id="12345678909",
    )
    assert map_contact({**payload, "situacao": "E"}) is None
    same = map_contact({**payload, "emailNotaFiscal": "ana@example.com", "telefone": ""})
    assert same is not None
    assert (same.emails, same.phones) == (("ana@example.com",), ("(11) 99999-0000",))


def test_a_deposit_is_a_location_and_one_not_for_sale_is_inactive() -> None:
    assert map_deposit(a_deposit()) == LocationRecord(
        ref=str(id_of("deposit", "dc-1")),
        code="dc-1",
        name="dc-1",
        kind=LocationKind.DISTRIBUTION_CENTER,
        observed_at=READ_AT,
    )
    assert not map_deposit(a_deposit(situacao=0)).is_active
    assert not map_deposit(a_deposit(desconsiderarSaldo=True)).is_active


@pytest.mark.parametrize(
    ("physical", "virtual", "on_hand", "committed"),
    [(5, 3, 5, 2), (5.75, 3.5, 5, 3), (-1, -3, -1, 2), (2, 4, 2, 0), (0, 0, 0, 0)],
)
def test_stock_is_in_whole_units_and_never_more_than_there_is(
    physical: float, virtual: float, on_hand: int, committed: int
) -> None:
    position = PositionRef("SKU-1", str(id_of("deposit", "dc-1")))
    found = map_balance(a_balance(saldoFisico=physical, saldoVirtual=virtual))
    assert found == StockRecord(position, READ_AT, on_hand=on_hand, committed=committed)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20 09:00:00", "2026-11-20T12:00:00+00:00"),
        ("2026-11-20", "2026-11-20T03:00:00+00:00"),
        ("2018-12-01 09:00:00", "2018-12-01T11:00:00+00:00"),
    ],
)
def test_times_are_sao_paulo_s_of_their_day(text: str, moment: str) -> None:
    found = read_moment(text, "data")
    assert found is not None
    assert found.isoformat() == moment
    assert written(found).startswith(text)


def test_every_situation_is_known_once() -> None:
    assert set(mapping.SITUATIONS) == {6, 9, 12, 15, 18, 21, 24}
    assert set(mapping.INVOICE_SITUATIONS) == set(range(1, 12))
