"""What a warehouse of the account may sell: set SKU by SKU, as absolute quantities."""

from collections.abc import Sequence

from connectors.vtex.client import VtexClient
from connectors.vtex.stock import Stock
from connectors.vtex.wire import InventoryQuantity
from gateway.connect.concurrency import outcomes
from gateway.connect.deadline import Deadline
from gateway.connect.errors import NotFound, Rejected, SourceError
from gateway.connect.records import StockLevel

_MOST = 2**31 - 1


class Published:
    """The quantities that one account is told."""

    def __init__(self, client: VtexClient, stock: Stock) -> None:
        self._client = client
        self._stock = stock

    async def tell(
        self, levels: Sequence[StockLevel], deadline: Deadline
    ) -> "list[SourceError | None]":
        """Set each level by a request of its own; answer, per level, why it was not set."""
        items = list(dict.fromkeys(each.position.item for each in levels if _is_quantity(each)))
        ids = await self._stock.ids_of(items, deadline)
        return await outcomes(
            self._set(each, ids.get(each.position.item), deadline) for each in levels
        )

    async def _set(self, level: StockLevel, sku_id: str | None, deadline: Deadline) -> None:
        if not _is_quantity(level):
            raise Rejected(f"VTEX has no quantity {level.quantity}")
        if sku_id is None:
            raise NotFound(f"VTEX has no SKU {level.position.item!r}")
        told = InventoryQuantity(level.quantity, False, level.as_of.isoformat())
        await self._client.set_quantity(sku_id, level.position.location, told, deadline)


def _is_quantity(level: StockLevel) -> bool:
    return 0 <= level.quantity <= _MOST
