"""Stock: what each warehouse has of each SKU."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Raw

from connectors.shiphero import mapping, queries, wire
from connectors.shiphero.client import ShipHeroClient
from connectors.shiphero.streams import ListStream, Rows
from gateway.connect.concurrency import concurrently
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.errors import ContractError
from gateway.connect.protocols import Found
from gateway.connect.records import Mapped, Page, Unmappable
from gateway.model.stock import PositionRef, StockRecord
from gateway.model.time import Clock

Read = Mapped[StockRecord] | Unmappable


class Stock:
    """The positions of one account."""

    def __init__(self, client: ShipHeroClient, clock: Clock) -> None:
        self._client = client
        self._stream = ListStream("warehouse_products", client.warehouse_products, clock)

    async def levels(
        self, positions: Sequence[PositionRef], deadline: Deadline
    ) -> list[Found[StockRecord]]:
        """Answer the positions in the asked order, None where ShipHero has no such position."""
        asked = list(dict.fromkeys(positions))
        lots = [asked[i : i + queries.LEVELS] for i in range(0, len(asked), queries.LEVELS)]
        read = await concurrently(self._lot(lot, deadline) for lot in lots)
        found = {at: level for lot in read for at, level in lot.items()}
        return [found[position] for position in positions]

    async def changes(self, cursor: str | None, deadline: Deadline) -> Page[StockRecord]:
        """Answer a page of the positions updated since the cursor."""
        return _page(await self._stream.changes(cursor, deadline))

    async def walk(self, cursor: str | None, deadline: Deadline) -> Page[StockRecord]:
        """Answer a page of all positions."""
        return _page(await self._stream.walk(cursor, deadline))

    async def _lot(
        self, positions: Sequence[PositionRef], deadline: Deadline
    ) -> dict[PositionRef, Found[StockRecord]]:
        variables: dict[str, str] = {}
        for index, position in enumerate(positions):
            variables[f"s{index}"] = position.item
            variables[f"w{index}"] = position.location
        data = await self._client.read(queries.levels_of(len(positions)), variables, deadline)
        return {
            position: _level(data.part(f"w{index}"), position, data.started_at)
            for index, position in enumerate(positions)
        }


def _page(read: Rows) -> Page[StockRecord]:
    items = tuple(_map(raw, read.observed_at) for raw in read.rows)
    return Page(items, read.next_cursor, read.is_last, read.observed_at)


def _level(part: Raw, position: PositionRef, observed_at: datetime) -> Found[StockRecord]:
    """Answer the row of exactly this position: a filter may compare less strictly than we do."""
    for edge in decode(part, wire.Listing).data.edges:
        level = _map(edge.node, observed_at)
        if isinstance(level, Unmappable) or level.record.position == position:
            return level
    return None


def _map(raw: Raw, observed_at: datetime) -> Read:
    try:
        record = mapping.map_level(decode(raw, wire.WarehouseProduct), observed_at)
    except ContractError as error:
        return Unmappable(_sku(raw), bytes(raw), error, _warehouse(raw))
    return Mapped(record, bytes(raw))


def _sku(raw: Raw) -> str | None:
    try:
        return decode(raw, wire.Sku).sku
    except ContractError:
        return None


def _warehouse(raw: Raw) -> str | None:
    try:
        return decode(raw, wire.LevelPlace).warehouse_id
    except ContractError:
        return None
