"""How each stream of a source is read."""

from dataclasses import dataclass
from typing import Any, Protocol

from gateway.connect.deadline import Deadline
from gateway.connect.records import Page
from gateway.federation.sources import ConnectedSource


class Read(Protocol):
    """Reads a page from a cursor on."""

    async def __call__(self, cursor: str | None, *, deadline: Deadline) -> Page[Any]: ...


@dataclass(frozen=True, slots=True)
class Reads:
    """A stream's walk, and its delta; None where the protocol has none."""

    walk: Read
    changes: Read | None


def reads_of(source: ConnectedSource, stream: str) -> Reads | None:
    """Answer how a stream is read, None where the source does not offer it or it is not read."""
    match stream:
        case "locations" if source.locations is not None:
            return Reads(source.locations.location_walk, None)
        case "stock" if source.stock is not None:
            return Reads(source.stock.stock_walk, source.stock.stock_changes)
        case "orders" if source.orders is not None:
            return Reads(source.orders.order_walk, source.orders.order_changes)
        case "fulfillments" if source.fulfillments is not None:
            works = source.fulfillments
            return Reads(works.fulfillment_walk, works.fulfillment_changes)
        case "customers" if source.customers is not None:
            return Reads(source.customers.customer_walk, source.customers.customer_changes)
        case "invoices" if source.invoices is not None:
            return Reads(source.invoices.invoice_walk, source.invoices.invoice_changes)
    return None
