"""VTEX behind Trama's protocols."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Raw

from connectors.vtex import mapping, webhook, wire
from connectors.vtex.client import VtexClient
from connectors.vtex.orders import Orders
from connectors.vtex.published import Published
from connectors.vtex.settings import VtexSettings
from connectors.vtex.stock import Stock
from gateway.connect.cursors import refuse_cursor
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.definition import ConnectContext, ConnectorDefinition
from gateway.connect.errors import ContractError, NotFound, SourceError, Unsupported
from gateway.connect.manifest import manifest_of
from gateway.connect.protocols import Found
from gateway.connect.records import Mapped, Notice, Page, RawDelivery, StockLevel, Unmappable
from gateway.model.location import LocationRecord
from gateway.model.order import OrderRecord
from gateway.model.stock import PositionRef, StockRecord


class VtexConnector:
    """One VTEX account."""

    def __init__(self, settings: VtexSettings, context: ConnectContext) -> None:
        self._settings = settings
        self._client = VtexClient(settings, context)
        self._orders = Orders(self._client, settings, context.clock)
        self._stock = Stock(self._client, settings)
        self._published = Published(self._client, self._stock)

    async def check(self, *, deadline: Deadline) -> str:
        """Read a list and the feed's configuration, which need different permissions."""
        await self._client.any_order(deadline)
        try:
            await self._client.feed_config(deadline)
        except NotFound:
            feed = "no feed yet"
        else:
            feed = "a feed"
        return f"VTEX account {self._settings.account}, key {self._settings.app_key}, {feed}"

    async def close(self) -> None:
        """Release every connection."""
        await self._client.close()

    async def orders_by_ref(
        self, refs: Sequence[str], *, deadline: Deadline
    ) -> "list[Found[OrderRecord]]":
        """Answer the orders, in the asked order."""
        return await self._orders.by_ref(refs, deadline)

    async def order_changes(self, cursor: str | None, *, deadline: Deadline) -> Page[OrderRecord]:
        """Answer the next lot of the feed; its receipts are to be acknowledged."""
        return await self._orders.changes(cursor, deadline)

    async def order_walk(self, cursor: str | None, *, deadline: Deadline) -> Page[OrderRecord]:
        """Answer the next page of the orders of the last two years, newest first."""
        return await self._orders.walk(cursor, deadline)

    async def acknowledge(self, receipts: Sequence[str], *, deadline: Deadline) -> None:
        """Commit feed items."""
        if receipts:
            await self._client.commit(receipts, deadline)

    async def stock_levels(
        self, positions: Sequence[PositionRef], *, deadline: Deadline
    ) -> "list[Found[StockRecord]]":
        """Answer the levels of the positions, in the asked order."""
        return await self._stock.levels(positions, deadline)

    async def stock_changes(self, cursor: str | None, *, deadline: Deadline) -> Page[StockRecord]:
        """Refuse: VTEX lists no changes of stock."""
        raise Unsupported("VTEX lists no changes of stock: walk it")

    async def stock_walk(self, cursor: str | None, *, deadline: Deadline) -> Page[StockRecord]:
        """Answer the stock of the next page of SKUs."""
        return await self._stock.walk(cursor, deadline)

    async def publish_stock(
        self, levels: Sequence[StockLevel], *, deadline: Deadline
    ) -> "list[SourceError | None]":
        """Set what warehouses have; answers, per level, why it was not set."""
        return await self._published.tell(levels, deadline)

    async def location_walk(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[LocationRecord]:
        """Answer every warehouse: VTEX gives them all at once."""
        refuse_cursor(cursor)
        answer = await self._client.warehouses(deadline)
        rows = decode(answer.body, tuple[Raw, ...])
        return Page(
            items=tuple(_location(raw, answer.started_at) for raw in rows),
            next_cursor=None,
            is_last=True,
            observed_at=answer.started_at,
            expected=len(rows),
        )

    def verify(self, delivery: RawDelivery) -> str:
        """Answer the delivery's id; raises DeliveryRefused."""
        return webhook.verify(delivery, self._settings.hook_secret)

    def notices(self, delivery: RawDelivery) -> tuple[Notice, ...]:
        """Answer which order to read."""
        return webhook.notices(delivery)

    async def subscribe(self, url: str, *, deadline: Deadline) -> None:
        """Set the key's hook; VTEX pings `url` before it answers."""
        if self._settings.hook_secret is None:
            raise Unsupported("set hook_secret first: it is a push's only proof")
        await self._client.configure_hook(url, self._settings.hook_secret.reveal(), deadline)


def _location(raw: Raw, observed_at: datetime) -> Mapped[LocationRecord] | Unmappable:
    try:
        record = mapping.map_warehouse(decode(raw, wire.Warehouse), observed_at)
    except ContractError as error:
        return Unmappable(_location_ref(raw), bytes(raw), error)
    return Mapped(record, bytes(raw))


def _location_ref(raw: Raw) -> str | None:
    try:
        return decode(raw, wire.WarehouseRef).id
    except ContractError:
        return None


CONNECTOR = ConnectorDefinition(manifest_of("connectors.vtex"), VtexSettings, VtexConnector)
