"""Invoices (NF-e) of orders, made up by rule: pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import count

from gateway.connect.testing.dataset import DataInvoice, DataOrder, OrderWord
from gateway.demo.geography import SAO_PAULO

SERIES = "1"
MODEL = "55"
STATE = "35"
# Of a company that does not exist; its check digits are right.
ISSUER = "11222333000181"
INVOICED: frozenset[OrderWord] = frozenset({"invoiced", "shipped", "delivered"})
AFTER_APPROVAL = timedelta(hours=6)


def invoices_of(orders: Iterable[DataOrder]) -> list[DataInvoice]:
    """Answer an invoice for each of the marketplace's orders that has come so far."""
    return list(_invoices(orders))


def _invoices(orders: Iterable[DataOrder]) -> Iterator[DataInvoice]:
    numbers = count(1)
    for order in orders:
        if order.word not in INVOICED or order.sold_at is not None or not order.lines:
            continue
        number = next(numbers)
        issued_at = _issued_at(order)
        key = access_key(issued_at, number)
        yield DataInvoice(order.ref, str(number), SERIES, key, issued_at, order.paid)


def _issued_at(order: DataOrder) -> datetime:
    """Answer some hours after the approval, but before the goods left and not after now."""
    planned = (order.approved_at or order.placed_at) + AFTER_APPROVAL
    latest = order.shipped_at or order.updated_at
    return max(min(planned, latest), order.placed_at)


def access_key(issued_at: datetime, number: int) -> str:
    """Answer the 44 digits of an NF-e's access key, the check digit right (modulo 11)."""
    code = number * 7919 % 10**8
    month = issued_at.astimezone(SAO_PAULO)
    text = f"{STATE}{month:%y%m}{ISSUER}{MODEL}{SERIES:>03}{number:09d}1{code:08d}"
    weights = (2 + place % 8 for place in range(len(text)))
    rest = sum(int(d) * w for d, w in zip(reversed(text), weights, strict=False)) % 11
    return f"{text}{0 if rest < 2 else 11 - rest}"
