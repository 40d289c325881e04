"""Bling's own published examples map; they are read where TRAMA_SPECS says.

The specification gives an example of each member; together they make the records here.
"""

import json
import re
from typing import Any

import msgspec
import pytest

from connectors.bling import mapping, wire
from connectors.bling.client import BALANCE
from connectors.bling.sandbox.movements import StockRecord
from gateway.connect.decoding import decode
from gateway.model.invoice import InvoiceStatus
from gateway.model.order import ChannelState
from tests.connectors.staging import NOW

from . import specification
from .specification import (
    BALANCES,
    CONTACT,
    CONTACTS,
    DEPOSITS,
    INVOICE,
    INVOICES,
    ORDER,
    ORDERS,
    PRODUCTS,
    SITUATION,
    STOCK_RECORDS,
)

# Where Bling's own examples break Bling's own schema.
EXAMPLES_AGAINST_THEIR_SCHEMA = {
    INVOICE: {"data.serie: type"},
    PRODUCTS: {"data[0].estoque.saldoVirtualTotal: type"},
}


@pytest.mark.parametrize(
    "address",
    [ORDERS, ORDER, INVOICES, INVOICE, CONTACTS, CONTACT, DEPOSITS, PRODUCTS, BALANCES, SITUATION],
)
def test_an_example_keeps_to_its_schema_or_is_named_here(address: str) -> None:
    example = specification.answer_example(address)
    found = specification.faults(example, specification.answer_schema(address))
    assert found == EXAMPLES_AGAINST_THEIR_SCHEMA.get(address, set())


def raw(address: str) -> bytes:
    """Answer the record of an example, or the first of a list."""
    data: Any = specification.answer_example(address)["data"]
    return json.dumps(data[0] if isinstance(data, list) else data).encode()


def test_bling_s_own_order_maps() -> None:
    order = decode(raw(ORDER), wire.Order)
    record = mapping.map_order(order, "Em aberto", ChannelState.CONFIRMED, NOW)
    assert (record.ref, record.number, record.channel_ref) == ("12345678", "123", "Loja_123")
    assert record.placed_at.isoformat() == "2023-01-12T03:00:00+00:00"
    amounts = (record.subtotal, record.shipping_total, record.discount_total, record.tax_total)
    assert [str(each.amount) for each in amounts] == ["10.00", "20.00", "15.45", "5.55"]
    assert str(record.total.amount) == "12.00"
    assert [(line.item, line.quantity, str(line.unit_price.amount)) for line in record.lines] == [
        ("BLG-5", 1, "4.90")
    ]
    assert record.customer is not None
    assert record.customer.tax_id == "30188025000121"
    assert record.shipping_address is not None
    assert record.shipping_address.city == "Bento Gonçalves"


def test_bling_s_own_situation_is_read() -> None:
    told = decode(raw(SITUATION), wire.OrderSituation)
    assert (told.id, told.nome, told.id_herdado) == (9, "Em aberto", 0)


def test_bling_s_own_invoice_maps() -> None:
    record = mapping.map_invoice(decode(raw(INVOICE), wire.Invoice), NOW)
    assert record is not None
    assert (record.order_ref, record.number, record.series) == ("LOJA_8864", "6541", "1")
    assert (record.status, record.native_status) == (InvoiceStatus.PENDING, "Pendente")
    assert record.issued_at is not None
    assert record.issued_at.isoformat() == "2023-01-12T12:52:12+00:00"
    assert record.total is not None
    assert str(record.total.amount) == "10.30"


def test_bling_s_own_contact_maps() -> None:
    record = mapping.map_contact(decode(raw(CONTACT), wire.Contact), NOW)
    assert record is not None
    assert record.emails == ("contato@email.com", "fiscal@email.com")
    assert record.phones == ("(54) 99999-8888", "(54) 3333-4444")
    assert record.tax_id == "12345678910"


def test_bling_s_own_deposit_and_balance_map() -> None:
    location = mapping.map_deposit(decode(raw(DEPOSITS), wire.Deposit), NOW)
    assert (location.ref, location.code, location.is_active) == ("12345678", "Depósito Geral", True)
    balance = decode(raw(BALANCES), wire.Balance)
    level = decode(balance.depositos[0], wire.DepositBalance)
    record = mapping.map_balance(level, "12345678", NOW)
    assert (record.on_hand, record.committed) == (1250, 0)


def test_bling_s_own_record_of_stock_is_what_the_sandbox_takes() -> None:
    """https://developer.bling.com.br/referencia#/Estoques/post_estoques"""
    told = specification.request_example(STOCK_RECORDS)
    assert specification.faults(told, specification.request_schema(STOCK_RECORDS)) == set()
    record = msgspec.json.decode(json.dumps(told).encode(), type=StockRecord)
    assert (record.produto.id, record.deposito.id) == (12345678, 12345678)
    assert (record.operacao, record.quantidade) == (BALANCE, 50.75)


def test_bling_s_own_refusal_is_read_in_its_words() -> None:
    told = json.dumps(specification.answer_example(STOCK_RECORDS, 400)).encode()
    fault = decode(told, wire.FaultAnswer).error
    assert fault.type == "VALIDATION_ERROR"
    assert fault.description == (
        "A venda não pode ser salva, pois ocorreram problemas em sua validação."
    )
    assert [each.msg for each in fault.fields] == [
        "Uma ou mais parcelas da venda possuem erros de validação"
    ]


def test_bling_s_own_product_is_read() -> None:
    assert decode(raw(PRODUCTS), wire.Product) == wire.Product(123456789, "CODE_123")


def test_every_situation_of_an_invoice_is_known() -> None:
    declared = specification.parameters(INVOICES)["situacao"]
    assert set(declared["schema"]["enum"]) == set(mapping.INVOICE_SITUATIONS)
    told = re.findall(r"`(\d+)` ([^<`]+)", declared["description"])
    named = {int(code): word.strip() for code, word in told}
    assert named == {code: word for code, (word, _) in mapping.INVOICE_SITUATIONS.items()}
