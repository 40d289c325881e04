"""Square behind Trama's protocols."""

from collections.abc import Sequence

from connectors.square import mapping, webhook, wire
from connectors.square.catalogue import Catalogue
from connectors.square.client import SquareClient
from connectors.square.customers import Customers
from connectors.square.handover import map_handover
from connectors.square.published import Published
from connectors.square.reading import id_of, read_row
from connectors.square.sales import Sales
from connectors.square.settings import SquareSettings
from connectors.square.stock import Stock
from connectors.square.subscriptions import subscribe
from gateway.connect.cursors import refuse_cursor
from gateway.connect.deadline import Deadline
from gateway.connect.definition import ConnectContext, ConnectorDefinition
from gateway.connect.errors import SourceError
from gateway.connect.manifest import manifest_of
from gateway.connect.protocols import Found
from gateway.connect.records import Mapped, Notice, Page, RawDelivery, StockLevel, Unmappable
from gateway.model.customer import CustomerRecord
from gateway.model.location import LocationRecord
from gateway.model.order import FulfillmentRecord, OrderRecord
from gateway.model.stock import PositionRef, StockRecord


class SquareConnector:
    """One Square account."""

    def __init__(self, settings: SquareSettings, context: ConnectContext) -> None:
        self._settings = settings
        self._client = SquareClient(settings, context)
        clock, catalogue = context.clock, Catalogue(self._client, settings, context.clock)
        self._orders: Sales[OrderRecord] = Sales(
            "orders", self._client, catalogue, clock, mapping.map_order
        )
        self._handovers: Sales[FulfillmentRecord] = Sales(
            "fulfillments", self._client, catalogue, clock, map_handover
        )
        self._stock = Stock(self._client, catalogue, clock)
        self._published = Published(self._client, catalogue, self._stock, clock)
        self._customers = Customers(self._client, clock)

    async def check(self, *, deadline: Deadline) -> str:
        """Read a little of everything, which needs each of the permissions."""
        told = await self._client.locations(deadline)
        places = [place for raw in told.content.locations if (place := id_of(raw))]
        if places:
            await self._client.search_orders(places[:1], None, None, deadline, limit=1)
        await self._client.search_counts(None, None, deadline, limit=1)
        await self._client.search_customers(None, None, deadline, limit=1)
        await self._client.variations(["check"], None, deadline)
        return f"Square account of {len(places)} locations"

    async def close(self) -> None:
        """Release every connection."""
        await self._client.close()

    async def orders_by_ref(
        self, refs: Sequence[str], *, deadline: Deadline
    ) -> "list[Found[OrderRecord]]":
        """Answer the sales, in the asked order."""
        return await self._orders.by_ref(refs, deadline)

    async def order_changes(self, cursor: str | None, *, deadline: Deadline) -> Page[OrderRecord]:
        """Answer the sales updated since the cursor, of ten locations at a time."""
        return await self._orders.changes(cursor, deadline)

    async def order_walk(self, cursor: str | None, *, deadline: Deadline) -> Page[OrderRecord]:
        """Answer the next page of all sales, of ten locations at a time."""
        return await self._orders.walk(cursor, deadline)

    async def fulfillments_by_ref(
        self, refs: Sequence[str], *, deadline: Deadline
    ) -> "list[tuple[Mapped[FulfillmentRecord] | Unmappable, ...]]":
        """Answer, per sale, what its location does for it."""
        found = await self._handovers.by_ref(refs, deadline)
        return [() if each is None else (each,) for each in found]

    async def fulfillment_changes(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[FulfillmentRecord]:
        """Answer the work of sales updated since the cursor."""
        return await self._handovers.changes(cursor, deadline)

    async def fulfillment_walk(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[FulfillmentRecord]:
        """Answer the next page of the work of all sales."""
        return await self._handovers.walk(cursor, deadline)

    async def stock_levels(
        self, positions: Sequence[PositionRef], *, deadline: Deadline
    ) -> "list[Found[StockRecord]]":
        """Answer the levels of the positions, in the asked order."""
        return await self._stock.levels(positions, deadline)

    async def stock_changes(self, cursor: str | None, *, deadline: Deadline) -> Page[StockRecord]:
        """Answer the counts changed since the cursor."""
        return await self._stock.changes(cursor, deadline)

    async def stock_walk(self, cursor: str | None, *, deadline: Deadline) -> Page[StockRecord]:
        """Answer the next page of all counts."""
        return await self._stock.walk(cursor, deadline)

    async def publish_stock(
        self, levels: Sequence[StockLevel], *, deadline: Deadline
    ) -> "list[SourceError | None]":
        """Count what may be sold at locations; answers, per level, why it was not taken."""
        return await self._published.tell(levels, deadline)

    async def customers_by_ref(
        self, refs: Sequence[str], *, deadline: Deadline
    ) -> "list[Found[CustomerRecord]]":
        """Answer the customers, in the asked order."""
        return await self._customers.by_ref(refs, deadline)

    async def customer_changes(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[CustomerRecord]:
        """Answer the customers updated since the cursor."""
        return await self._customers.changes(cursor, deadline)

    async def customer_walk(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[CustomerRecord]:
        """Answer the next page of all customers."""
        return await self._customers.walk(cursor, deadline)

    async def location_walk(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[LocationRecord]:
        """Answer every location: Square gives them all at once."""
        refuse_cursor(cursor)
        told = await self._client.locations(deadline)
        rows = tuple(
            read_row(raw, wire.Location, mapping.map_location, told.started_at)
            for raw in told.content.locations
        )
        return Page(rows, None, True, told.started_at, expected=len(rows))

    def verify(self, delivery: RawDelivery) -> str:
        """Answer the delivery's id; raises DeliveryRefused."""
        return webhook.verify(delivery, self._settings.signature_key)

    def notices(self, delivery: RawDelivery) -> tuple[Notice, ...]:
        """Answer what to read."""
        return webhook.notices(delivery)

    async def subscribe(self, url: str, *, deadline: Deadline) -> None:
        """Make or mend the webhook subscription."""
        await subscribe(self._client, url, self._settings.signature_key, deadline)


CONNECTOR = ConnectorDefinition(manifest_of("connectors.square"), SquareSettings, SquareConnector)
