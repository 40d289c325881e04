"""The kit's retail data: as many orders, positions and locations as a rule needs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from gateway.connect.testing.dataset import (
    DataAddress,
    DataCustomer,
    DataInvoice,
    DataItem,
    DataLine,
    DataLocation,
    DataOrder,
    Dataset,
    DataStock,
)

WHERE = ("Rua B, 1", "Recife", "PE", "50010-001")
CUSTOMER = DataCustomer("c-1", "Ana", "Souza", "ana@example.com", "12345678909", "+5511955550001")
ADDRESS = DataAddress("Rua A", "10", "Centro", "Recife", "PE", "50010-000", -8.05, -34.9)
STRANGE_REFS = ("000123-01", "AbC-dEf-01", "9223372036854775808-01", "ação-01")
STRANGE_SKUS = ("000123", "sku-a", "SKU-A", "9223372036854775808", "ação")


def an_order(ref: str, now: datetime, **changes: Any) -> DataOrder:
    """Answer a shipped order of the day before."""
    order = DataOrder(
        ref=ref,
        number=ref.partition("-")[0],
        word="shipped",
        placed_at=now - timedelta(days=1),
        updated_at=now - timedelta(hours=20),
        customer=CUSTOMER,
        address=ADDRESS,
        lines=(DataLine("SKU-00000", 2, "10.50", "3.25", "dc-1"),),
        currency="BRL",
        paid="24.25",
        approved_at=now - timedelta(hours=23),
        shipped_at=now - timedelta(hours=20),
        promised_by=now + timedelta(days=3),
    )
    return msgspec.structs.replace(order, **changes)


def a_customer(n: int) -> DataCustomer:
    """Answer the customer of the n-th order, with an e-mail, a tax id and a phone of its own."""
    return DataCustomer(
        f"c-{n}", "Ana", f"Souza {n}", f"ana-{n}@example.com", cpf(n), f"+55119{n:08d}"
    )


def cpf(n: int) -> str:
    """Answer a Brazilian tax id of a person, with its two check digits."""
    digits = f"{n + 100_000_000:09d}"
    for _ in range(2):
        weighed = sum(
            int(d) * w for d, w in zip(digits, range(len(digits) + 1, 1, -1), strict=True)
        )
        digits += str((weighed * 10) % 11 % 10)
    return digits


def an_invoice(n: int, now: datetime, order: str | None = None) -> DataInvoice:
    """Answer the invoice of the n-th order."""
    key = f"35{n:042d}"
    at = now - timedelta(hours=21)
    return DataInvoice(order or f"{n + 1000}-01", f"{n:06d}", "1", key, at, "24.25")


def a_retailer(count: int, now: datetime | None = None) -> Dataset:
    """Answer `count` orders, positions (one a SKU) and locations, at least one.

    Each order has a customer and an invoice of its own.
    """
    moment = now or datetime.now(UTC).replace(microsecond=0)
    places = max(1, count)
    return Dataset(
        locations=[
            DataLocation(f"dc-{n + 1}", f"Centre {n}", "DISTRIBUTION_CENTER", "Trama", *WHERE)
            for n in range(places)
        ],
        items=[DataItem(f"SKU-{n:05d}", f"Thing {n}", "10.50") for n in range(count)],
        stock=[DataStock(f"SKU-{n:05d}", "dc-1", 5 + n % 7, 2) for n in range(count)],
        orders=[
            an_order(
                f"{n + 1000}-01",
                moment,
                placed_at=moment - timedelta(days=1, seconds=n),
                customer=a_customer(n),
            )
            for n in range(count)
        ],
        invoices=[an_invoice(n, moment) for n in range(count)],
    )


def a_strange_retailer(now: datetime | None = None) -> Dataset:
    """Answer orders and SKUs whose ids tempt to be changed: zeros, case, accents, 64 bits."""
    moment = now or datetime.now(UTC).replace(microsecond=0)
    dataset = a_retailer(1, moment)
    dataset.items += [DataItem(sku, sku, "5.00") for sku in STRANGE_SKUS]
    dataset.stock += [DataStock(sku, "dc-1", 3) for sku in STRANGE_SKUS]
    dataset.orders += [
        an_order(ref, moment, lines=(DataLine(sku, 1, "5.00", "1.00", "dc-1"),))
        for ref, sku in zip(STRANGE_REFS, STRANGE_SKUS, strict=False)
    ]
    dataset.invoices += [
        an_invoice(n + 10, moment, order=ref) for n, ref in enumerate(STRANGE_REFS)
    ]
    return dataset
