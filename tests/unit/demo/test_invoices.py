"""Invoices that are made up by rule, and access keys that the tax office's rule accepts."""

import re
from datetime import UTC, datetime

import msgspec

from gateway.demo.invoices import access_key, invoices_of
from gateway.demo.sample import generate_sample
from gateway.model.identity import tax_id_of

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SAMPLE = generate_sample(NOW)
BY_REF = {order.ref: order for order in SAMPLE.orders}


def test_every_order_of_the_marketplace_that_came_so_far_has_one_invoice_of_what_was_paid() -> None:
    expected = {
        order.ref: order.paid
        for order in SAMPLE.orders
        if order.sold_at is None and order.word in ("invoiced", "shipped", "delivered")
    }
    assert len(SAMPLE.invoices) == len(expected)
    assert {invoice.order: invoice.total for invoice in SAMPLE.invoices} == expected
    assert [each.number for each in SAMPLE.invoices] == [
        str(place) for place in range(1, len(expected) + 1)
    ]


def test_an_invoice_is_issued_before_the_goods_leave() -> None:
    for invoice in SAMPLE.invoices:
        order = BY_REF[invoice.order]
        assert order.placed_at <= invoice.issued_at <= (order.shipped_at or order.updated_at)


def test_an_order_without_lines_has_no_invoice() -> None:
    (delivered, *_) = [order for order in SAMPLE.orders if order.word == "delivered"]
    assert len(invoices_of([delivered])) == 1
    assert invoices_of([msgspec.structs.replace(delivered, lines=())]) == []


def test_a_key_has_its_parts_and_its_check_digit() -> None:
    key = access_key(datetime(2026, 11, 1, 1, 0, tzinfo=UTC), 42)
    parts = re.fullmatch(r"(\d{2})(\d{4})(\d{14})(\d{2})(\d{3})(\d{9})(\d)(\d{8})(\d)", key)
    assert parts is not None
    assert parts.groups()[:7] == (
        "35", "2610", "11222333000181", "55", "001", "000000042", "1",
    )  # fmt: skip
    assert tax_id_of(parts[3]) == parts[3]
    for invoice in SAMPLE.invoices:
        weights = [int(each) for each in "4329876543298765432987654329876543298765432"]
        rest = sum(w * int(d) for w, d in zip(weights, invoice.key[:43], strict=True)) % 11
        assert int(invoice.key[43]) == (0 if rest < 2 else 11 - rest)
    assert len({invoice.key for invoice in SAMPLE.invoices}) == len(SAMPLE.invoices)
