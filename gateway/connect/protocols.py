"""What a connector can do. Each protocol is optional; a manifest declares which are there.

Every call takes a batch or a cursor and a deadline, raises only errors of `connect.errors`, and
answers with aware times, Decimal money and byte-exact refs. A batch read answers in the asked
order, None where the source has no such record, and sends at most ceil(n / batch size) requests.
"""

from collections.abc import Sequence
from typing import Protocol, TypeVar, runtime_checkable

from gateway.connect.deadline import Deadline
from gateway.connect.errors import SourceError
from gateway.connect.records import Mapped, Notice, Page, RawDelivery, StockLevel, Unmappable
from gateway.model.customer import CustomerRecord
from gateway.model.invoice import InvoiceRecord
from gateway.model.location import LocationRecord
from gateway.model.order import FulfillmentRecord, OrderRecord
from gateway.model.stock import PositionRef, StockRecord

T = TypeVar("T")
Found = Mapped[T] | Unmappable | None


class Connector(Protocol):
    """A configured instance of a vendor's system."""

    async def check(self, *, deadline: Deadline) -> str:
        """Answer in one line whom the credentials speak for; raises what is wrong."""

    async def close(self) -> None:
        """Release every connection."""


@runtime_checkable
class LocationSource(Protocol):
    """Reads locations. Stream `locations`."""

    async def location_walk(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[LocationRecord]:
        """Answer the next page of all locations."""


@runtime_checkable
class StockSource(Protocol):
    """Reads stock levels. Stream `stock`."""

    async def stock_levels(
        self, positions: Sequence[PositionRef], *, deadline: Deadline
    ) -> "list[Found[StockRecord]]":
        """Answer the levels of the positions, in the asked order."""

    async def stock_changes(self, cursor: str | None, *, deadline: Deadline) -> Page[StockRecord]:
        """Answer what changed since the cursor (None: since now); raises CursorExpired."""

    async def stock_walk(self, cursor: str | None, *, deadline: Deadline) -> Page[StockRecord]:
        """Answer the next page of all positions."""


@runtime_checkable
class OrderSource(Protocol):
    """Reads orders as the source has them: a channel's own, or an ERP's copy. Stream `orders`."""

    async def orders_by_ref(
        self, refs: Sequence[str], *, deadline: Deadline
    ) -> "list[Found[OrderRecord]]":
        """Answer the orders, in the asked order."""

    async def order_changes(self, cursor: str | None, *, deadline: Deadline) -> Page[OrderRecord]:
        """Answer what changed since the cursor (None: since now); raises CursorExpired."""

    async def order_walk(self, cursor: str | None, *, deadline: Deadline) -> Page[OrderRecord]:
        """Answer the next page of all orders that the source still lists."""


@runtime_checkable
class FulfillmentSource(Protocol):
    """Reads the work of locations and its shipments. Stream `fulfillments`."""

    async def fulfillments_by_ref(
        self, refs: Sequence[str], *, deadline: Deadline
    ) -> "list[tuple[Mapped[FulfillmentRecord] | Unmappable, ...]]":
        """Answer, per channel order id, every fulfillment that the source has for it."""

    async def fulfillment_changes(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[FulfillmentRecord]:
        """Answer what changed since the cursor (None: since now); raises CursorExpired."""

    async def fulfillment_walk(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[FulfillmentRecord]:
        """Answer the next page of all fulfillments."""


@runtime_checkable
class CustomerSource(Protocol):
    """Reads customers. Stream `customers`."""

    async def customers_by_ref(
        self, refs: Sequence[str], *, deadline: Deadline
    ) -> "list[Found[CustomerRecord]]":
        """Answer the customers, in the asked order."""

    async def customer_changes(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[CustomerRecord]:
        """Answer what changed since the cursor (None: since now); raises CursorExpired."""

    async def customer_walk(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[CustomerRecord]:
        """Answer the next page of all customers."""


@runtime_checkable
class InvoiceSource(Protocol):
    """Reads invoices. Stream `invoices`."""

    async def invoices_by_ref(
        self, refs: Sequence[str], *, deadline: Deadline
    ) -> "list[Found[InvoiceRecord]]":
        """Answer the invoices, in the asked order."""

    async def invoice_changes(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[InvoiceRecord]:
        """Answer what changed since the cursor (None: since now); raises CursorExpired."""

    async def invoice_walk(self, cursor: str | None, *, deadline: Deadline) -> Page[InvoiceRecord]:
        """Answer the next page of all invoices."""


@runtime_checkable
class AcknowledgedStream(Protocol):
    """A delta that the vendor keeps as a queue: what is not acknowledged comes again."""

    async def acknowledge(self, receipts: Sequence[str], *, deadline: Deadline) -> None:
        """Tell the vendor that these deliveries are durable here."""


@runtime_checkable
class WebhookSource(Protocol):
    """Takes the vendor's pushes."""

    def verify(self, delivery: RawDelivery) -> str:
        """Answer the delivery's id for de-duplication; raises DeliveryRefused. Opens no socket."""

    def notices(self, delivery: RawDelivery) -> tuple[Notice, ...]:
        """Answer what to read; empty for a topic that concerns nobody; raises ContractError."""

    async def subscribe(self, url: str, *, deadline: Deadline) -> None:
        """Ask the vendor to push to `url`; asking twice changes nothing."""


@runtime_checkable
class StockSink(Protocol):
    """Tells a channel what it may sell."""

    async def publish_stock(
        self, levels: Sequence[StockLevel], *, deadline: Deadline
    ) -> "list[SourceError | None]":
        """Set quantities at positions of the channel; answers, per level, why it was not set.

        Quantities are absolute, so that telling one again changes nothing. Raises where none could
        be told.
        """
