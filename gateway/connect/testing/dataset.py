"""Retail data in nobody's terms: what a sandbox is seeded with, as JSON lines.

Each line is one record, tagged by `kind`. Money is a decimal text in reais, times are aware.
A sandbox turns it into its vendor's own records; the gateway never reads it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

OrderWord = Literal[
    "created", "approved", "processing", "invoiced", "shipped", "delivered", "canceled",
    "unavailable",
]  # fmt: skip


Keeper = Literal["warehouse", "till", "ledger"]


class DataLocation(msgspec.Struct, frozen=True, tag_field="kind", tag="location"):
    """A place with stock; `owner` is the seller's name, `kept_by` which system counts there."""

    code: str
    name: str
    type: Literal["DISTRIBUTION_CENTER", "STORE", "PARTNER", "SUPPLIER"]
    owner: str
    street: str
    city: str
    region: str
    postal_code: str
    latitude: float | None = None
    longitude: float | None = None
    kept_by: Keeper = "warehouse"


class DataItem(msgspec.Struct, frozen=True, tag_field="kind", tag="item"):
    """A SKU. `in_catalogue` False: the marketplace sells it, the WMS has never heard of it."""

    sku: str
    title: str
    price: str
    weight_grams: int | None = None
    in_catalogue: bool = True


class DataStock(msgspec.Struct, frozen=True, tag_field="kind", tag="stock"):
    """Units of a SKU at a location; `allocated` are promised to orders there."""

    sku: str
    location: str
    on_hand: int
    allocated: int = 0
    reserve: int = 0


class DataCustomer(msgspec.Struct, frozen=True):
    """Who bought."""

    ref: str
    first_name: str
    last_name: str
    email: str
    tax_id: str | None = None
    phone: str | None = None


class DataAddress(msgspec.Struct, frozen=True):
    """Where to."""

    street: str
    number: str
    district: str
    city: str
    region: str
    postal_code: str
    latitude: float | None = None
    longitude: float | None = None


class DataLine(msgspec.Struct, frozen=True):
    """A line; `freight` is for the line as a whole."""

    sku: str
    quantity: int
    unit_price: str
    freight: str
    location: str


class DataOrder(msgspec.Struct, frozen=True, tag_field="kind", tag="order"):
    """An order and how far it has come.

    `paid` is what was paid in all. `is_beyond_window`: older than the marketplace still lists, so
    it comes by the feed alone. `is_broken`: the marketplace's record of it lacks what it must have.
    `sold_at` is the code of the shop whose till sold it; None is a sale of the marketplace.
    """

    ref: str
    number: str
    word: OrderWord
    placed_at: datetime
    updated_at: datetime
    customer: DataCustomer
    address: DataAddress
    lines: tuple[DataLine, ...]
    currency: str
    paid: str
    approved_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    promised_by: datetime | None = None
    is_beyond_window: bool = False
    is_broken: bool = False
    sold_at: str | None = None


class DataInvoice(msgspec.Struct, frozen=True, tag_field="kind", tag="invoice"):
    """An invoice of an order; `order` is the channel's order id, `total` a decimal text."""

    order: str
    number: str
    series: str
    key: str
    issued_at: datetime
    total: str
    word: Literal["issued", "cancelled"] = "issued"


Record = DataLocation | DataItem | DataStock | DataOrder | DataInvoice


@dataclass(slots=True)
class Dataset:
    """All of it in memory."""

    locations: list[DataLocation] = field(default_factory=list)
    items: list[DataItem] = field(default_factory=list)
    stock: list[DataStock] = field(default_factory=list)
    orders: list[DataOrder] = field(default_factory=list)
    invoices: list[DataInvoice] = field(default_factory=list)

    def add(self, record: Record) -> None:
        """Put a record where it belongs."""
        match record:
            case DataLocation():
                self.locations.append(record)
            case DataItem():
                self.items.append(record)
            case DataStock():
                self.stock.append(record)
            case DataOrder():
                self.orders.append(record)
            case DataInvoice():
                self.invoices.append(record)

    def records(self) -> Iterator[Record]:
        """Answer every record, those that others refer to first."""
        yield from self.locations
        yield from self.items
        yield from self.stock
        yield from self.orders
        yield from self.invoices


def write_dataset(records: Iterable[Record], path: Path) -> None:
    """Write JSON lines."""
    encoder = msgspec.json.Encoder()
    with path.open("wb") as file:
        file.writelines(encoder.encode(record) + b"\n" for record in records)


def read_dataset(path: Path) -> Dataset:
    """Read JSON lines; raises msgspec.ValidationError on a line that is no record."""
    decoder: msgspec.json.Decoder[Record] = msgspec.json.Decoder(Record)
    dataset = Dataset()
    with path.open("rb") as file:
        for line in file:
            dataset.add(decoder.decode(line))
    return dataset
