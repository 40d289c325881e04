"""ShipHero behind Trama's protocols."""

from collections.abc import Sequence

from msgspec import Raw

from connectors.shiphero import mapping, queries, webhook, wire
from connectors.shiphero.client import Data, ShipHeroClient
from connectors.shiphero.fulfillments import Fulfillments
from connectors.shiphero.settings import ShipHeroSettings
from connectors.shiphero.stock import Stock
from connectors.shiphero.subscriptions import subscribe
from gateway.connect.cursors import refuse_cursor
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.definition import ConnectContext, ConnectorDefinition
from gateway.connect.errors import ContractError
from gateway.connect.manifest import manifest_of
from gateway.connect.protocols import Found
from gateway.connect.records import Mapped, Notice, Page, RawDelivery, Unmappable
from gateway.model.location import LocationRecord
from gateway.model.order import FulfillmentRecord
from gateway.model.stock import PositionRef, StockRecord


class ShipHeroConnector:
    """One ShipHero account."""

    def __init__(self, settings: ShipHeroSettings, context: ConnectContext) -> None:
        self._settings = settings
        self._client = ShipHeroClient(settings, context)
        self._fulfillments = Fulfillments(self._client, context.clock)
        self._stock = Stock(self._client, context.clock)

    async def check(self, *, deadline: Deadline) -> str:
        """Read the account, an order and a position, which need different scopes."""
        data = await self._client.read(queries.CHECK, {}, deadline)
        single = decode(data.part("account"), wire.Single)
        account = decode(single.data, wire.AccountId)
        return f"ShipHero account {account.username or account.id}"

    async def close(self) -> None:
        """Release every connection."""
        await self._client.close()

    async def location_walk(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[LocationRecord]:
        """Answer every warehouse: ShipHero gives them all at once."""
        refuse_cursor(cursor)
        data = await self._client.read(queries.WAREHOUSES, {}, deadline)
        single = decode(data.part("account"), wire.Single)
        rows = decode(single.data, wire.Account).warehouses
        return Page(
            items=tuple(_location(raw, data) for raw in rows),
            next_cursor=None,
            is_last=True,
            observed_at=data.started_at,
            expected=len(rows),
        )

    async def stock_levels(
        self, positions: Sequence[PositionRef], *, deadline: Deadline
    ) -> "list[Found[StockRecord]]":
        """Answer the levels of the positions, in the asked order."""
        return await self._stock.levels(positions, deadline)

    async def stock_changes(self, cursor: str | None, *, deadline: Deadline) -> Page[StockRecord]:
        """Answer the positions updated since the cursor."""
        return await self._stock.changes(cursor, deadline)

    async def stock_walk(self, cursor: str | None, *, deadline: Deadline) -> Page[StockRecord]:
        """Answer the next page of all positions."""
        return await self._stock.walk(cursor, deadline)

    async def fulfillments_by_ref(
        self, refs: Sequence[str], *, deadline: Deadline
    ) -> "list[tuple[Mapped[FulfillmentRecord] | Unmappable, ...]]":
        """Answer, per channel order id, the work of every warehouse."""
        return await self._fulfillments.by_ref(refs, deadline)

    async def fulfillment_changes(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[FulfillmentRecord]:
        """Answer the work of orders updated since the cursor."""
        return await self._fulfillments.changes(cursor, deadline)

    async def fulfillment_walk(
        self, cursor: str | None, *, deadline: Deadline
    ) -> Page[FulfillmentRecord]:
        """Answer the next page of the work of all orders."""
        return await self._fulfillments.walk(cursor, deadline)

    def verify(self, delivery: RawDelivery) -> str:
        """Answer the delivery's id; raises DeliveryRefused."""
        return webhook.verify(delivery, self._settings.hook_secrets)

    def notices(self, delivery: RawDelivery) -> tuple[Notice, ...]:
        """Answer which orders or positions to read."""
        return webhook.notices(delivery)

    async def subscribe(self, url: str, *, deadline: Deadline) -> None:
        """Register the webhooks that are missing."""
        await subscribe(self._client, url, self._settings.hook_secrets, deadline)


def _location(raw: Raw, data: Data) -> Mapped[LocationRecord] | Unmappable:
    try:
        record = mapping.map_warehouse(decode(raw, wire.Warehouse), data.started_at)
    except ContractError as error:
        return Unmappable(_location_ref(raw), bytes(raw), error)
    return Mapped(record, bytes(raw))


def _location_ref(raw: Raw) -> str | None:
    try:
        return decode(raw, wire.NodeId).id
    except ContractError:
        return None


CONNECTOR = ConnectorDefinition(
    manifest_of("connectors.shiphero"), ShipHeroSettings, ShipHeroConnector
)
