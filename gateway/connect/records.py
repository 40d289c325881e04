"""What a read brings: records that map, records that do not, and pages of both."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from gateway.connect.errors import ContractError
from gateway.model.stock import PositionRef

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Mapped(Generic[T_co]):
    """A record in the model's terms, with the vendor's bytes it came from."""

    record: T_co
    raw: bytes


@dataclass(frozen=True, slots=True)
class Unmappable:
    """A record to be quarantined: its id at the source if that could be read, bytes and reason.

    A record of stock is called by its item, and has its location where that could be read: without
    one it may be of any, and all that is not known of the item becomes unknown.
    """

    ref: str | None
    raw: bytes
    error: ContractError
    location: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T_co]):
    """One step of a delta or a walk.

    `observed_at` is the start of the earliest request that the page was read with. `next_cursor`
    resumes after this page: opaque, versioned, at most 1 kB. `is_last` says that there is nothing
    more now. `expected` is the vendor's count of all rows, if it tells. `gone` are refs that no
    longer exist. `receipts` go to `AcknowledgedStream.acknowledge` once the page is durable.
    """

    items: tuple[Mapped[T_co] | Unmappable, ...]
    next_cursor: str | None
    is_last: bool
    observed_at: datetime
    expected: int | None = None
    gone: tuple[str, ...] = ()
    receipts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawDelivery:
    """A webhook as it arrived: header names in lower case, body untouched."""

    headers: dict[str, str]
    body: bytes
    url: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """What a delivery says has changed: refs of one stream, to be read at the source.

    A notice is a hint. Nothing in the delivery's body is believed beyond the refs. They are the
    source's ids, but those of `fulfillments`, which are the channel's order ids; `stock` names
    positions.
    """

    stream: str
    refs: tuple[str, ...] = ()
    positions: tuple[PositionRef, ...] = ()


@dataclass(frozen=True, slots=True)
class StockLevel:
    """What a channel may sell at one of its positions, in the channel's own item units.

    `as_of` is the age of the facts that it was worked out from.
    """

    position: PositionRef
    quantity: int
    as_of: datetime
