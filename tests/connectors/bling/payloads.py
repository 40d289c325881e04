"""Bling's payloads as the sandbox writes them, and their mapping."""

import copy
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from connectors.bling import mapping, wire
from connectors.bling.sandbox import records
from gateway.connect.decoding import decode
from gateway.connect.testing.dataset import DataStock, OrderWord
from gateway.model.customer import CustomerRecord
from gateway.model.invoice import InvoiceRecord
from gateway.model.location import LocationRecord
from gateway.model.money import Money
from gateway.model.order import ChannelState, OrderRecord
from gateway.model.stock import StockRecord
from tests.connectors.staging import CUSTOMER

from .retail import a_dataset, an_invoice, an_order

READ_AT = datetime(2026, 11, 20, 12, 0, 1, tzinfo=UTC)


def an_order_payload(word: OrderWord = "approved", **changes: Any) -> dict[str, Any]:
    number, _, value = records.SITUATIONS[word]
    return records.order_record(an_order(word=word, **changes), (number, value), 0)


def mapped(payload: object) -> OrderRecord:
    order = decode(json.dumps(payload).encode(), wire.Order)
    word, state = mapping.SITUATIONS.get(order.situacao.id, ("Minha", ChannelState.HANDLING))
    return mapping.map_order(order, word, state, READ_AT)


def an_invoice_payload(**changes: Any) -> dict[str, Any]:
    return {**records.invoice_record(an_invoice(), an_order()), **changes}


def map_invoice(payload: object) -> InvoiceRecord | None:
    return mapping.map_invoice(decode(json.dumps(payload).encode(), wire.Invoice), READ_AT)


def a_contact_payload(**changes: Any) -> dict[str, Any]:
    return {**records.contact_record(CUSTOMER, is_deleted=False), **changes}


def map_contact(payload: object) -> CustomerRecord | None:
    return mapping.map_contact(decode(json.dumps(payload).encode(), wire.Contact), READ_AT)


def a_deposit(**changes: Any) -> dict[str, Any]:
    return {**records.deposit_row(a_dataset().locations[0], is_active=True), **changes}


def map_deposit(payload: object) -> LocationRecord:
    return mapping.map_deposit(decode(json.dumps(payload).encode(), wire.Deposit), READ_AT)


def a_balance(**changes: Any) -> dict[str, Any]:
    row = records.balance_row("SKU-1", {"dc-1": DataStock("SKU-1", "dc-1", 5, 2)})
    balance: dict[str, Any] = row["depositos"][0]
    return balance | changes


def map_balance(payload: object) -> StockRecord:
    balance = decode(json.dumps(payload).encode(), wire.DepositBalance)
    return mapping.map_balance(balance, "SKU-1", READ_AT)


def brl(amount: str) -> Money:
    return Money(Decimal(amount), "BRL")


def put(node: Any, path: Sequence[str | int], value: object) -> None:
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = copy.deepcopy(value)
