"""What the benchmark's vendor sends."""

from typing import Literal

import msgspec

Stream = Literal["locations", "stock", "orders", "fulfillments", "customers", "invoices"]
STREAMS: tuple[Stream, ...] = (
    "locations", "stock", "orders", "fulfillments", "customers", "invoices",
)  # fmt: skip


class Listing(msgspec.Struct, frozen=True):
    """A page of a stream, or a batch."""

    rows: tuple[msgspec.Raw, ...]
    next: int | None = None


class Place(msgspec.Struct, frozen=True):
    """A location."""

    code: str
    name: str


class Level(msgspec.Struct, frozen=True):
    """Units of an item at a location."""

    item: str
    location: str
    units: int
    version: int


class Sale(msgspec.Struct, frozen=True):
    """An order; `channel_ref` is the channel's id of it where the vendor is not the channel."""

    ref: str
    item: str
    buyer: str
    total: str
    version: int
    channel_ref: str | None = None


class Work(msgspec.Struct, frozen=True):
    """What a location does for an order."""

    ref: str
    order: str
    location: str
    item: str
    version: int


class Person(msgspec.Struct, frozen=True):
    """A customer."""

    ref: str
    name: str


class Bill(msgspec.Struct, frozen=True):
    """An invoice."""

    ref: str
    order: str
    total: str
    version: int


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """A batch that is asked for, by refs or by the orders that rows are of.

    Positions are written `item@location`.
    """

    refs: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()


class Pushed(msgspec.Struct, frozen=True):
    """A push: a position has changed."""

    id: str
    item: str
    location: str
