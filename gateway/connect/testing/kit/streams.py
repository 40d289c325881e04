"""A connector's streams, seen alike: walked, followed, and read by name."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.connect.deadline import Deadline
from gateway.connect.protocols import (
    AcknowledgedStream,
    Connector,
    CustomerSource,
    FulfillmentSource,
    InvoiceSource,
    LocationSource,
    OrderSource,
    StockSource,
)
from gateway.connect.records import Mapped, Page, Unmappable
from gateway.model.stock import PositionRef, StockRecord

Read = Callable[[str | None, Deadline], Awaitable[Page[Any]]]
MOST_PAGES = 400


@dataclass(frozen=True)
class StreamView:
    """One stream of a connector; `changes` is None where it has no delta."""

    name: str
    walk: Read
    changes: Read | None


class Endless(AssertionError):
    """The walk does not end."""


def streams_of(connector: Connector, deltas: Sequence[str]) -> list[StreamView]:
    """Answer the streams that a connector implements."""
    found: list[StreamView] = []
    made: Any = connector
    for kind, name, walk, changes in (
        (LocationSource, "locations", "location_walk", None),
        (StockSource, "stock", "stock_walk", "stock_changes"),
        (OrderSource, "orders", "order_walk", "order_changes"),
        (FulfillmentSource, "fulfillments", "fulfillment_walk", "fulfillment_changes"),
        (CustomerSource, "customers", "customer_walk", "customer_changes"),
        (InvoiceSource, "invoices", "invoice_walk", "invoice_changes"),
    ):
        if isinstance(made, kind):
            follow = _reading(made, changes) if changes and name in deltas else None
            found.append(StreamView(name, _reading(made, walk), follow))
    return found


def _reading(connector: Any, method: str) -> Read:
    async def read(cursor: str | None, deadline: Deadline) -> Page[Any]:
        page: Page[Any] = await getattr(connector, method)(cursor, deadline=deadline)
        return page

    return read


async def pages(
    read: Read, deadline: Callable[[], Deadline], cursor: str | None = None
) -> AsyncIterator[Page[Any]]:
    """Answer page after page until the last one; raises Endless."""
    for _ in range(MOST_PAGES):
        page = await read(cursor, deadline())
        yield page
        if page.is_last:
            return
        cursor = page.next_cursor
    raise Endless(f"no end after {MOST_PAGES} pages")


async def read_changes(
    connector: Connector, view: StreamView, deadline: Callable[[], Deadline], cursor: str | None
) -> AsyncIterator[Page[Any]]:
    """Answer a delta page after page to its end, acknowledging each as the gateway does."""
    if view.changes is None:
        return
    for _ in range(MOST_PAGES):
        page = await view.changes(cursor, deadline())
        yield page
        cursor = page.next_cursor if page.next_cursor is not None else cursor
        if page.receipts and isinstance(connector, AcknowledgedStream):
            await connector.acknowledge(page.receipts, deadline=deadline())
        if page.is_last:
            return
    raise Endless(f"the delta of {view.name} has no end")


async def followed(
    connector: Connector, view: StreamView, deadline: Callable[[], Deadline], cursor: str | None
) -> tuple[list[str], str | None]:
    """Read a delta to its end; answer its keys and the cursor from which it goes on."""
    keys: list[str] = []
    async for page in read_changes(connector, view, deadline, cursor):
        keys += [key_of(item) for item in page.items]
        cursor = page.next_cursor if page.next_cursor is not None else cursor
    return keys, cursor


async def begun(
    connector: Connector, view: StreamView, deadline: Callable[[], Deadline]
) -> str | None:
    """Answer the cursor of a delta that begins now."""
    return (await followed(connector, view, deadline, None))[1]


def key_of(item: Mapped[Any] | Unmappable) -> str:
    """Answer what an item is called within its stream."""
    if isinstance(item, Unmappable):
        return f"unmappable {item.ref}"
    record = item.record
    if isinstance(record, StockRecord):
        return position_key(record.position)
    ref: str = record.ref
    return ref


def position_key(position: PositionRef) -> str:
    """Answer what a position is called."""
    return f"{position.item}@{position.location}"
